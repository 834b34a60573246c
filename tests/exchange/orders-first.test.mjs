// Orders of the highest priority beside market data that takes all it may have: they go when they would go without it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { requester, simulate, throttled } from './rig.mjs';
import { CASES, delayOf } from './saturated-cases.mjs';

/** What is kept for orders of limits that they share with market data: more than they need in any interval. */
const MODES = { normal: { reserve: 0.1 } };

/**
 * Bursts of orders: what is kept for them suffices, while their own limits hold some of them up.
 *
 * @typedef {object} Job
 * @property {string} order
 * @property {string} data
 * @property {number} workers of the data
 * @property {number} every how often orders come, ms
 * @property {number} burst how many
 * @property {number} seconds
 * @property {number} [late] how much later they may go, ms
 */

/** @type {Readonly<Record<string, Job>>} */
const JOBS = {
  'Binance spot, market data': {
    order: 'POST /api/v3/order?symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=2',
    data: 'GET /api/v3/depth?symbol=BTCUSDT&limit=1000',
    workers: 150,
    every: 4000,
    burst: 45,
    seconds: 70,
  },
  Bybit: {
    order: 'POST /v5/order/create?category=linear',
    data: 'GET /v5/market/tickers',
    workers: 700,
    every: 1500,
    burst: 14,
    seconds: 12,
  },
  'OKX, if its windows are rolling': {
    order: 'POST /api/v5/trade/order?instId=BTC-USDT',
    data: 'GET /api/v5/market/ticker',
    workers: 40,
    every: 7000,
    burst: 100,
    seconds: 20,
  },
  KuCoin: {
    order: 'POST /api/v1/hf/orders',
    data: 'GET /api/v1/limit/fills',
    workers: 300,
    every: 900,
    burst: 10,
    seconds: 65,
    // Whoever asks first opens the next window, and around its end nothing is granted for twice the jitter.
    late: 500,
  },
  Kraken: {
    order: 'POST /0/private/AddOrder?pair=XBTUSD',
    data: 'POST /0/private/Balance',
    workers: 30,
    every: 30_000,
    burst: 70,
    seconds: 90,
  },
  'Coinbase Exchange': {
    order: 'POST /orders',
    data: 'GET /accounts',
    workers: 60,
    every: 400,
    burst: 3,
    seconds: 15,
  },
};

/**
 * @param {import('./saturated-cases.mjs').Case} one
 * @param {boolean} withData
 */
async function ordersSent(one, withData) {
  const { order, data, workers, every, burst, seconds } = jobOf(one);
  const { profile, start } = one;
  const duration = seconds * 1000;
  /** @type {number[]} */
  const sent = [];
  let refused = 0;
  let others = 0;
  await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
    const { rules, headers } = profile;
    const throttler = new MultiThrottler(rules, { headers, clock: time, modes: MODES });
    const isOrder = (/** @type {Request} */ { url, method }) =>
      `${method} ${url.slice(exchange.url.length)}` === order;
    const watched = (/** @type {Request} */ request) => {
      if (isOrder(request)) sent.push(time.now());
      else others += 1;
      return fetch(request);
    };
    const send = throttled(throttler, profile, watched, {
      priority: (request) => (isOrder(request) ? 'critical' : 'normal'),
    });
    const go = requester(exchange.url, send);
    const orders = async () => {
      for (let at = 0; at < duration; at += every) {
        await time.sleep(at - time.now());
        for (let i = 0; i < burst; i += 1) jobs.push(go({ request: order }));
      }
    };
    const marketData = async () => {
      for (;;) await go({ request: data });
    };
    /** @type {Promise<unknown>[]} */
    const jobs = [orders()];
    if (withData) jobs.push(...Array.from({ length: workers }, marketData));
    for (const job of jobs) job.catch(() => undefined);
    await time.run(duration);
    throttler.close();
    await time.until(Promise.allSettled(jobs));
    refused = exchange.refused();
  });
  return { sent, refused, others };
}

/** @param {import('./saturated-cases.mjs').Case} one */
function jobOf({ name }) {
  return /** @type {Job} */ (JOBS[name]);
}

describe('orders are not held up by market data', () => {
  for (const one of CASES.filter(({ name }) => Object.hasOwn(JOBS, name))) {
    it(one.name, async () => {
      const { late = 0, workers } = jobOf(one);
      const alone = await ordersSent(one, false);
      const beside = await ordersSent(one, true);
      assert.deepEqual([alone.refused, beside.refused], [0, 0]);
      assert.ok(beside.others > workers / 2, `${beside.others} requests of market data`);
      assert.equal(beside.sent.length, alone.sent.length);
      const later = beside.sent.map((at, i) => at - Number(alone.sent[i]));
      // A timer of virtual time may be late by a millionth.
      assert.ok(Math.max(...later) <= late + 0.001, `up to ${Math.max(...later)} ms later`);
    });
  }
});
