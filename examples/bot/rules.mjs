/**
 * Throttle rules from what the exchange announces in exchangeInfo.
 */

import { ThrottleRule } from 'multi-throttler';
import { DEAREST } from './costs.mjs';
import { safeBucket } from './safe-bucket.mjs';

/** Milliseconds; a simulated exchange may announce other lengths. */
const UNIT_MS = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

/**
 * @typedef {{ rateLimitType: 'REQUEST_WEIGHT' | 'RAW_REQUESTS' | 'ORDERS', interval: keyof typeof UNIT_MS, intervalNum: number, limit: number }} RateLimit
 * @typedef {{ rateLimits: RateLimit[], simulation?: { unitMs: typeof UNIT_MS } }} ExchangeInfo
 */

/**
 * @param {ExchangeInfo} info
 * @param {object} o
 * @param {number} o.jitter the longest time from grant to count, ms
 * @param {{ [K in import('./mix.mjs').Kind]: number }} o.workers how many requests of each kind may wait or be under way
 */
export function rulesFrom({ rateLimits, simulation }, { jitter, workers }) {
  // Nearly everything costs one raw request, and one request may pass another that is blocked only where what is left
  // covers both. So this bucket holds one for each worker: an order never waits behind market data.
  const floors = { ...DEAREST, RAW_REQUESTS: workers.market + workers.account + workers.orders };
  // At most one order or cancel that failed is unpaid per worker (see Bot): that much weight is set aside.
  const setAside = { REQUEST_WEIGHT: workers.orders, ORDERS: 0, RAW_REQUESTS: 0 };
  return rateLimits.map(({ rateLimitType: id, interval, intervalNum, limit }) => {
    const length = Math.round(intervalNum * (simulation?.unitMs ?? UNIT_MS)[interval]);
    const { capacity, refillRate } = safeBucket(limit - setAside[id], length, { jitter, floor: floors[id] });
    return new ThrottleRule(id, capacity, refillRate, capacity, interval, intervalNum);
  });
}
