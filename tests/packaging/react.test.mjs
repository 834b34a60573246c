// The hooks of the packed package with React 19 and 18, on a server and in Chromium.

import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { findBrowser } from '../../scripts/setup/browser.mjs';
import { react18Modules } from '../../scripts/setup/react-18.mjs';
import { install, root, run } from './project.mjs';

/** Folders with React by its major version. */
const VERSIONS = { 19: join(root, 'node_modules'), 18: react18Modules };

/** Starts the Chromium of the system. */
const startBrowser = () =>
  chromium.launch({
    executablePath: findBrowser()?.chrome ?? 'no Chromium',
    args: ['--no-sandbox'],
  });

/**
 * Opens a page on virtual time, and collects its errors.
 * @param {import('playwright-core').Browser} browser
 */
async function openPage(browser) {
  const page = await browser.newPage();
  /** @type {string[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.clock.install();
  return { page, errors };
}

for (const [version, modules] of Object.entries(VERSIONS)) {
  describe(`React ${version}`, () => testsWith(version, modules));
}

/**
 * @param {string} version
 * @param {string} modules
 */
function testsWith(version, modules) {
  const project = install();
  for (const name of ['react', 'react-dom', 'scheduler'])
    symlinkSync(join(modules, name), join(project.folder, 'node_modules', name), 'junction');
  const folder = project.fixture('react');
  after(project.remove);

  test('it is the version that it should be', () => {
    const script = "process.stdout.write(require('react').version)";
    assert.equal(run(folder, process.execPath, '-e', script).split('.')[0], version);
  });

  test('a server renders the values of a throttler at rest, in modules and CommonJS', () => {
    const expected = '<p>0 granted, 0 waiting, normal</p><p>no rule</p><p>0 ms</p>';
    for (const file of ['server.mjs', 'server.cjs'])
      assert.equal(run(folder, process.execPath, file), `${expected}\n`, file);
  });

  test('components follow a throttler, and render a few times a second', async () => {
    const out = join(folder, 'page.js');
    await build({
      entryPoints: [join(folder, 'page.mjs')],
      outfile: out,
      bundle: true,
      format: 'iife',
      define: { 'process.env.NODE_ENV': '"development"' },
      nodePaths: [join(project.folder, 'node_modules')],
      preserveSymlinks: true,
      logLevel: 'error',
    });
    const browser = await startBrowser();
    try {
      const { page, errors } = await openPage(browser);
      await page.setContent('<div id="root"></div>');
      await page.addScriptTag({ path: out });
      const seconds = (/** @type {number} */ count) => page.clock.runFor(count * 1000);
      const shown = () => page.evaluate(() => document.querySelector('#root')?.textContent);
      const call = (/** @type {string} */ code) => page.evaluate(code);

      assert.equal(await shown(), '0 granted 0 waiting|0 used|0 ms|0 used');
      await call('bot.send(10)');
      assert.equal(await shown(), '0 granted 0 waiting|0 used|0 ms|0 used');
      await seconds(1);
      assert.match((await shown()) ?? '', /^10 granted 0 waiting\|1 used\|[\d.]+ ms\|1 used$/);

      // 10,000 events in a second lead to four renders at most, in StrictMode each one twice.
      await call('renders.stats = 0');
      await call('bot.busy(10_000)');
      await seconds(1);
      const renders = Number(await call('renders.stats'));
      assert.ok(renders >= 1 && renders <= 10, `${renders} renders`);

      // A throttler at rest renders nothing.
      await call('bot.rest()');
      await seconds(1);
      await call('renders.stats = 0');
      await seconds(5);
      assert.equal(await call('renders.stats'), 0);

      // Components of one render agree.
      assert.deepEqual(await call('torn'), []);

      // A rule that a component names anew in each render, and another throttler.
      await call('bot.swap()');
      await seconds(1);
      assert.equal(await shown(), '0 granted 0 waiting|0 used|0 ms|0 used');

      // A closed throttler keeps its counts.
      await call('bot.send(3)');
      await call('bot.close()');
      await seconds(1);
      assert.equal(await shown(), '3 granted 0 waiting|none|Infinity ms|none');

      // Without components, nothing looks at the throttler.
      await call('bot.unmount()');
      await call('looks.count = 0');
      await seconds(5);
      assert.equal(await call('looks.count'), 0);
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  });

  test('an estimate goes by the rank inside the class', async () => {
    const browser = await startBrowser();
    try {
      const { page, errors } = await openPage(browser);
      await page.setContent('<div id="root"></div><div id="ranks"></div>');
      await page.addScriptTag({ path: join(folder, 'page.js') });
      await page.evaluate('rankAll()');
      const shown = () => page.evaluate(() => document.querySelector('#ranks')?.textContent);
      await page.clock.runFor(1000);
      assert.equal(await shown(), '9 29 39');
      // The second of rank 0 is granted.
      await page.clock.runFor(10_000);
      assert.equal(await shown(), '9 19 29');
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  });

  test('markup of a server is hydrated without a difference, then follows the throttler', async () => {
    const browser = await startBrowser();
    try {
      const { page, errors } = await openPage(browser);
      const markup = run(folder, process.execPath, 'server.mjs').trim();
      await page.setContent(`<div id="server">${markup}</div><div id="root"></div>`);
      await page.addScriptTag({ path: join(folder, 'page.js') });
      await page.evaluate('hydrate()');
      await page.clock.runFor(1000);
      const text = await page.evaluate(() => document.querySelector('#server')?.textContent);
      assert.match(text ?? '', /^4 granted, 0 waiting, normal0\.4 used0 ms$/);
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  });
}
