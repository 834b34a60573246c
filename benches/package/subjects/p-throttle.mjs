// p-throttle, which wraps a function; the function counts the grants.

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
 * Makes a backlog: a first request uses up the whole limit by its weight.
 * @param {number} hold
 */
export function backlog(hold) {
  const all = 1e9;
  const weigh = pThrottle({
    limit: all,
    interval: hold,
    weight: (/** @type {number} */ weight) => weight,
  });
  const request = weigh((/** @type {number} */ _weight) => {});
  request(all);
  return { request: () => request(1) };
}
