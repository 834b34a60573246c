/**
 * Bybit v5: 600 requests in any 5 s per IP; a log of the last second per user and endpoint, for
 * orders also per market. Headers show what remains of the endpoint's limit. A refusal is code
 * 10006 with status 200, and status 403 for the IP.
 */

import { SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;
/** Limits per user and second. */
const LIMITS = { 'GET /v5/position/list': 50, 'GET /v5/account/fee-rate': 5 };
const ORDERS = { spot: 20, linear: 10 };

/** @type {import('./venue.mjs').Rules['charges']} */
function charges(endpoint, params) {
  const ip = { id: 'IP', make: () => new SlidingLog(600, 5 * SECOND), cost: 1 };
  const market = /** @type {keyof ORDERS} */ (params.get('category'));
  const isOrder = endpoint === 'POST /v5/order/create';
  const limit = isOrder ? ORDERS[market] : LIMITS[/** @type {keyof LIMITS} */ (endpoint)];
  if (limit === undefined) return [ip];
  const id = isOrder ? `${endpoint} ${market}` : endpoint;
  return [ip, { id, make: () => new SlidingLog(limit, SECOND), cost: 1 }];
}

export function bybit() {
  return new Venue({
    charges,
    success: { retCode: 0, result: {} },
    refusal: ({ id }) =>
      id === 'IP'
        ? { status: 403, body: 'access too frequent' }
        : { body: { retCode: 10006, retMsg: 'Too many visits!' } },
    headers: ([, own], now) =>
      own === undefined
        ? {}
        : {
            'X-Bapi-Limit': String(own.counter.limit),
            'X-Bapi-Limit-Status': String(own.counter.remaining(now)),
            'X-Bapi-Limit-Reset-Timestamp': String(
              own.counter.remaining(now) > 0 ? now : own.counter.resetAt(now),
            ),
          },
  });
}
