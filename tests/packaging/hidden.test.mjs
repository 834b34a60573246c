// Pages in the background, with the browsers' throttling of timers on. Chromium's of one timer a
// minute begins after five seconds here, not after five minutes. Bounds of time are far above what
// a busy machine takes, and far below what throttled timers do.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startChromium } from './chromium.mjs';
import { BROWSERS, serve, visit } from './pages.mjs';
import { install } from './project.mjs';

const project = install();
project.fixture('hidden');
/** @type {(() => unknown)[]} */
const closing = [project.remove];
after(async () => {
  for (const close of closing.reverse()) await close();
});

/** @param {string} workers sources that the policy allows for workers */
const policy = (workers) => ({
  'content-security-policy': `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src ${workers}; connect-src *`,
});

/** Browsers that hide a page when it opens another one: the WebKit of these tests has no tabs. */
const HIDING = Object.keys(BROWSERS).filter((name) => name !== 'WebKit');

/** @type {Record<string, string>} */
const pages = {};
/** @type {Record<string, Promise<Record<string, unknown>>>} both browsers wait at the same time */
const visits = {};

before(async () => {
  for (const [name, kind, headers] of /** @type {[string, string, Record<string, string>?][]} */ ([
    ['no policy', 'text'],
    ['a policy that allows text', 'text', policy('blob:')],
    ['a worker from a file', 'file', policy("'self'")],
    ['a policy that forbids workers', 'forbidden', policy("'none'")],
  ])) {
    const { url, close } = await serve(project.folder, headers);
    closing.push(close);
    pages[name] = `${url}/hidden/index.html?case=${kind}`;
  }
  for (const browser of HIDING) visits[browser] = visit(browser, pages);
  closing.push(() => Promise.all(Object.values(visits)));
});

/**
 * The report of `fixtures/hidden/page.js`.
 * @typedef {object} Report
 * @property {number} early grants before they were due
 * @property {string[]} started the protocols of the addresses that workers were started from
 * @property {number} startedWhileVisible
 * @property {number} answers messages of workers
 * @property {number} answersInTime those before the worker was of no more use
 * @property {number} ended workers that were terminated
 * @property {string[]} warnings
 * @property {string} visibility
 * @property {number} visible milliseconds of eleven requests in a visible page
 * @property {number} hidden milliseconds of eleven requests in a hidden page; of two where workers
 *   are forbidden
 * @property {number} long milliseconds of a wait of 7 s that began in the visible page
 * @property {number} ownTimers how many timers of the page fired during the eleven requests
 */

for (const browser of HIDING) {
  describe(browser, () => {
    test('hidden pages', async (t) => {
      const reports = (await visits[browser]) ?? {};
      for (const name of Object.keys(pages)) {
        await t.test(name, () => {
          const report = /** @type {Report} */ (reports[name]);
          t.diagnostic(`${name}: ${JSON.stringify(report)}`);
          assert.equal(report?.visibility, 'hidden');
          assert.equal(report.early, 0);
          assert.equal(report.startedWhileVisible, 0);
          if (name === 'a policy that forbids workers') {
            assert.equal(report.warnings.length, 1);
            assert.match(report.warnings[0] ?? '', /worker-src blob:.*timerWorker/);
            return;
          }
          assert.deepEqual(report.started, [name === 'a worker from a file' ? 'http:' : 'blob:']);
          assert.deepEqual(report.warnings, []);
          // One of the long wait, ten of the eleven requests.
          assert.ok(report.answersInTime >= 11, `${report.answersInTime} answers`);
          assert.ok(report.long < 10_000, `${report.long} ms for 7000`);
          assert.ok(report.hidden < 5000, `${report.hidden} ms for 1000`);
          assert.ok(
            report.ownTimers < 8,
            `${report.ownTimers} timers of the page fired: they are not throttled`,
          );
          assert.equal(report.ended, 1);
        });
      }
    });
  });
}

/**
 * A line of the log of `fixtures/hidden/frozen.js`.
 * @typedef {{ what: string, at: number }} Entry
 */

describe('Chromium, what happens to a page', () => {
  /** @type {import('./chromium.mjs').Chromium} */
  let chromium;
  let url = '';

  before(async () => {
    chromium = await startChromium();
    const served = await serve(project.folder);
    closing.push(served.close);
    url = `${served.url}/hidden/frozen.html`;
  });
  after(() => chromium.close());

  /**
   * Asserts that no window of 100 ms had two grants, and that grants go on after an event.
   * @param {Entry[]} log
   * @param {string} event
   */
  function assertPaced(log, event) {
    const grants = log.filter(({ what }) => what === 'grant').map(({ at }) => at);
    const gaps = grants.slice(1).map((at, n) => at - (grants[n] ?? 0));
    // The page reads the clock after the throttler did, so a gap may look shorter than it was.
    assert.ok(Math.min(...gaps) > 50, `${JSON.stringify(log)}`);
    const after = log.slice(log.findIndex(({ what }) => what === event) + 1);
    assert.ok(after.filter(({ what }) => what === 'grant').length > 3, `${JSON.stringify(log)}`);
  }

  test('frozen and resumed: requests go on, one at a time', async () => {
    const page = await chromium.open(url);
    await page.evaluate('granted(2)');
    await chromium.open('about:blank');
    assert.equal(await page.evaluate('document.visibilityState'), 'hidden');
    await page.send('Page.setWebLifecycleState', { state: 'frozen' });
    // Time has to pass in which the page would have been granted ten.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await page.send('Page.setWebLifecycleState', { state: 'active' });
    const log = await page.evaluate('granted(20)');
    const others = log.filter((/** @type {Entry} */ { what }) => what !== 'grant');
    assert.deepEqual(
      others.map((/** @type {Entry} */ { what }) => what),
      ['new', 'freeze', 'resume'],
    );
    assertPaced(log, 'resume');
  });

  test('left and come back to: the browser keeps the page, and requests go on', async () => {
    const page = await chromium.open(url);
    await page.evaluate('granted(2)');
    await page.go(url.replace('frozen.html', 'page.js'));
    await page.go(-1);
    const log = await page.evaluate('granted(12)');
    assert.ok(
      log.some((/** @type {Entry} */ { what }) => what === 'back'),
      JSON.stringify(log),
    );
    assertPaced(log, 'back');
  });
});
