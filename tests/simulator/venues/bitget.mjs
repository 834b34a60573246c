/**
 * Bitget: each endpoint by itself, a log of the last second by user or by IP, and all together by
 * IP in a minute. The header tells what remains of the endpoint in this second. A refusal has
 * status 429 and the code 429.
 */

import { SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;
/** @type {Readonly<Record<string, [limit: number, interval: number]>>} */
const LIMITS = {
  'POST /api/v2/spot/trade/place-order': [10, SECOND],
  'POST /api/v2/mix/order/batch-place-order': [5, SECOND],
  'GET /api/v2/mix/account/sub-account-assets': [1, 10 * SECOND],
};

/** @param {number} [perMinute] requests of an IP */
export function bitget(perMinute = 6000) {
  return new Venue({
    charges: (endpoint) => {
      const [limit, interval] = LIMITS[endpoint] ?? [20, SECOND];
      return [
        { id: 'IP', make: () => new SlidingLog(perMinute, 60 * SECOND), cost: 1 },
        { id: endpoint, make: () => new SlidingLog(limit, interval), cost: 1 },
      ];
    },
    success: { code: '00000', msg: 'success', data: {} },
    refusal: () => ({ status: 429, body: { code: '429', msg: 'Too Many Requests' } }),
    headers: ([, own], now) => ({ 'x-mbx-used-remain-limit': String(own?.counter.remaining(now)) }),
  });
}
