// Pictures of a bot that trades, one that is paused and one that is banned, on the clock of
// Playwright. With PICTURES=1 they are written to docs/guides/images; otherwise to build/pictures.

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

/** Widths in pixels by their names. */
const WIDTHS = { wide: 1280, narrow: 360 };

/**
 * How a bot that has traded for five minutes gets into each state: the calls, and the milliseconds
 * after each.
 * @type {Record<string, [(throttler: any) => void, number][]>}
 */
const STATES = {
  trading: [],
  paused: [[(throttler) => throttler.pause({ ms: 90_000 }), 12_000]],
  banned: [
    [(throttler) => throttler.report({ status: 429, headers: { 'retry-after': '4' } }), 1500],
    [(throttler) => throttler.report({ status: 418, headers: { 'retry-after': '240' } }), 15_000],
  ],
};

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;

before(async () => {
  mkdirSync(folder, { recursive: true });
  server = await startServer();
  const executablePath = findBrowser()?.chrome ?? 'no Chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
after(async () => {
  await browser.close();
  server.close();
});

for (const [state, steps] of Object.entries(STATES)) {
  test(`a bot that is ${state} fits each width, in light and dark`, async () => {
    const page = await browser.newPage();
    /** @type {string[]} */
    const errors = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    await page.clock.install({ time: new Date('2026-03-02T09:00:05Z') });
    await page.goto(`${server.url}/pages/local.html`);
    await page.clock.runFor(342_000);
    for (const [step, ms] of steps) {
      await page.evaluate(`(${step})(throttler)`);
      await page.clock.runFor(ms);
    }
    // Before pictures are taken, for which Playwright adds a style.
    assert.deepEqual(errors, []);
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme });
      for (const [width, pixels] of Object.entries(WIDTHS)) {
        await page.setViewportSize({ width: pixels, height: 900 });
        await page.clock.runFor(500);
        await chartsFit(page);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), pixels);
        assert.deepEqual(await page.evaluate(cutTexts), [], 'texts that are cut off');
        const path = join(folder, `dashboard-${state}-${colorScheme}-${width}.png`);
        await page.locator('throttler-dashboard').screenshot({ path });
      }
    }
    await page.close();
  });
}

/**
 * Resolves when the charts have the width of their places: browsers report sizes with a frame.
 * @param {import('playwright-core').Page} page
 */
async function chartsFit(page) {
  for (let tries = 0; tries < 100; tries++) {
    const differences = await page.evaluate(() => {
      const root = /** @type {any} */ (document.querySelector('throttler-dashboard')).shadowRoot;
      return [...root.querySelectorAll('.chart')].map(
        (chart) => chart.clientWidth - chart.querySelector('.uplot').clientWidth,
      );
    });
    if (differences.every((difference) => difference >= 0 && difference <= 16)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the charts do not fit');
}

/** Returns figures that their boxes are too small for; runs in the page. */
function cutTexts() {
  const root = /** @type {any} */ (document.querySelector('throttler-dashboard')).shadowRoot;
  const boxes = root.querySelectorAll('.figure, .figures, .percent, .countdown, button, td, .next');
  return [...boxes]
    .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
    .map(({ textContent }) => textContent.trim());
}

test('nothing moves when the state changes', async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.clock.install({ time: new Date('2026-03-02T09:00:05Z') });
  await page.goto(`${server.url}/pages/local.html?idle`);
  await page.clock.runFor(2000);
  const places = () =>
    page.evaluate(() => {
      const root = /** @type {any} */ (document.querySelector('throttler-dashboard')).shadowRoot;
      return [...root.querySelectorAll('.card, .banner, .rule, .state, .chart')].map((each) => {
        const { x, y, height } = each.getBoundingClientRect();
        return [each.className.split(' ')[0], x, y, Math.round(height)];
      });
    });
  const before = await places();
  for (const change of [
    "throttler.throttle({ ORDERS: 90 }, { priority: 'critical' })",
    "throttler.throttle({ ORDERS: 50 }, { priority: 'critical' })",
    'throttler.pause({ ms: 60_000 })',
    "throttler.report({ status: 418, headers: { 'retry-after': '60' } })",
  ]) {
    await page.evaluate(`void ${change}`);
    await page.clock.runFor(1500);
    assert.deepEqual(await places(), before, change);
  }
  await page.close();
});
