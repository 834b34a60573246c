// The stores of browsers, in real pages of Chromium, and in workers of Chromium and Firefox.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startChromium } from './chromium.mjs';
import { BROWSERS, serve, visit } from './pages.mjs';
import { install } from './project.mjs';

const project = install();
project.fixture('persist');
/** @type {(() => unknown)[]} */
const closing = [project.remove];
/** @type {import('./chromium.mjs').Chromium} */
let chromium;

before(async () => {
  chromium = await startChromium();
  closing.push(() => chromium.close());
});

after(async () => {
  for (const close of closing.reverse()) await close();
});

for (const store of ['localStorageStore', 'indexedDbStore']) {
  describe(store, () => {
    /** Another origin for each store. */
    let url = '';

    before(async () => {
      const server = await serve(project.folder);
      closing.push(server.close);
      url = `${server.url}/persist/index.html?store=${store}`;
    });

    test('keeps the state over a reload, and tells a second page', async () => {
      const page = await chromium.open(url);
      assert.equal(await page.evaluate('ready'), 100);
      assert.equal(await page.evaluate('take(10)'), 90);

      const second = await chromium.open(url);
      const { code, message } = await second.evaluate('ready');
      assert.equal(code, 'STORE_IN_USE');
      assert.match(message, /limits is in use by another page or worker/);
      await second.go('about:blank');

      await page.go(url);
      // The end of the page has saved, so nothing more counts as used.
      assert.equal(await page.evaluate('ready'), 90);
      assert.equal(await page.evaluate('kept.stop().then(() => ready)'), 90);
      const third = await chromium.open(url);
      assert.equal(await third.evaluate('ready'), 90);
      await third.evaluate('kept.stop()');
      await third.go('about:blank');
      await page.go('about:blank');
    });

    test('counts what was granted before a crash', async () => {
      const page = await chromium.open(url);
      assert.equal(await page.evaluate('ready'), 90);
      assert.equal(await page.evaluate('take(20)'), 70);
      // Answers nothing, as the renderer is gone.
      page.send('Page.crash').catch(() => {});
      const remaining = await untilFree(url);
      // A quarter more than was granted.
      assert.equal(remaining.tokens, 65);
      await remaining.page.evaluate('kept.stop()');
      await remaining.page.go('about:blank');
    });

    test('sets a damaged state aside', async () => {
      const blank = await chromium.open(url);
      await blank.evaluate('ready.then(() => kept.stop())');
      const put = {
        localStorageStore: `localStorage.setItem('limits', '{"form')`,
        indexedDbStore: `new Promise((resolve) => {
          indexedDB.open('multi-throttler').onsuccess = ({ target: { result } }) => {
            const transaction = result.transaction('states', 'readwrite');
            transaction.objectStore('states').put('{"form', 'limits');
            transaction.oncomplete = () => (result.close(), resolve());
          };
        })`,
      }[store];
      await blank.evaluate(put ?? '');
      await blank.go(url);
      await blank.evaluate('ready');
      const [error] = await blank.evaluate('errors');
      assert.equal(error.code, 'STORE_DAMAGED');
      assert.match(error.movedTo, /^limits\.damaged-/);
    });
  });
}

for (const browser of Object.keys(BROWSERS)) {
  test(`indexedDbStore keeps the state of workers in ${browser}`, async () => {
    const server = await serve(project.folder);
    closing.push(server.close);
    const url = `${server.url}/persist/workers.html`;
    const reports = await visit(browser, { dedicated: url, shared: `${url}?shared` });
    const kept = { fresh: 100, taken: 90, second: 'STORE_IN_USE', remaining: 90 };
    assert.deepEqual(reports.shared, kept);
    const { waits, ...dedicated } = /** @type {{ waits: number[] }} */ (reports.dedicated);
    // The worker was ended after a save and one more grant, which has no note.
    assert.deepEqual(dedicated, { ...kept, after: 70 });
    const [hour = 0, minute = 0] = waits;
    assert.ok(hour > 3_500_000 && hour <= 3_600_001, `waits ${hour} ms`);
    assert.ok(minute > 50_000 && minute <= 60_000, `waits ${minute} ms`);
  });
}

/** Opens pages until the lock of a page that crashed is free. @param {string} url */
async function untilFree(url) {
  const page = await chromium.open(url);
  for (let attempts = 0; attempts < 100; attempts++) {
    const tokens = await page.evaluate('ready');
    if (typeof tokens === 'number') return { page, tokens };
    await page.go(url);
  }
  throw new Error('the lock of the crashed page stays');
}
