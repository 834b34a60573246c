// A load on a throttler, on virtual time.

import { MultiThrottler } from 'multi-throttler';
import { VirtualClock } from './virtual-clock.mjs';

/**
 * @typedef {object} Job
 * @property {string} [name]
 * @property {Record<string, number>} cost
 * @property {number} every milliseconds from one burst to the next
 * @property {number} [burst] requests at once, 1 by default
 * @property {import('multi-throttler').Priority} [priority]
 * @property {number} [start] milliseconds until the first request
 * @property {number} [maxWait] milliseconds
 *
 * @typedef {object} Request
 * @property {number} job its index
 * @property {number} at when it came, ms
 * @property {number} [granted] when it was granted, ms
 * @property {string} [code] of its rejection
 * @property {boolean} [waits] whether it waits still at the end
 */

/** The largest number of requests of a run, so that a page stays quick. */
const MOST = 3000;

/**
 * Runs a load against rules, and returns when each request came and was granted.
 *
 * @param {object} setting
 * @param {import('multi-throttler').AnyRule[]} setting.rules definitions of rules
 * @param {import('multi-throttler').MultiThrottlerConfig} [setting.config] the configuration of
 *   the throttler
 * @param {Job[]} setting.load
 * @param {number} setting.seconds the length of the run
 */
export async function simulate({ rules, config, load, seconds }) {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler(rules, { ...config, clock });
  const end = seconds * 1000;
  const arrivals = arrivalsOf(load, end);
  /** @type {Request[]} */
  const requests = [];
  /** @type {Map<string, [number, number][]>} */
  const usage = new Map(rules.map(({ id }) => [id, []]));
  const sample = () => {
    for (const [id, { utilization }] of Object.entries(throttler.getStatus()))
      usage.get(id)?.push([clock.now(), utilization]);
  };
  throttler.on('grant', sample);
  const step = end / 200;
  let sampled = 0;
  for (const { at, job } of [...arrivals, { at: end, job: -1 }]) {
    for (; sampled <= at; sampled += step) {
      await clock.advanceTo(sampled);
      sample();
    }
    await clock.advanceTo(at);
    const asked = load[job];
    if (!asked) break;
    /** @type {Request} */
    const request = { job, at };
    requests.push(request);
    const { cost, name, every, burst, start, ...options } = asked;
    throttler.throttle(cost, options).then(
      () => {
        request.granted = clock.now();
      },
      (error) => {
        request.code = error.code ?? String(error);
      },
    );
    await Promise.resolve();
  }
  const waits = load.map((_, job) => waitsOf(requests.filter((request) => request.job === job)));
  for (const request of requests) request.waits = request.granted === undefined;
  throttler.clear();
  throttler.close();
  return { requests, usage: Object.fromEntries(usage), waits, end };
}

/**
 * @param {Job[]} load
 * @param {number} end ms
 * @returns {{ at: number, job: number }[]} in the order of time
 */
function arrivalsOf(load, end) {
  /** @type {{ at: number, job: number }[]} */
  const arrivals = [];
  for (const [job, { every, burst = 1, start = 0 }] of load.entries()) {
    if (!(every > 0)) throw new Error(`load[${job}].every must be a number above 0, got ${every}`);
    for (let at = start; at < end; at += every) {
      for (let n = 0; n < burst; n++) arrivals.push({ at, job });
      if (arrivals.length > MOST)
        throw new Error(`the load has more than ${MOST} requests: shorten it`);
    }
  }
  return arrivals.sort((a, b) => a.at - b.at);
}

/** The waits of a job's requests, in milliseconds. @param {Request[]} requests */
function waitsOf(requests) {
  const waits = requests
    .flatMap(({ at, granted }) => (granted === undefined ? [] : [granted - at]))
    .sort((a, b) => a - b);
  const quantile = (/** @type {number} */ q) =>
    waits[Math.min(waits.length - 1, Math.floor(waits.length * q))];
  return {
    sent: requests.length,
    granted: waits.length,
    rejected: requests.filter(({ code }) => code !== undefined).length,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: waits.at(-1),
  };
}
