// A bot on a spot exchange, whose throttler the dashboard shows. Playwright's clock drives it.

import '/pkg/dashboard.mjs';
import {
  concurrency,
  fixedWindow,
  MultiThrottler,
  rollingWindow,
  tokenBucket,
} from '/pkg/index.mjs';

const modes = {
  normal: { buffer: 0.1, reserve: 0.2 },
  burst: { buffer: 0.05, reserve: 0.1 },
  liquidation: { buffer: 0.05, reserve: 0.05 },
};
const throttler = new MultiThrottler(
  [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 }),
    fixedWindow({ id: 'RAW_REQUESTS', limit: 61_000, interval: 300_000 }),
    fixedWindow({ id: 'ORDERS', limit: 100, interval: 10_000, scope: 'account' }),
    fixedWindow({ id: 'ORDERS_1D', limit: 200_000, interval: 86_400_000, scope: 'account' }),
    rollingWindow({ id: 'USER_DATA', limit: 120, interval: 5000, scope: 'account' }),
    tokenBucket({ id: 'HISTORY', capacity: 300, refillRate: 0.05 }),
    concurrency({ id: 'SOCKETS', limit: 8 }),
  ],
  { modes },
);
const dashboard = document.querySelector('throttler-dashboard');
dashboard.throttler = throttler;
Object.assign(globalThis, { throttler, dashboard });

/** The state of a generator whose numbers are equal in each run. */
let seed = 7;
function random() {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
}

const ignore = () => {};
const ask = (cost, options) => throttler.throttle(cost, options).catch(ignore);
function trade() {
  const busy = 0.5 + 0.5 * Math.sin(Date.now() / 26_000);
  for (let n = 0; n < 1 + 2.5 * busy; n++) {
    ask({ REQUEST_WEIGHT: random() < 0.15 ? 20 : 2 + 2 * busy, RAW_REQUESTS: 1 });
  }
  if (random() < 0.7 * busy + 0.1) {
    const cost = { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1, ORDERS: 3, ORDERS_1D: 3 };
    ask(cost, { priority: 'critical' });
  }
  if (random() < 0.3 * busy) ask({ USER_DATA: 10 });
  if (random() < 0.26) ask({ HISTORY: 40 }, { priority: 'low', maxWait: 8000 });
  const hold = 200 + 1500 * random();
  throttler
    .acquire({ SOCKETS: 1 })
    .then((permit) => setTimeout(() => permit.release(), hold))
    .catch(ignore);
}
if (!location.search.includes('idle')) setInterval(trade, 250);
