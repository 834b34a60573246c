// async-sema's RateLimit: a semaphore in which a timer per grant returns the permit. It does not
// expose the number of grants. Immediate grants are measured without the firing of these timers,
// which favours it.

import { RateLimit } from 'async-sema';

/** The limiter holds one entry per permit, so permits return after a millisecond. */
export const plenty = { limit: 2_000_000, interval: 1 };

/** @param {import('../types.ts').Limits} limits */
export function one({ limit, interval }) {
  const request = RateLimit(limit, { timeUnit: interval });
  return { request: () => request() };
}

/**
 * Takes all permits; waiters get them as they return.
 * @param {number} hold
 * @param {number} count
 */
export async function backlog(hold, count) {
  const request = RateLimit(count, { timeUnit: hold });
  for (let i = 0; i < count; i++) await request();
  return { request: () => request() };
}
