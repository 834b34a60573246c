/**
 * Binance USD-M futures and Aster: fixed windows, weight per IP and orders per account. Headers
 * show the usage. A refusal is status 429 with the time until the window ends.
 */

import { WindowCounter } from '../../../ts/simulator/window-counter.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** @type {Readonly<Record<string, string>>} */
const HEADERS = {
  REQUEST_WEIGHT: 'X-MBX-USED-WEIGHT-1M',
  ORDERS_10S: 'X-MBX-ORDER-COUNT-10S',
  ORDERS_1M: 'X-MBX-ORDER-COUNT-1M',
};

/** Weights by the highest `limit`. */
const DEPTH = /** @type {const} */ ([
  [50, 2],
  [100, 5],
  [500, 10],
  [1000, 20],
]);

/** @param {number} limit */
const depthWeight = (limit) => DEPTH.find(([most]) => limit <= most)?.[1] ?? 20;

/**
 * Weights of other endpoints than depth that are not 1.
 *
 * @type {Readonly<Record<string, number>>}
 */
const WEIGHTS = { 'POST /fapi/v1/batchOrders': 5, 'GET /fapi/v2/positionRisk': 5 };

/**
 * The number of orders of a request.
 *
 * @param {string} endpoint
 * @param {import('../http/server.mjs').Params} params
 */
function ordersOf(endpoint, params) {
  if (endpoint === 'POST /fapi/v1/order') return 1;
  if (endpoint !== 'POST /fapi/v1/batchOrders') return 0;
  return JSON.parse(params.get('batchOrders') ?? '[]').length;
}

/** @param {'usdm' | 'aster'} exchange */
export function binanceFutures(exchange) {
  const weight = (/** @type {number} */ cost) => ({
    id: 'REQUEST_WEIGHT',
    make: () => new WindowCounter(2400, MINUTE),
    cost,
  });
  const minute = (/** @type {number} */ cost) => ({
    id: 'ORDERS_1M',
    make: () => new WindowCounter(1200, MINUTE),
    cost,
  });
  const tenSeconds = (/** @type {number} */ cost) => ({
    id: 'ORDERS_10S',
    make: () => new WindowCounter(300, 10 * SECOND),
    cost,
  });
  return new Venue({
    charges: (endpoint, params) => {
      if (endpoint === 'GET /fapi/v1/depth')
        return [weight(depthWeight(Number(params.get('limit') ?? 500)))];
      const orders = ordersOf(endpoint, params);
      if (orders === 0) return [weight(WEIGHTS[endpoint] ?? 1)];
      if (exchange === 'aster') return [weight(WEIGHTS[endpoint] ?? 1), minute(orders)];
      return [weight(WEIGHTS[endpoint] ?? 0), tenSeconds(orders), minute(orders)];
    },
    refusal: ({ id }, now, counter) => ({
      status: 429,
      body: { code: id === 'REQUEST_WEIGHT' ? -1003 : -1015, msg: 'Too many.' },
      headers: { 'Retry-After': String(Math.ceil((counter.windowEnd(now) - now) / SECOND)) },
    }),
    headers: (counted, now) =>
      Object.fromEntries(
        counted.map(({ charge, counter }) => [HEADERS[charge.id], String(counter.used(now))]),
      ),
  });
}
