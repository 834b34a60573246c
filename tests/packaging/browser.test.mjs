// The installed package in a page of a real browser, straight from a server: no bundler, no flag, no init().

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { findBrowser } from '../../scripts/setup/browser.mjs';
import { install, root } from './project.mjs';

const project = install();
const { args } = JSON.parse(readFileSync(join(root, 'webdriver.json'), 'utf8'))['goog:chromeOptions'];

/** @param {string} head @param {string} script */
const page = (head, script) => `<!doctype html>${head}<output></output><script type="module">
  import { fixedWindow, MultiThrottler, ThrottleRule } from './index.mjs';
  const output = document.querySelector('output');
  ${script}
</script>`;

/** @type {Record<string, { type: string, body: string }>} */
const files = {
  '/index.mjs': {
    type: 'text/javascript',
    body: readFileSync(join(project.folder, 'node_modules', 'multi-throttler', 'index.mjs'), 'utf8'),
  },
  '/waits.html': {
    type: 'text/html',
    body: page(
      '',
      `const throttler = new MultiThrottler([
        new ThrottleRule('a', 1, 1 / 20),
        fixedWindow({ id: 'b', limit: 100, interval: 60_000 }),
      ]);
      const start = performance.now();
      for (let i = 0; i < 3; i++) await throttler.throttle({ a: 1, b: 1 });
      const early = performance.now() - start < 40;
      output.textContent = ['granted', early, throttler.getQueueLength()].join(' ');`,
    ),
  },
  '/forbidden.html': {
    type: 'text/html',
    body: page(
      `<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'unsafe-inline'">`,
      `try {
        new MultiThrottler([]);
      } catch (error) {
        output.textContent = [error.code, error.message.includes('wasm-unsafe-eval')].join(' ');
      }`,
    ),
  },
};

const server = createServer((request, response) => {
  const file = files[request.url ?? ''];
  response.writeHead(file ? 200 : 404, { 'content-type': file?.type ?? 'text/plain' });
  response.end(file?.body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
after(() => {
  server.close();
  project.remove();
});

/**
 * What a page shows in the end.
 * @param {string} path
 */
async function shown(path) {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const chrome = findBrowser()?.chrome;
  assert.ok(chrome, 'no Chromium: `node scripts/setup.mjs` brings it');
  const profile = `--user-data-dir=${join(project.folder, 'profile')}`;
  const url = `http://127.0.0.1:${address.port}${path}`;
  // Virtual time: the browser ends when the page has nothing more to do.
  const flags = [...args, profile, '--virtual-time-budget=5000', '--dump-dom', url];
  const child = spawn(chrome, flags, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 60_000 });
  return /<output>(.*)<\/output>/.exec(await text(child.stdout))?.[1];
}

test('a page waits for its grants', async () => {
  assert.equal(await shown('/waits.html'), 'granted false 0');
});

test('a page whose policy forbids wasm is told what to allow', async () => {
  assert.equal(await shown('/forbidden.html'), 'WASM_UNAVAILABLE true');
});
