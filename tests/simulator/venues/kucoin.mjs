/**
 * KuCoin: pools of weight in windows of 30 s that the first request opens. Headers show what
 * remains of the pool and for how long. A refusal is status 429 with code 429000.
 */

import { FirstRequestWindow } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const INTERVAL = 30_000;
const POOLS = { PUBLIC: 2000, SPOT: 4000 };
/** @type {Readonly<Record<string, [pool: keyof POOLS, weight: number]>>} */
const WEIGHTS = {
  'GET /api/v1/market/allTickers': ['PUBLIC', 15],
  'GET /api/v1/market/orderbook/level2_100': ['PUBLIC', 4],
  'GET /api/v3/market/orderbook/level2': ['SPOT', 3],
  'GET /api/v1/limit/fills': ['SPOT', 20],
  'POST /api/v1/hf/orders': ['SPOT', 1],
};

export function kucoin() {
  return new Venue({
    charges: (endpoint) => {
      const [id, cost] = WEIGHTS[endpoint] ?? ['SPOT', 20];
      return [{ id, make: () => new FirstRequestWindow(POOLS[id], INTERVAL), cost }];
    },
    success: { code: '200000', data: {} },
    refusal: () => ({ status: 429, body: { code: '429000', msg: 'Too Many Requests' } }),
    headers: ([pool], now) => ({
      'gw-ratelimit-limit': String(pool?.counter.limit),
      'gw-ratelimit-remaining': String(pool?.counter.remaining(now)),
      'gw-ratelimit-reset': String(Math.ceil(pool?.counter.resetIn(now))),
    }),
  });
}
