// Pictures of the trading page: trading, and after a provoked refusal. With PICTURES=1 they are
// written to docs/guides/images; otherwise to build/pictures.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { findBrowser } from '../../scripts/setup/browser.mjs';
import { root } from '../packaging/project.mjs';
import { startServer } from './server.mjs';

const folder = process.env.PICTURES
  ? join(root, 'docs', 'guides', 'images')
  : join(root, 'build', 'pictures');

/** Sizes in pixels; the page on a phone is a long one. */
const SIZES = { wide: { width: 1280, height: 1700 }, narrow: { width: 360, height: 1700 } };

/** The windows of the exchange in milliseconds. */
const WINDOW = 10_000;

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;

before(async () => {
  mkdirSync(folder, { recursive: true });
  // With the limits of `npm start`.
  server = await startServer({});
  const executablePath = findBrowser()?.chrome ?? 'no Chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
after(async () => {
  await browser.close();
  server.close();
});

test('the trading page fits each width, in light and dark', async () => {
  const page = await browser.newPage({ viewport: SIZES.wide });
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    // Chromium reports each refused request.
    const isRefusal = message.text().includes('status of 429');
    if (message.type() === 'error' && !isRefusal) errors.push(message.text());
  });
  await page.goto(`${server.url}/trading/`);
  await page.locator('.chart svg').waitFor();
  const place = async (/** @type {string} */ side, /** @type {number} */ count) => {
    await page.getByRole('button', { name: side, exact: true }).click();
    for (let n = 0; n < count; n++)
      await page.getByRole('button', { name: `${side} BTC`, exact: true }).click();
  };
  await place('Buy', 3);
  await page.locator('.bid button').last().click();
  await page.getByRole('button', { name: 'Buy BTC' }).click();
  await page.getByRole('button', { name: 'Market', exact: true }).click();
  await place('Sell', 3);
  await page.locator('.wait.later').waitFor();
  await take(page, 'trading-page');

  // At the beginning of a window, whose rest is the pause.
  while (Date.now() % WINDOW > 500) await page.waitForTimeout(100);
  await page.getByRole('button', { name: 'Provoke a 429' }).click();
  await page.locator('.state.bad').waitFor({ timeout: 20_000 });
  await page.locator('.refusal li').last().waitFor();
  await take(page, 'trading-page-refused');
  assert.deepEqual(errors, []);
  await page.close();
});

/**
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
async function take(page, name) {
  for (const [width, size] of Object.entries(SIZES)) {
    await page.setViewportSize(size);
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme });
      // Two updates of the dashboard.
      await page.waitForTimeout(1100);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), size.width);
      const clip = { x: 0, y: 0, ...size };
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), clip });
    }
  }
  await page.setViewportSize(SIZES.wide);
}
