// The examples with the packed package, run as users run them.

import assert from 'node:assert/strict';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { build } from 'vite';
import { startExchange } from '../simulator/venues/binance/exchange.mjs';
import { BROWSERS, serve, visit } from './pages.mjs';
import { install, root, runAsync } from './project.mjs';

const project = install();
after(project.remove);

/** @param {string} name */
function example(name) {
  const folder = join(project.folder, name);
  cpSync(join(root, 'examples', name), folder, { recursive: true });
  return folder;
}

test('the bot with ccxt trades and is never refused', async () => {
  symlinkSync(
    join(root, 'node_modules', 'ccxt'),
    join(project.folder, 'node_modules', 'ccxt'),
    'junction',
  );
  const exchange = await startExchange({ delay: [0, 5] });
  try {
    const printed = await runAsync(example('ccxt-bot'), [process.execPath, 'bot.mjs'], {
      EXCHANGE_URL: exchange.url,
    });
    assert.match(printed, /^REQUEST_WEIGHT: [1-9]\d* of \d+ used$/m);
    assert.match(printed, /^ORDERS: \d+ of \d+ used$/m);
    assert.match(printed, /^done$/m);
    const { refused, accepted } = exchange.limiter.record('127.0.0.1');
    assert.deepEqual([refused, accepted >= 45], [0, true]);
  } finally {
    await exchange.close();
  }
});

/**
 * Writes a page that shows an example's page in a frame, and reports its visible content.
 * @param {string} folder
 * @param {number} lines number of log lines to wait for
 */
function writeWatcher(folder, lines) {
  writeFileSync(
    join(folder, 'watch.html'),
    `<!doctype html><iframe src="index.html" title="the example"></iframe><script>
      const shown = () => {
        const { contentDocument: page } = document.querySelector('iframe');
        const log = [...(page?.querySelectorAll('#log li') ?? [])].map(({ textContent }) => textContent);
        if (log.length < ${lines}) return setTimeout(shown, 50);
        const status = page.querySelector('#status').textContent;
        const address = new URLSearchParams(location.search).get('report');
        fetch(address, { method: 'POST', mode: 'no-cors', body: JSON.stringify({ log, status }) });
      };
      shown();
    </script>`,
  );
}

test('pages', async (t) => {
  /** @type {Record<string, string>} */
  const pages = {};
  for (const [name, lines] of Object.entries({ 'vite-page': 13, 'web-worker': 12 })) {
    const folder = example(name);
    await build({ root: folder, configFile: false, logLevel: 'error' });
    writeWatcher(join(folder, 'dist'), lines);
    const { url, close } = await serve(join(folder, 'dist'));
    after(close);
    pages[name] = `${url}/watch.html`;
  }
  for (const browser of Object.keys(BROWSERS)) {
    const reports = /** @type {Record<string, { log: string[], status: string }>} */ (
      await visit(browser, pages)
    );
    await t.test(`the page, built by Vite, in ${browser}`, () => {
      const { log = [], status } = reports['vite-page'] ?? {};
      assert.match(status ?? '', /^0 waiting/);
      // Five requests were granted at once; the order was the first of the waiting ones.
      assert.deepEqual(
        [log.length, log.slice(0, 5), log[5]],
        [13, [1, 2, 3, 4, 5].map((i) => `book ${i}`), 'an order'],
      );
    });
    await t.test(`the Web Worker in ${browser}`, () => {
      const { log = [], status } = reports['web-worker'] ?? {};
      assert.equal(status, '0 waiting');
      assert.deepEqual(
        log.map((line) => line.replace(/ after \d+ ms$/, '')),
        Array.from({ length: 12 }, (_, i) => `book ${i + 1}`),
      );
    });
  }
});
