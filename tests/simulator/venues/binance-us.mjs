/**
 * Binance.US: fixed windows, weight and requests per IP, orders per account. Headers show the
 * usage. A refusal is status 429 with the time until the window ends.
 */

import { WindowCounter } from '../../../ts/simulator/window-counter.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** @type {Readonly<Record<string, string>>} */
const HEADERS = { REQUEST_WEIGHT: 'X-MBX-USED-WEIGHT-1M', ORDERS: 'X-MBX-ORDER-COUNT-10S' };

/** Weights by the highest `limit`. */
const DEPTH = /** @type {const} */ ([
  [100, 1],
  [500, 5],
  [1000, 10],
  [5000, 50],
]);

/** @param {number} limit */
const depthWeight = (limit) => DEPTH.find(([most]) => limit <= most)?.[1] ?? 50;

export function binanceUs() {
  const weight = (/** @type {number} */ cost) => ({
    id: 'REQUEST_WEIGHT',
    make: () => new WindowCounter(1200, MINUTE),
    cost,
  });
  const request = { id: 'RAW_REQUESTS', make: () => new WindowCounter(6100, 5 * MINUTE), cost: 1 };
  const order = { id: 'ORDERS', make: () => new WindowCounter(100, 10 * SECOND), cost: 1 };
  return new Venue({
    charges: (endpoint, params) => {
      if (endpoint === 'POST /api/v3/order') return [weight(1), request, order];
      if (endpoint !== 'GET /api/v3/depth') return [weight(1), request];
      return [weight(depthWeight(Number(params.get('limit') ?? 100))), request];
    },
    refusal: ({ id }, now, counter) => ({
      status: 429,
      body: { code: id === 'ORDERS' ? -1015 : -1003, msg: 'Too many.' },
      headers: { 'Retry-After': String(Math.ceil((counter.windowEnd(now) - now) / SECOND)) },
    }),
    headers: (counted, now) =>
      Object.fromEntries(
        counted.flatMap(({ charge, counter }) => {
          const name = HEADERS[charge.id];
          return name === undefined ? [] : [[name, String(counter.used(now))]];
        }),
      ),
  });
}
