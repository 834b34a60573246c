// Asks a cost table of 500 endpoints, in each of the ways in which programs do.

import { serve } from '../lib/child.mjs';

const { costTable } = await import(process.env.BENCH_PACKAGE ?? '');

/** @type {Record<string, object>} */
const endpoints = {
  'GET /api/v3/depth': {
    WEIGHT: {
      byLimit: [
        [100, 5],
        [500, 25],
        [1000, 50],
        [5000, 250],
      ],
      default: 5,
    },
    REQUESTS: 1,
  },
  'POST /api/v5/trade/batch-orders': { 'orders:{instId}': { perItem: ['orders', 1] } },
};
for (let i = 0; i < 438; i++)
  endpoints[`GET /api/v3/part${i % 20}/name-${i}`] = { WEIGHT: i + 1, REQUESTS: 1 };
for (let i = 0; i < 60; i++) endpoints[`GET /api/v1/things${i}/{id}/state`] = { WEIGHT: i + 1 };

const costs = costTable({ default: { WEIGHT: 1 }, endpoints });
console.warn = () => {};

const URL_START = 'https://api.example.com';
const BATCH = ['A', 'B', 'A', 'C', 'A'].map((instId) => ({ instId, side: 'buy', sz: '1' }));

/** Requests by their names. @type {Record<string, () => unknown>} */
const CASES = {
  'a fixed cost, by the path': () => costs('GET', '/api/v3/part7/name-7'),
  'a cost by limit, parameters in an object': () =>
    costs('GET', '/api/v3/depth', { symbol: 'BTCUSDT', limit: 1000 }),
  'a cost by limit, from a URL with its query': () =>
    costs('GET', `${URL_START}/api/v3/depth?symbol=BTCUSDT&limit=1000`),
  'a path with an id': () => costs('GET', '/api/v1/things59/5c35c02703aa673ceec2a168/state'),
  'an endpoint that is in no table': () => costs('GET', '/api/v1/nowhere/to/be/found'),
  'a batch of five orders, by instrument': () => costs('POST', '/api/v5/trade/batch-orders', BATCH),
};

serve({ measure });

/**
 * Nanoseconds for each call, by what is asked: the least of ten batches, as others only ever add to
 * a time.
 * @param {number} batch milliseconds of all batches of one kind
 */
function measure(batch) {
  return Object.fromEntries(
    Object.entries(CASES).map(([name, ask]) => {
      const calls = callsIn(ask, batch / 10);
      const times = Array.from({ length: 10 }, () => timeOf(ask, calls));
      return [name, (Math.min(...times) / calls) * 1e6];
    }),
  );
}

/**
 * How many calls take so many milliseconds, once they are compiled.
 * @param {() => unknown} ask
 * @param {number} milliseconds
 */
function callsIn(ask, milliseconds) {
  let calls = 1000;
  while (timeOf(ask, calls) < milliseconds) calls *= 2;
  return calls;
}

/**
 * @param {() => unknown} ask
 * @param {number} calls
 */
function timeOf(ask, calls) {
  const before = performance.now();
  for (let i = 0; i < calls; i++) ask();
  return performance.now() - before;
}
