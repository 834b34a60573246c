/**
 * MEXC: spot by weight, 300 in 10 s by IP, orders 12 a second; futures each endpoint by itself, 20
 * in 2 s. A refusal of spot has status 429 and `Retry-After`, one of futures the code 510 with
 * status 200. There are no usage headers.
 */

import { SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;
/** @type {Readonly<Record<string, number>>} */
const WEIGHTS = { 'GET /api/v3/allOrders': 10, 'GET /api/v3/depth': 1, 'POST /api/v3/order': 1 };

export function mexc() {
  return new Venue({
    charges: (endpoint) => {
      if (endpoint.includes(' /api/v1/')) {
        return [{ id: endpoint, make: () => new SlidingLog(20, 2 * SECOND), cost: 1 }];
      }
      const cost = WEIGHTS[endpoint] ?? 20;
      const ip = { id: 'IP', make: () => new SlidingLog(300, 10 * SECOND), cost };
      const orders = { id: 'orders', make: () => new SlidingLog(12, SECOND), cost: 1 };
      return endpoint === 'POST /api/v3/order' ? [ip, orders] : [ip];
    },
    refusal: ({ id }, now, counter) =>
      id.includes(' /api/v1/')
        ? { body: { success: false, code: 510, message: 'Requests are too frequent' } }
        : {
            status: 429,
            body: { code: 429, msg: 'Too Many Requests' },
            headers: { 'Retry-After': String(Math.ceil((counter.resetAt(now) - now) / SECOND)) },
          },
  });
}
