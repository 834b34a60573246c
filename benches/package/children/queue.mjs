// Waiting requests: the time to enqueue and grant them, and the memory that each holds.

import { performance } from 'node:perf_hooks';
import { collectGarbage, load, serve } from '../lib/child.mjs';

/** @typedef {import('../types.ts').Rank} Rank */

const [name] = process.argv.slice(2);

const subject = await load(name);
const make = subject.backlog;
if (!make) throw new Error(`${name} has no backlog`);

/**
 * Keeps objects from being collected, as a program keeps its limiter.
 * @type {unknown[]}
 */
const alive = [];

serve({ time, memory });

/**
 * Lets `count` requests wait until `hold` ms after the start, and then be granted. Sleep before the
 * first grant does not count; sleep of a limiter after it does.
 * @param {number} count
 * @param {number} hold
 */
async function time(count, hold) {
  // The warm-up runs to its end, so that none of it runs later.
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
  // V8 throws compiled code away when all objects of the kinds that it knows are collected.
  alive.push(backlog);
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
    // Some requests were granted before the last was enqueued, so the queue was never complete.
    tooEarly: firstAt < between,
    // CPU time of all threads, those of the garbage collector and the compiler included.
    cpu: (user + system) / 1000,
    enqueue: between - before,
    total: end - before - (release ? 0 : idleBefore - idleAtStart),
  };
}

/**
 * Measures the bytes that each of `count` waiters holds, with the promise of its caller.
 * @param {number} count
 */
async function memory(count) {
  const backlog = /** @type {NonNullable<typeof make>} */ (make);
  // The warm-up allocates one-time objects and compiled code beforehand.
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
  // Pending promise reactions hold memory that is not the backlog's.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  collectGarbage();
  // The engine's memory is outside of V8's heap and counts as external.
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
