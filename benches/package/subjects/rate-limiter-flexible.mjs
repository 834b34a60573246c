// rate-limiter-flexible, in memory. Its queue takes one limiter and no union
// (animir/node-rate-limiter-flexible#79), so its backlog has one rule.

import { RateLimiterMemory, RateLimiterQueue, RateLimiterUnion } from 'rate-limiter-flexible';

/** @typedef {import('../types.ts').Limits} Limits */

const KEY = 'account';

/**
 * @param {Limits} limits
 * @param {string} [keyPrefix]
 */
const memory = ({ limit, interval }, keyPrefix = 'orders') =>
  new RateLimiterMemory({ points: limit, duration: interval / 1000, keyPrefix });

/** @param {RateLimiterMemory} limiter */
const consumed = async (limiter) => (await limiter.get(KEY))?.consumedPoints ?? Number.NaN;

/** @param {Limits} limits */
export function one(limits) {
  const limiter = memory(limits);
  return { request: () => limiter.consume(KEY, 1), counted: () => consumed(limiter) };
}

/** @param {Limits} limits */
export function three(limits) {
  const limiters = ['weight', 'orders', 'raw'].map((prefix) => memory(limits, prefix));
  const union = new RateLimiterUnion(...limiters);
  return {
    request: () => union.consume(KEY, 1),
    counted: async () => Math.min(...(await Promise.all(limiters.map(consumed)))),
  };
}

/** @param {number} hold */
export async function backlog(hold) {
  const all = 1e9;
  const queue = new RateLimiterQueue(memory({ limit: all, interval: hold }));
  await queue.removeTokens(all);
  return { request: () => queue.removeTokens(1) };
}
