// Measures the dashboard in a page of Chromium: its share of a core, and its memory over an hour.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser } from '../../../scripts/setup/browser.mjs';

const RULES = 50;
const GRANTS = 5000;
/** Milliseconds of one reading of processor time. */
const SPAN = 8000;

/** @typedef {import('playwright-core').Page} Page */

/** @type {import('../types.ts').Measure} */
export const dashboard = {
  name: 'dashboard',
  about: 'share of a core and memory of the dashboard',

  async run({ effort, installed, say }) {
    const executablePath = findBrowser()?.chrome;
    if (executablePath === undefined) throw new Error('the dashboard needs Chromium');
    const server = createServer((request, response) => {
      const name = /^\/([\w-]+\.mjs)$/.exec(request.url ?? '')?.[1];
      response.setHeader('content-type', name ? 'text/javascript' : 'text/html');
      response.end(
        name ? readFileSync(join(installed.folder, name)) : '<!doctype html><title>x</title>',
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const url = `http://127.0.0.1:${port}/`;
    const args = ['--no-sandbox', '--js-flags=--expose-gc'];
    const browser = await chromium.launch({ executablePath, args });
    try {
      const rounds = Math.max(1, Math.floor(effort.rounds / 3));
      const shares = { without: /** @type {number[]} */ ([]), with: /** @type {number[]} */ ([]) };
      for (let round = 1; round <= rounds; round++) {
        say(`processor time, round ${round} of ${rounds}`);
        shares.without.push(await processorShare(browser, url, false));
        shares.with.push(await processorShare(browser, url, true));
      }
      say('memory over an hour');
      const heaps = await heapsOfAnHour(browser, url);
      return result(median(shares.with) - median(shares.without), median(shares.without), heaps);
    } finally {
      await browser.close();
      server.close();
    }
  },
};

/**
 * @param {number} share of the dashboard
 * @param {number} load share of the grants alone
 * @param {readonly number[]} heaps bytes after 10 and after 60 minutes
 * @returns {import('../types.ts').Result}
 */
function result(share, load, heaps) {
  const [early = 0, late = 0] = heaps;
  const percent = (/** @type {number} */ part) => `${(part * 100).toFixed(2)} %`;
  const kilobytes = (/** @type {number} */ bytes) => `${Math.round(bytes / 1000)} kB`;
  const growth = `${late > early ? '+' : ''}${kilobytes(late - early)}`;
  return {
    figures: { share, load, heapAfter10Minutes: early, heapAfter60Minutes: late },
    tables: [
      {
        title: `The dashboard of ${RULES} rules and ${GRANTS} grants a second`,
        about:
          'Processor time of the main thread of a page, with the dashboard less without it, and ' +
          'the heap after a collection. The hour is one of a clock that runs faster: 7200 ' +
          'readings and updates, with a few grants before each.',
        head: ['', 'figure'],
        rows: [
          ['the dashboard, of a core', percent(share)],
          ['the grants alone, of a core', percent(load)],
          ['heap after 10 minutes', kilobytes(early)],
          ['heap after 60 minutes', kilobytes(late)],
        ],
      },
    ],
    targets: [
      {
        what: 'dashboard, share of a core',
        figure: percent(share),
        target: '< 2 %',
        reached: share < 0.02,
      },
      {
        what: 'dashboard, growth of the heap from 10 to 60 minutes',
        figure: growth,
        target: '< 500 kB',
        reached: late - early < 500_000,
      },
    ],
  };
}

/**
 * Returns the share of a core that the main thread of a page takes.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 * @param {boolean} isShown whether there is a dashboard
 */
async function processorShare(browser, url, isShown) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(url);
  await page.evaluate(makeBusy, { rules: RULES, grants: GRANTS, isShown });
  const session = await page.context().newCDPSession(page);
  // Time that the thread has run, so other processes do not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  };
  await page.waitForTimeout(2000);
  const [before, began] = [await read(), performance.now()];
  await page.waitForTimeout(SPAN);
  const [after, ended] = [await read(), performance.now()];
  await page.close();
  return (after - before) / ((ended - began) / 1000);
}

/**
 * Returns the sizes of the heap after 10 and after 60 minutes.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 */
async function heapsOfAnHour(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.clock.install();
  await page.goto(url);
  // A few grants before each reading are enough to change all figures.
  await page.evaluate(makeBusy, { rules: RULES, grants: 8, isShown: true });
  const session = await page.context().newCDPSession(page);
  const heaps = [];
  for (const minutes of [10, 50]) {
    for (let minute = 0; minute < minutes; minute++) await page.clock.runFor(60_000);
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    heaps.push(usedSize);
  }
  await page.close();
  return heaps;
}

/**
 * Runs in the page: makes a busy throttler, and shows it.
 * @param {{ rules: number, grants: number, isShown: boolean }} options
 */
async function makeBusy({ rules: count, grants, isShown }) {
  const load = (/** @type {string} */ name) => import(`/${name}.mjs`);
  const { fixedWindow, MultiThrottler, rollingWindow, tokenBucket } = await load('index');
  const kinds = [
    (/** @type {string} */ id) => fixedWindow({ id, limit: 9000, interval: 60_000 }),
    (/** @type {string} */ id) => rollingWindow({ id, limit: 9000, interval: 60_000 }),
    (/** @type {string} */ id) => tokenBucket({ id, capacity: 9000, refillRate: 0.15 }),
  ];
  const ids = Array.from({ length: count }, (_, n) => `rule ${n}`);
  const throttler = new MultiThrottler(ids.map((id, n) => kinds[n % 3]?.(id)));
  const every = grants >= 100 ? 20 : 250;
  let next = 0;
  setInterval(() => {
    for (let n = 0; n < (grants * every) / 1000; n++) {
      throttler.tryThrottle({ [ids[next++ % count] ?? '']: 1 });
    }
  }, every);
  if (!isShown) return;
  await load('dashboard');
  const element = document.createElement('throttler-dashboard');
  document.body.append(element);
  Object.assign(element, { throttler });
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
