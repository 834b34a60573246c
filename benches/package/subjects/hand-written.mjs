// The hand-written limiter, with the set-up of multi-throttler.mjs.

import { HandWritten } from '../hand-written.mjs';

/** @typedef {import('../types.ts').Limits} Limits */
/** @typedef {import('../types.ts').Rank} Rank */

export const plenty = { limit: 1e12, interval: 1e21 };

/** @param {Limits} limits */
export function one({ limit, interval }) {
  const throttler = new HandWritten([
    { id: 'ORDERS', capacity: limit, refillRate: limit / interval },
  ]);
  return {
    request: () => throttler.throttle({ ORDERS: 1 }),
    counted: () => Math.round(limit - throttler.tokens('ORDERS')),
  };
}

/** @param {Limits} limits */
export function three({ limit, interval }) {
  const rules = ['REQUEST_WEIGHT', 'ORDERS', 'RAW_REQUESTS'].map((id) => ({
    id,
    capacity: limit,
    refillRate: limit / interval,
  }));
  const throttler = new HandWritten(rules);
  return {
    request: () => throttler.throttle({ REQUEST_WEIGHT: 1, ORDERS: 1, RAW_REQUESTS: 1 }),
    counted: () => Math.round(limit - Math.min(...rules.map(({ id }) => throttler.tokens(id)))),
  };
}

/** @param {number} hold */
export function backlog(hold) {
  const all = 1e12;
  const rules = ['REQUEST_WEIGHT', 'ORDERS', 'RAW_REQUESTS'].map((id) => ({
    id,
    capacity: all,
    refillRate: all / hold,
  }));
  const throttler = new HandWritten(rules, Number.POSITIVE_INFINITY);
  const everything = { REQUEST_WEIGHT: all, ORDERS: all, RAW_REQUESTS: all };
  throttler.throttle(everything, 0);
  throttler.throttle(everything, 0);
  return {
    /** @param {Rank} rank */
    request: (rank) => throttler.throttle({ REQUEST_WEIGHT: 5, ORDERS: 1, RAW_REQUESTS: 1 }, rank),
  };
}
