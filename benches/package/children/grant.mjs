// Immediate grants of one limiter. It has a process of its own, so that every call site sees only
// one kind of limiter, as in a program that uses it.

import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage, load, serve } from '../lib/child.mjs';
import { median } from '../lib/statistics.mjs';

/** Number of requests that are submitted before the first is awaited. */
const BURST = 1000;
const HOUR = 3_600_000;
/** Milliseconds per timed slice: shorter than a time slice of the operating system. */
const SLICE = 0.5;

const [name, rules] = process.argv.slice(2);
const subject = await load(name);
const make = rules === 'three' && subject.three ? subject.three : subject.one;
const { request, counted } = await make(subject.plenty ?? { limit: 1e12, interval: HOUR });

/** Number of submitted requests; the limiter's own count has to agree. */
let made = 0;
/** Keeps promises reachable, so that none is optimised away. */
const kept = new Array(BURST);

serve({
  warmUp,
  round,
  finish,
});

/** @param {number} count */
async function awaited(count) {
  for (let i = 0; i < count; i++) await request();
  made += count;
}

/**
 * Awaits only the last request of each burst, so that deferred work of a limiter is measured too.
 * @param {number} count
 * @param {number} size of each burst
 */
async function burst(count, size) {
  for (let done = 0; done < count; done += size) {
    for (let i = 0; i < size; i++) kept[i] = request();
    await kept[size - 1];
  }
  made += count;
}

/**
 * Runs until the code is hot, and determines the number of requests that fills a slice.
 * @param {number} ms warm-up of each of the two ways
 */
async function warmUp(ms) {
  let count = 1;
  let took = 0;
  for (const until = performance.now() + ms; performance.now() < until; ) {
    took = await timed(() => awaited(count));
    if (took < SLICE) count *= 2;
  }
  // Slow limiters get smaller bursts.
  const size = Math.min(BURST, count);
  let bursts = 1;
  for (const until = performance.now() + ms; performance.now() < until; ) {
    took = await timed(() => burst(bursts * size, size));
    if (took < SLICE && size === BURST) bursts *= 2;
  }
  return { awaited: count, burst: bursts * size, size };
}

/**
 * Measures the nanoseconds per request.
 * @param {number} ms duration of each of the two ways
 * @param {{ awaited: number, burst: number, size: number }} counts
 */
async function round(ms, counts) {
  const one = await slices(ms, () => awaited(counts.awaited));
  const many = await slices(ms, () => burst(counts.burst, counts.size));
  return { awaited: (one * 1e6) / counts.awaited, burst: (many * 1e6) / counts.burst };
}

/**
 * The mean time of a piece of work in milliseconds. A slice that took five times as long as the
 * median was interrupted by another program and does not count; short pauses of the garbage
 * collector do.
 * @param {number} ms
 * @param {() => Promise<void>} work
 */
async function slices(ms, work) {
  kept.fill(undefined);
  collectGarbage();
  /** @type {number[]} */
  const took = [];
  for (const until = performance.now() + ms; performance.now() < until; )
    took.push(await timed(work));
  const usual = median(took);
  const undisturbed = took.filter((each) => each <= 5 * usual);
  return undisturbed.reduce((sum, each) => sum + each, 0) / undisturbed.length;
}

/** Checks that the limiter has counted every request, and that it limits at all. */
async function finish() {
  // Some limiters grant requests that were not awaited a little later.
  await sleep(50);
  const own = await counted?.();
  if (own !== undefined && own !== made)
    throw new Error(`the limiter counted ${own} of ${made} requests`);
  if (subject.unlimited) return;
  const { request } = await make({ limit: 2, interval: HOUR });
  let granted = 0;
  for (let i = 0; i < 3; i++) {
    Promise.resolve(request()).then(
      () => granted++,
      () => {},
    );
  }
  await sleep(100);
  if (granted !== 2)
    throw new Error(`the limiter granted ${granted} of 3 requests under a limit of 2`);
}

/** @param {() => Promise<void>} work */
async function timed(work) {
  const before = performance.now();
  await work();
  return performance.now() - before;
}
