// Throttlers that pages share, in real browsers: crashes, reloads, frozen and hidden pages.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChromium } from './chromium.mjs';
import { BROWSERS, serve, visit } from './pages.mjs';
import { install } from './project.mjs';

const project = install();
project.fixture('tabs');
/** @type {(() => unknown)[]} */
const closing = [project.remove];
/** @type {import('./chromium.mjs').Chromium} */
let chromium;
let address = '';

before(async () => {
  chromium = await startChromium();
  closing.push(() => chromium.close());
  const server = await serve(project.folder);
  closing.push(server.close);
  address = `${server.url}/tabs/index.html`;
});

after(async () => {
  for (const close of closing.reverse()) await close();
});

/**
 * Opens pages of one key.
 * @param {number} count
 * @param {string} parameters
 */
async function openPages(count, parameters) {
  /** @type {import('./chromium.mjs').Tab[]} */
  const pages = [];
  for (let n = 0; n < count; n++) {
    const page = await chromium.open(`${address}?${parameters}`);
    await page.evaluate('epoch()');
    pages.push(page);
  }
  return pages;
}

/** @param {import('./chromium.mjs').Tab[]} pages */
async function close(pages) {
  await Promise.all(pages.map((page) => page.go('about:blank').catch(() => {})));
}

/**
 * The page with the hub, and the others.
 * @param {import('./chromium.mjs').Tab[]} pages
 */
async function sorted(pages) {
  const isHub = await Promise.all(pages.map((page) => page.evaluate('isHub()')));
  const hub = pages[isHub.indexOf(true)];
  assert.ok(hub, 'one of the pages is the hub');
  return { hub, others: pages.filter((page) => page !== hub) };
}

describe('pages of one key', () => {
  test('share their limits, and the hub moves when its page ends', async (t) => {
    const pages = await openPages(3, 'key=share');
    assert.deepEqual(await Promise.all(pages.map((page) => page.evaluate('take(20)'))), [
      true,
      true,
      true,
    ]);
    const { hub, others } = await sorted(pages);
    const [other] = others;
    t.diagnostic(`round trip ${await other?.evaluate('roundTrip()')} ms`);
    assert.equal(await other?.evaluate('remaining()'), 40);
    await hub.evaluate('saved(60)');
    await hub.go('about:blank');
    assert.equal(await other?.evaluate('remaining()'), 40);
    assert.equal(await other?.evaluate('take(40)'), true);
    assert.equal(await other?.evaluate('take(1, 0)'), 'WAIT_TIMEOUT');
    assert.deepEqual(await other?.evaluate('errors'), []);
    await close(others);
  });

  test('other keys have other limits', async () => {
    const pages = [...(await openPages(1, 'key=x')), ...(await openPages(1, 'key=y'))];
    assert.deepEqual(await Promise.all(pages.map((page) => page.evaluate('take(100)'))), [
      true,
      true,
    ]);
    await close(pages);
  });

  for (const parameters of ['key=reload', 'key=reload-worker&worker']) {
    test(`the only page is loaded again, ${parameters}: usage is kept`, async () => {
      const [page] = await openPages(1, parameters);
      assert.equal(await page?.evaluate('take(30)'), true);
      await page?.evaluate('saved(30)');
      await page?.go(`${address}?${parameters}`);
      assert.equal(await page?.evaluate('remaining()'), 70);
      assert.equal(await page?.evaluate('take(70)'), true);
      assert.equal(await page?.evaluate('take(1, 0)'), 'WAIT_TIMEOUT');
      await close(page ? [page] : []);
    });
  }

  test('the only page is loaded again while a snapshot may be being written', async () => {
    const [page] = await openPages(1, 'key=early');
    assert.equal(await page?.evaluate('take(30)'), true);
    await page?.go(`${address}?key=early`);
    // The notes of both snapshots count then: they allow for up to a quarter more.
    const remaining = await page?.evaluate('remaining()');
    assert.ok(remaining >= 62 && remaining <= 70, `${remaining} remain`);
    await close(page ? [page] : []);
  });

  test('the page with the hub crashes: the others go on, and nothing is forgotten', async (t) => {
    const pages = await openPages(3, 'key=crash');
    const { hub, others } = await sorted(pages);
    for (const page of pages) assert.equal(await page.evaluate('take(10)'), true);
    // Waits, and is repeated by the next hub.
    const waiting = others[0]?.evaluate('take(60)');
    await waiting;
    const start = performance.now();
    hub.send('Page.crash').catch(() => {});
    await sleep(5);
    assert.equal(await others[1]?.evaluate('take(0)'), true);
    t.diagnostic(`another hub after ${(performance.now() - start).toFixed(0)} ms`);
    // 90 were granted. The notes allow for up to a quarter more.
    const remaining = await others[1]?.evaluate('remaining()');
    assert.ok(remaining >= 0 && remaining <= 10, `${remaining} remain`);
    await close(others);
  });

  test('crashes amid a flood: no window has too many', async () => {
    const parameters = 'key=flood&limit=50&interval=1000';
    let pages = await openPages(3, parameters);
    /** @type {number[]} */
    const granted = [];
    for (const page of pages) await page.evaluate('flood(5)');
    for (let crashes = 0; crashes < 3; crashes++) {
      await sleep(700);
      const { hub, others } = await sorted(pages);
      granted.push(...(await hub.evaluate('granted')));
      hub.send('Page.crash').catch(() => {});
      const [fresh] = await openPages(1, parameters);
      await fresh?.evaluate('flood(5)');
      pages = fresh ? [...others, fresh] : others;
    }
    await sleep(1500);
    for (const page of pages) granted.push(...(await page.evaluate('granted')));
    granted.sort((a, b) => a - b);
    let first = 0;
    granted.forEach((at, n) => {
      while ((granted[first] ?? 0) < at - 1000) first += 1;
      assert.ok(n - first + 1 <= 50, `${n - first + 1} within a second`);
    });
    assert.ok(granted.length > 100, `${granted.length} grants`);
    await close(pages);
  });

  test('the page with the hub is frozen: another one takes over, and it comes back', async (t) => {
    const pages = await openPages(2, 'key=frozen');
    const { hub, others } = await sorted(pages);
    const [other] = others;
    assert.equal(await hub.evaluate('take(10)'), true);
    const before = await hub.evaluate('epoch()');
    // Hidden by another tab.
    await chromium.open('about:blank');
    await hub.send('Page.setWebLifecycleState', { state: 'frozen' });
    const start = performance.now();
    assert.equal(await other?.evaluate('take(10, 30000)'), true);
    t.diagnostic(`another hub after ${(performance.now() - start).toFixed(0)} ms`);
    assert.notEqual(await other?.evaluate('epoch()'), before);
    await hub.send('Page.setWebLifecycleState', { state: 'active' });
    assert.equal(await hub.evaluate('take(10)'), true);
    assert.equal(await hub.evaluate('isHub()'), false);
    // Besides 30 that were used, the frozen hub may have granted 10 that it could not send. Notes
    // allow for up to a quarter more.
    const remaining = await other?.evaluate('remaining()');
    assert.ok(remaining >= 55 && remaining <= 70, `${remaining} remain`);
    await close(pages);
  });

  test('hidden pages are served at the pace of the limit', async () => {
    const pages = await openPages(2, 'key=hidden&limit=1&interval=100');
    await chromium.open('about:blank');
    const states = await Promise.all(
      pages.map((page) => page.evaluate('document.visibilityState')),
    );
    assert.deepEqual(states, ['hidden', 'hidden']);
    const start = performance.now();
    const taken = pages.map((page) =>
      page.evaluate('Promise.all(Array.from({ length: 8 }, () => take(1)))'),
    );
    await Promise.all(taken);
    // 16 at 10 a second; with the timers of hidden pages it would be 16 s.
    assert.ok(performance.now() - start < 8000, `${performance.now() - start} ms`);
    await close(pages);
  });

  test('a page that is left and come back to finds the hub again', async (t) => {
    const pages = await openPages(2, 'key=back');
    const { hub, others } = await sorted(pages);
    assert.equal(await hub.evaluate('take(10)'), true);
    await hub.go(`${address.replace('index.html', 'page.js')}`);
    assert.equal(await others[0]?.evaluate('take(10)'), true);
    await hub.go(-1);
    // A page that was not kept runs its script again.
    await hub.evaluate(`new Promise((resolve) => {
      const look = () => (globalThis.take ? resolve() : setTimeout(look, 20));
      look();
    })`);
    assert.equal(await hub.evaluate('take(10)'), true);
    t.diagnostic(`out of the cache: ${await hub.evaluate('isBack')}`);
    const remaining = await others[0]?.evaluate('remaining()');
    assert.ok(remaining >= 65 && remaining <= 70, `${remaining} remain`);
    await close(pages);
  });

  test('a private window has limits of its own', async () => {
    const [page] = await openPages(1, 'key=private');
    assert.equal(await page?.evaluate('take(100)'), true);
    const { browserContextId } = await chromium.send('Target.createBrowserContext');
    const alone = await chromium.open(`${address}?key=private`, browserContextId);
    assert.equal(await alone.evaluate('take(100)'), true);
    await chromium.send('Target.disposeBrowserContext', { browserContextId });
    await close(page ? [page] : []);
  });
});

describe('pages with a shared worker', () => {
  test('have their hub there; when that crashes, a page takes over', async (t) => {
    const pages = await openPages(2, 'key=worker&worker');
    for (const page of pages) {
      assert.equal(await page.evaluate('take(10)'), true);
      assert.equal(await page.evaluate('isHub()'), false);
    }
    t.diagnostic(`round trip ${await pages[1]?.evaluate('roundTrip()')} ms`);
    // The worker lives in the process of the page that has made it.
    pages[0]?.send('Page.crash').catch(() => {});
    await sleep(5);
    assert.equal(await pages[1]?.evaluate('take(10)'), true);
    const remaining = await pages[1]?.evaluate('remaining()');
    assert.ok(remaining >= 63 && remaining <= 70, `${remaining} remain`);
    await close(pages.slice(1));
  });
});

describe('frames of a page, without remote control', () => {
  for (const browser of Object.keys(BROWSERS)) {
    test(browser, async (t) => {
      const url = `${address.replace('index.html', 'frames.html')}?key=${browser}`;
      const reports = await visit(browser, { frames: url, worker: `${url}-worker&worker` });
      for (const name of ['frames', 'worker']) {
        const report = /** @type {any} */ (reports[name]);
        t.diagnostic(`${name}: ${JSON.stringify(report)}`);
        assert.deepEqual(report?.taken, [true, true, true]);
        assert.equal(report.hubs, name === 'frames' ? 1 : 0);
        assert.equal(report.afterwards, true);
        assert.equal(report.remaining, 40);
        assert.equal(report.excess, 'WAIT_TIMEOUT');
      }
    });
  }
});

describe('a page and its dedicated worker', () => {
  for (const browser of Object.keys(BROWSERS)) {
    test(browser, async (t) => {
      const url = address.replace('index.html', 'workers.html');
      const reports = await visit(browser, {
        'by locks': `${url}?key=${browser}-locks`,
        'over a port': `${url}?key=${browser}-port&port`,
        'over a port, without Web Locks': `${url}?key=${browser}-none&port&nolocks`,
      });
      for (const [name, given] of Object.entries(reports)) {
        const report = /** @type {any} */ (given);
        t.diagnostic(`${name}: ${JSON.stringify(report)}`);
        assert.deepEqual([report.page, report.inWorker], [true, true], name);
        assert.equal(report.remaining, 50, name);
        assert.equal(report.excess, 'WAIT_TIMEOUT', name);
        assert.deepEqual([report.held, report.full], [true, 'WAIT_TIMEOUT'], name);
        assert.equal(report.freed, report.tellsEnd, name);
        assert.equal(report.errors.length, name.endsWith('Locks') ? 1 : 0, name);
      }
      assert.equal(Object.keys(reports).length, 3);
    });
  }
});

test('a control whose rows are deleted before the crash exceeds', async () => {
  const pages = await openPages(2, 'key=control');
  const { hub, others } = await sorted(pages);
  assert.equal(await hub.evaluate('take(100)'), true);
  // The state is saved a second after the grant, and the rows must not come back.
  await sleep(1500);
  await others[0]?.evaluate(`new Promise((resolve) => {
    indexedDB.open('multi-throttler-hubs').onsuccess = ({ target: { result } }) => {
      const transaction = result.transaction('states', 'readwrite');
      transaction.objectStore('states').clear();
      transaction.oncomplete = () => (result.close(), resolve());
    };
  })`);
  hub.send('Page.crash').catch(() => {});
  await sleep(5);
  assert.equal(await others[0]?.evaluate('take(100)'), true);
  await close(others);
});
