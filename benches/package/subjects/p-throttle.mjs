// It wraps a function; the function counts what was let through.

import pThrottle from 'p-throttle';

/** @param {import('../types.ts').Limits} limits */
export function one(limits) {
  let runs = 0;
  const request = pThrottle(limits)(() => {
    runs++;
  });
  return { request: () => request(), counted: () => runs };
}

/**
 * A first request weighs as much as the whole limit.
 * @param {number} hold
 */
export function backlog(hold) {
  const all = 1e9;
  const weigh = pThrottle({ limit: all, interval: hold, weight: (/** @type {number} */ weight) => weight });
  const request = weigh((/** @type {number} */ _weight) => {});
  request(all);
  return { request: () => request(1) };
}
