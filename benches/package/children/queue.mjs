// Requests that wait: how long they take into the queue and out of it, and what each holds in memory.

import { performance } from 'node:perf_hooks';
import { collectGarbage, load, serve } from '../lib/child.mjs';

/** @typedef {import('../types.ts').Rank} Rank */

const [name] = process.argv.slice(2);

const subject = await load(name);
const make = subject.backlog;
if (!make) throw new Error(`${name} has no backlog`);

/**
 * What would be collected otherwise; a program does not drop its limiter either.
 * @type {unknown[]}
 */
const alive = [];

serve({ time, memory });

/**
 * Lets `count` requests wait until `hold` ms after the start, and go. What the machine sleeps until then is not
 * counted; whatever sleeping a limiter does afterwards is.
 * @param {number} count
 * @param {number} hold
 */
async function time(count, hold) {
  // Warm-up, to its end: later nothing of it runs any more.
  await pass(Math.min(count, 5000), hold / 5);
  collectGarbage();
  return pass(count, hold);
}

/**
 * @param {number} count
 * @param {number} hold
 */
async function pass(count, hold) {
  const backlog = await /** @type {NonNullable<typeof make>} */ (make)(hold, count);
  const { request, release } = backlog;
  let granted = 0;
  /** @type {() => void} */
  let finish = () => {};
  /** @type {Promise<void>} */
  const finished = new Promise((resolve) => {
    finish = resolve;
  });
  let firstAt = Number.POSITIVE_INFINITY;
  let idleBefore = 0;
  const onGrant = () => {
    if (granted++ === 0) {
      firstAt = performance.now();
      idleBefore = performance.eventLoopUtilization().idle;
    }
    if (granted === count) finish();
  };
  const cpuBefore = process.cpuUsage();
  const idleAtStart = performance.eventLoopUtilization().idle;
  const before = performance.now();
  for (let i = 0; i < count; i++) request(/** @type {Rank} */ (i % 3)).then(onGrant);
  const between = performance.now();
  release?.();
  await finished;
  const end = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    // Some had not been in the queue any more when others were not yet: not what is measured here.
    tooEarly: firstAt < between,
    // Of all threads, so the collector's and the compiler's too.
    cpu: (user + system) / 1000,
    enqueue: between - before,
    total: end - before - (release ? 0 : idleBefore - idleAtStart),
  };
}

/**
 * Bytes that each of `count` waiting requests holds, with the promise that the caller has.
 * @param {number} count
 */
async function memory(count) {
  const backlog = /** @type {NonNullable<typeof make>} */ (make);
  // What is made once, and what compilers leave behind, is there before.
  const warmUp = await backlog(1e9, count);
  alive.push(warmUp);
  for (let i = 0; i < 1000; i++) alive.push(warmUp.request(/** @type {Rank} */ (i % 3)));
  const measured = await backlog(1e9, count);
  /** @type {unknown[]} */
  const promises = new Array(count).fill(undefined);
  alive.push(measured, promises);
  const before = await bytes();
  for (let i = 0; i < count; i++) promises[i] = measured.request(/** @type {Rank} */ (i % 3));
  return ((await bytes()) - before) / count;
}

async function bytes() {
  // Promise reactions that are due hold memory which the backlog itself does not.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  collectGarbage();
  // The engine's memory is no part of V8's heap, but of what is external to it.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
