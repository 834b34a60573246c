// Critical orders beside market data that takes all it may: they are sent as early as without it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { simulate } from '../support/rig.mjs';
import { CASES, delayOf } from '../support/saturated-cases.mjs';
import { pathOf, SENDERS } from '../support/senders.mjs';

/**
 * The reserve for orders in limits shared with market data: more than they need in any interval.
 */
const MODES = { normal: { reserve: 0.1 } };

/**
 * Bursts of orders. The reserve suffices for them, while their own limits delay some of them.
 *
 * @typedef {import('../support/senders.mjs').Request} Request
 *
 * @typedef {object} Job
 * @property {Request} order
 * @property {Request} data
 * @property {number} workers number of workers that request data
 * @property {number} every time between bursts, ms
 * @property {number} burst orders per burst
 * @property {number} seconds
 * @property {number} [late] the largest delay beside data, ms
 */

const ORDER = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '1',
  price: '2',
};
const DEPTH = { symbol: 'BTCUSDT', limit: 1000 };

/**
 * @param {string} endpoint
 * @param {string} method of ccxt
 * @param {Record<string, string | number>} [params]
 * @returns {Request}
 */
function request(endpoint, method, params = {}) {
  const query = String(
    new URLSearchParams(Object.entries(params).map(([name, value]) => [name, `${value}`])),
  );
  return { request: query ? `${endpoint}?${query}` : endpoint, ccxt: [method, params] };
}

/** @type {Readonly<Record<string, Job>>} */
const JOBS = {
  'Binance spot, market data': {
    order: request('POST /api/v3/order', 'privatePostOrder', ORDER),
    data: request('GET /api/v3/depth', 'publicGetDepth', DEPTH),
    workers: 150,
    every: 4000,
    burst: 45,
    seconds: 70,
  },
  'Binance USD-M futures': {
    order: request('POST /fapi/v1/order', 'fapiPrivatePostOrder', ORDER),
    data: request('GET /fapi/v1/depth', 'fapiPublicGetDepth', DEPTH),
    workers: 150,
    every: 30_000,
    burst: 320,
    seconds: 70,
  },
  'Aster futures': {
    order: request('POST /fapi/v1/order', 'fapiPrivatePostV1Order', ORDER),
    data: request('GET /fapi/v1/depth', 'fapiPublicGetV1Depth', DEPTH),
    workers: 150,
    every: 4000,
    burst: 12,
    seconds: 70,
  },
  Bybit: {
    order: request('POST /v5/order/create', 'privatePostV5OrderCreate', { category: 'linear' }),
    data: request('GET /v5/market/tickers', 'publicGetV5MarketTickers'),
    workers: 700,
    every: 1500,
    burst: 14,
    seconds: 12,
  },
  'OKX, if its windows are rolling': {
    order: request('POST /api/v5/trade/order', 'privatePostTradeOrder', { instId: 'BTC-USDT' }),
    data: request('GET /api/v5/market/ticker', 'publicGetMarketTicker'),
    workers: 40,
    every: 7000,
    burst: 100,
    seconds: 20,
  },
  'OKX, if its windows are fixed': {
    order: request('POST /api/v5/trade/order', 'privatePostTradeOrder', { instId: 'BTC-USDT' }),
    data: request('GET /api/v5/market/ticker', 'publicGetMarketTicker'),
    workers: 40,
    every: 7000,
    burst: 100,
    seconds: 20,
  },
  KuCoin: {
    order: request('POST /api/v1/hf/orders', 'privatePostHfOrders'),
    data: request('GET /api/v1/limit/fills', 'privateGetLimitFills'),
    workers: 300,
    every: 900,
    burst: 10,
    seconds: 65,
    // The first request opens the next window, and around its end nothing is granted for twice the
    // jitter.
    late: 500,
  },
  Kraken: {
    order: request('POST /0/private/AddOrder', 'privatePostAddOrder', { pair: 'XBTUSD' }),
    data: request('POST /0/private/Balance', 'privatePostBalance'),
    workers: 30,
    every: 30_000,
    burst: 70,
    seconds: 90,
  },
  'Coinbase Exchange': {
    order: request('POST /orders', 'privatePostOrders'),
    data: request('GET /accounts', 'privateGetAccounts'),
    workers: 60,
    every: 400,
    burst: 3,
    seconds: 15,
  },
};

/**
 * @param {import('../support/saturated-cases.mjs').Case} one
 * @param {import('../support/senders.mjs').Sender} sender
 * @param {boolean} withData
 */
async function ordersSent(one, sender, withData) {
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
    const watched = async (
      /** @type {RequestInfo | URL} */ input,
      /** @type {RequestInit} */ init,
    ) => {
      const request = new Request(input, init);
      if (`${request.method} ${new URL(request.url).pathname}` === pathOf(order))
        sent.push(time.now());
      else others += 1;
      return fetch(request);
    };
    const send = sender({ venue: one, url: exchange.url, fetch: watched, throttler, first: order });
    /** @param {Promise<unknown>} job */
    const launch = (job) => {
      job.catch(() => undefined);
      jobs.push(job);
    };
    const orders = async () => {
      for (let at = 0; at < duration; at += every) {
        await time.sleep(at - time.now());
        for (let i = 0; i < burst; i += 1) launch(send(order));
      }
    };
    const marketData = async () => {
      for (;;) await send(data);
    };
    /** @type {Promise<unknown>[]} */
    const jobs = [];
    launch(orders());
    for (let i = 0; withData && i < workers; i += 1) launch(marketData());
    await time.run(duration);
    throttler.close();
    await time.until(Promise.allSettled(jobs));
    refused = exchange.refused();
  });
  return { sent, refused, others };
}

/** @param {import('../support/saturated-cases.mjs').Case} one */
function jobOf({ name }) {
  return /** @type {Job} */ (JOBS[name]);
}

for (const [by, sender] of SENDERS) {
  describe(`orders are not delayed by market data, with ${by}`, () => {
    for (const one of CASES.filter(({ name }) => Object.hasOwn(JOBS, name))) {
      it(one.name, async () => {
        const { late = 0, workers } = jobOf(one);
        const alone = await ordersSent(one, sender, false);
        const beside = await ordersSent(one, sender, true);
        assert.deepEqual([alone.refused, beside.refused], [0, 0]);
        assert.ok(beside.others > workers / 2, `${beside.others} requests of market data`);
        assert.equal(beside.sent.length, alone.sent.length);
        const later = beside.sent.map((at, i) => at - Number(alone.sent[i]));
        // Timers of virtual time may be late by a millionth.
        assert.ok(Math.max(...later) <= late + 0.001, `up to ${Math.max(...later)} ms later`);
      });
    }
  });
}
