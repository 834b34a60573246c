/**
 * Gate: each endpoint by itself, 200 requests in 10 s, public ones by IP and others by user; orders
 * of each pair 10 a second, perpetuals 100 a second. The headers tell what remains. A refusal has
 * status 429, and the time of the reset in a header.
 */

import { SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;
/** @type {Readonly<Record<string, [limit: number, interval: number]>>} */
const LIMITS = {
  'POST /api/v4/spot/orders': [10, SECOND],
  'POST /api/v4/futures/usdt/orders': [100, SECOND],
  'POST /api/v4/withdrawals': [1, 3 * SECOND],
};

export function gate() {
  return new Venue({
    charges: (endpoint, params) => {
      const [limit, interval] = LIMITS[endpoint] ?? [200, 10 * SECOND];
      const pair = endpoint === 'POST /api/v4/spot/orders' ? ` ${params.get('currency_pair')}` : '';
      return [{ id: endpoint + pair, make: () => new SlidingLog(limit, interval), cost: 1 }];
    },
    success: {},
    refusal: () => ({
      status: 429,
      body: { label: 'TOO_MANY_REQUESTS', message: 'Request Rate Limit Exceeded' },
    }),
    headers: ([own], now) => {
      const remaining = own?.counter.remaining(now);
      const reset = remaining > 0 ? now : own?.counter.resetAt(now);
      return {
        'X-Gate-RateLimit-Requests-Remain': String(remaining),
        'X-Gate-RateLimit-Limit': String(own?.counter.limit),
        'X-Gate-RateLimit-Reset-Timestamp': String(Math.ceil(reset / SECOND)),
      };
    },
  });
}
