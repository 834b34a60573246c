/**
 * @typedef {import('multi-throttler').MultiThrottlerConfig} MultiThrottlerConfig
 * @typedef {import('multi-throttler').Priority} Priority
 * @typedef {import('multi-throttler/exchange').ExchangeProfile} ExchangeProfile
 * @typedef {import('multi-throttler/exchange').ThrottledFetchOptions} ThrottledFetchOptions
 *
 * @typedef {{ [P in Priority]?: number }} ByClass
 *
 * @typedef {object} Options
 * @property {ExchangeProfile | undefined} [profile] limits and costs; by default those of Aster's
 *   futures
 * @property {MultiThrottlerConfig['modes'] | undefined} [modes] buffers and reserves
 * @property {ByClass | undefined} [queues] the most requests that wait, by class
 * @property {ByClass | undefined} [maxWait] the longest waits in milliseconds, by class
 * @property {Threshold | false | undefined} [traffic] when the burst mode is switched on by itself
 * @property {boolean | undefined} [slowDown] whether requests that are not critical are spaced
 *   before a limit is reached
 * @property {ThrottledFetchOptions['fetch'] | undefined} [fetch] the function that sends
 * @property {ThrottledFetchOptions['prepare'] | undefined} [prepare] signs a request when it is
 *   granted
 * @property {number | undefined} [retries] how often a refused request is sent again
 * @property {import('multi-throttler').Clock | undefined} [clock]
 *
 * @typedef {object} Threshold
 * @property {number} requests the number of requests above which the traffic is high
 * @property {number} within the milliseconds in which they are counted, at most a minute
 * @property {number} duration of the burst mode, in milliseconds
 */

import { asterFutures } from 'multi-throttler/exchange';

/** Of 2400 they leave 2160, 2280 and 2280 to critical requests; 1728, 2052 and 2166 to others. */
const MODES = {
  normal: { buffer: 0.1, reserve: 0.2 },
  burst: { buffer: 0.05, reserve: 0.1 },
  liquidation: { buffer: 0.05, reserve: 0.05 },
};

const QUEUES = { critical: 100, normal: 100, low: 100 };

/** More than 10 requests in 30 s switch the burst mode on for 3 minutes. */
const TRAFFIC = { requests: 10, within: 30_000, duration: 180_000 };

/** @type {import('multi-throttler').Clock} */
const CLOCK = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (handle) => clearTimeout(/** @type {any} */ (handle)),
};

/**
 * Returns the options with their defaults.
 *
 * @param {Options} options
 */
export function settingsOf(options) {
  return {
    ...options,
    profile: options.profile ?? asterFutures,
    modes: options.modes ?? MODES,
    queues: options.queues ?? QUEUES,
    maxWait: options.maxWait ?? {},
    traffic: options.traffic ?? TRAFFIC,
    slowDown: options.slowDown ?? true,
    clock: options.clock ?? CLOCK,
  };
}
