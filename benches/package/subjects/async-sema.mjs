// Its RateLimit: a semaphore whose permits a timer for each grant gives back. It tells nobody how many it let through.
// Immediate grants are measured without the firing of those timers, which is to its favour.

import { RateLimit } from 'async-sema';

/** It holds one entry for each permit, and each comes back after a millisecond. */
export const plenty = { limit: 2_000_000, interval: 1 };

/** @param {import('../types.ts').Limits} limits */
export function one({ limit, interval }) {
  const request = RateLimit(limit, { timeUnit: interval });
  return { request: () => request() };
}

/**
 * All permits are taken; those who wait get them as they come back.
 * @param {number} hold
 * @param {number} count
 */
export async function backlog(hold, count) {
  const request = RateLimit(count, { timeUnit: hold });
  for (let i = 0; i < count; i++) await request();
  return { request: () => request() };
}
