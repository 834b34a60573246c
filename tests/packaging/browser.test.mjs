// The package in pages of real browsers: without a bundler, in a worker, under a content security
// policy, and from each bundler.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer } from 'vite';
import { bundles } from './bundlers.mjs';
import { assertWaited } from './expected.mjs';
import { BROWSERS, serve, visit } from './pages.mjs';
import { install } from './project.mjs';

const project = install();
const timerWorkers = project.fixture('timer-worker');
project.app('plain', (entry) => `/node_modules/multi-throttler/${entry}.mjs`);
/** @type {(() => unknown)[]} */
const closing = [project.remove];
after(async () => {
  for (const close of closing.reverse()) await close();
});

/** @param {string} folder @param {Record<string, string>} [headers] */
async function served(folder, headers) {
  const { url, close } = await serve(folder, headers);
  closing.push(close);
  return url;
}

/** A copy of the fixture `timer-worker`, in which the bundler may write. @param {string} name */
function copied(name) {
  const folder = join(project.folder, name);
  cpSync(timerWorkers, folder, { recursive: true });
  return folder;
}

async function viteDevServer() {
  const root = project.app('vite-dev');
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0 },
  });
  closing.push(() => server.close());
  await server.listen();
  return (server.resolvedUrls?.local[0] ?? '').replace(/\/$/, '');
}

/** A policy that is strict except for `script-src`. The page may report to the test. */
const policy = (/** @type {string} */ scripts) => ({
  'content-security-policy': `default-src 'none'; script-src ${scripts}; connect-src *`,
});

/** @type {Record<string, string>} */
const pages = {};
/**
 * Pages that start the worker of timers from a file, by the name of the bundler. Among them,
 * esbuild and Rollup follow no address in `new URL()`: they need a file of the program as an entry
 * point.
 * @type {Record<string, string[]>}
 */
const TIMER_WORKERS = {
  Vite: ['index', 'worker'],
  webpack: ['index', 'worker'],
  Rollup: ['worker'],
  esbuild: ['worker'],
};
const IS_TIMER_WORKER = /^timers in a worker, /;

/** The page that has to report an error. */
const FORBIDDEN = 'a policy that forbids wasm';

before(async () => {
  const plain = await served(project.folder);
  pages['a script of type module'] = `${plain}/plain/index.html`;
  pages['a module worker'] = `${plain}/plain/worker.html`;
  const allowed = await served(project.folder, policy("'self' 'wasm-unsafe-eval'"));
  pages['a policy that allows wasm'] = `${allowed}/plain/index.html`;
  const forbidden = await served(project.folder, policy("'self'"));
  pages[FORBIDDEN] = `${forbidden}/plain/index.html`;

  const vite = await viteDevServer();
  pages['Vite, development'] = `${vite}/index.html`;
  pages['Vite, development, a worker'] = `${vite}/worker.html`;
  for (const [name, bundle] of Object.entries(bundles)) {
    const folder = project.app(name);
    const out = await bundle(folder);
    const url = await served(out);
    pages[`${name}, built`] = `${url}/index.html`;
    pages[`${name}, built, a worker`] = `${url}/worker.html`;

    const timers = await served(await bundle(copied(`timers-${name}`)));
    for (const page of TIMER_WORKERS[name] ?? []) {
      pages[`timers in a worker, ${name}, ${page}.html`] = `${timers}/${page}.html`;
    }
  }
});

for (const browser of Object.keys(BROWSERS)) {
  describe(browser, () => {
    test('pages', async (t) => {
      const reports = await visit(browser, pages);
      for (const name of Object.keys(pages)) {
        await t.test(name, () => {
          const report = reports[name];
          if (IS_TIMER_WORKER.test(name)) return assert.deepEqual(report, { fired: 7 });
          if (name !== FORBIDDEN) return assertWaited(report, name);
          const { code, message } = /** @type {{ code: string, message: string }} */ (report);
          assert.equal(code, 'WASM_UNAVAILABLE');
          assert.match(message, /'wasm-unsafe-eval'/);
        });
      }
    });
  });
}
