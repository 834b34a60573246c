// jhurliman's `limiter`. Three rules are a chain of token buckets: all are checked before any is
// taken from.

import { RateLimiter, TokenBucket } from 'limiter';

/** @typedef {import('../types.ts').Limits} Limits */

/** @param {Limits} limits */
export function one({ limit, interval }) {
  const limiter = new RateLimiter({ tokensPerInterval: limit, interval });
  return { request: () => limiter.removeTokens(1), counted: () => limiter.tokensThisInterval };
}

/** @param {Limits} limits */
export function three({ limit }) {
  /** @type {TokenBucket[]} */
  const buckets = [];
  for (let i = 0; i < 3; i++) {
    const parent = buckets.at(-1);
    const slow = { bucketSize: limit, tokensPerInterval: 1, interval: 1e15 };
    const bucket = new TokenBucket(parent ? { ...slow, parentBucket: parent } : slow);
    bucket.content = limit;
    buckets.push(bucket);
  }
  const last = /** @type {TokenBucket} */ (buckets.at(-1));
  return {
    request: () => last.removeTokens(1),
    counted: () => Math.round(limit - Math.max(...buckets.map(({ content }) => content))),
  };
}

/** @param {number} hold */
export async function backlog(hold) {
  const all = 1e9;
  const limiter = new RateLimiter({ tokensPerInterval: all, interval: hold });
  await limiter.removeTokens(all);
  return { request: () => limiter.removeTokens(1) };
}
