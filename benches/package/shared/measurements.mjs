// Measurements of limiters that share a limit: each function starts processes, and ends them.

import { setTimeout as sleep } from 'node:timers/promises';
import { inTurns, quantile } from '../lib/statistics.mjs';
import { commandsDuring, makeFleet, withFleet } from './fleet.mjs';

/** @typedef {import('./fleet.mjs').Bench} Bench */

const HOUR = 3_600_000;

/** The wait of the first process of all, and of code until it is compiled, in milliseconds. */
const WARM_UP = 3000;

/** The time in which claims follow the rate of spending, in milliseconds. */
const LEAD = 1000;

/** Requests that each process keeps waiting or in flight while no limit is reached. */
const CALLERS = 64;

/**
 * Grants per second of each subject while the limit is never reached. The subjects take turns, so
 * that a slow phase of the machine affects all of them.
 * @param {Bench} bench
 * @param {readonly string[]} names of the subjects
 * @param {number} processes
 * @param {{ rounds: number, ms: number }} effort
 * @returns {Promise<Record<string, number[]>>} of each round
 */
export async function throughput(bench, names, processes, { rounds, ms }) {
  const limits = { limit: 1e9, interval: HOUR, kind: /** @type {const} */ ('fixed'), jitter: 20 };
  const fleets = await Promise.all(
    names.map(async (name) => ({
      name,
      fleet: await makeFleet(bench, name, processes, { ...limits, waits: false }),
    })),
  );
  /** @type {Record<string, number[]>} */
  const rates = Object.fromEntries(names.map((name) => [name, []]));
  try {
    await inTurns(rounds + 1, fleets, async ({ name, fleet: { all } }, round) => {
      await all('flood', CALLERS, false);
      // The first process of all waits, and code that is new is compiled.
      await sleep(round === 0 ? WARM_UP : LEAD);
      const before = await counts(all);
      await sleep(ms);
      const after = await counts(all);
      await all('rest');
      if (round === 0) return;
      // Each process tells its own time, as answers of busy ones are late.
      const rate = after.reduce((sum, { granted, at }, i) => {
        const from = before[i] ?? { granted: 0, at: 0 };
        return sum + (1000 * (granted - from.granted)) / (at - from.at);
      }, 0);
      rates[name]?.push(rate);
    });
  } finally {
    for (const { fleet } of fleets) fleet.stop();
  }
  return rates;
}

/**
 * @param {import('./fleet.mjs').All} all
 * @returns {Promise<{ granted: number, at: number }[]>}
 */
const counts = (all) => all('count');

/**
 * The wait of requests at random instants, far from the limit, and the scripts for each.
 * @param {Bench} bench
 * @param {string} name
 * @param {number} processes
 * @param {{ perSecond: number, ms: number }} pace of each process
 */
export function wait(bench, name, processes, { perSecond, ms }) {
  const limits = { limit: 1e6, interval: HOUR, kind: /** @type {const} */ ('fixed'), jitter: 20 };
  return withFleet(bench, name, processes, { ...limits, waits: false }, async (all) => {
    await all('paced', perSecond, WARM_UP + 1000);
    /** @type {{ wait: number, isAtOnce: boolean }[]} */
    let requests = [];
    const { scripts } = await commandsDuring(bench, async () => {
      requests = (await all('paced', perSecond, ms)).flat();
    });
    const waits = requests.map((each) => each.wait);
    const pings = (await all('ping', 100, 5)).flat();
    return {
      p50: quantile(waits, 0.5),
      p99: quantile(waits, 0.99),
      scripts: scripts / waits.length,
      atOnce: requests.filter((each) => each.isAtOnce).length / waits.length,
      roundTrip: quantile(pings, 0.5),
      roundTripP99: quantile(pings, 0.99),
    };
  });
}

/** The limit of {@link saturated}: in any second. */
export const SATURATED = 200;

/**
 * Grants per second under a limit in any second that is always reached, and the most in one.
 * @param {Bench} bench
 * @param {string} name
 * @param {number} processes
 * @param {number} ms
 */
export function saturated(bench, name, processes, ms) {
  const kind = /** @type {const} */ ('rolling');
  const limits = { limit: SATURATED, interval: 1000, kind, jitter: 20, waits: true };
  return withFleet(bench, name, processes, limits, async (all) => {
    await all('flood', 64 / processes, true);
    await sleep(WARM_UP + 1000);
    await all('times');
    const from = Number(process.hrtime.bigint()) / 1e6;
    const { scripts, micros } = await commandsDuring(bench, () => sleep(ms));
    const log = (await all('times')).flat().sort((a, b) => a - b);
    return {
      perSecond: rateOf(log, from, ms),
      most: mostIn(log, 1000),
      scripts: scripts / log.length,
      micros,
    };
  });
}

/**
 * Instants per second within a time. Grants under such a limit come in bursts a second apart, so
 * the mean of many spans is taken, which begin within one second.
 * @param {readonly number[]} log
 * @param {number} from ms
 * @param {number} ms
 */
export function rateOf(log, from, ms) {
  const span = ms - 1000;
  const SPANS = 100;
  let sum = 0;
  for (let i = 0; i < SPANS; i++) {
    const start = from + (1000 * i) / SPANS;
    sum += log.filter((at) => at >= start && at < start + span).length;
  }
  return (1000 * sum) / SPANS / span;
}

/**
 * The most instants within an interval.
 * @param {readonly number[]} log in order
 * @param {number} interval
 */
export function mostIn(log, interval) {
  let most = 0;
  let first = 0;
  for (const [i, at] of log.entries()) {
    while ((log[first] ?? at) <= at - interval) first++;
    most = Math.max(most, i - first + 1);
  }
  return most;
}

/**
 * Commands of Redis while all requests wait for an instant that is known.
 * @param {Bench} bench
 * @param {string} name
 * @param {number} processes
 * @param {number} ms
 */
export function commandsWhileWaiting(bench, name, processes, ms) {
  const limits = { limit: 100, interval: HOUR, kind: /** @type {const} */ ('fixed'), jitter: 20 };
  return withFleet(bench, name, processes, { ...limits, waits: true }, async (all) => {
    await all('backlog', 1500);
    await sleep(WARM_UP + 2000);
    return (await commandsDuring(bench, () => sleep(ms))).all;
  });
}
