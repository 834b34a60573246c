// Immediate grants of one limiter, in a process of its own: every call site here sees one kind of limiter only, as in a
// program that uses that limiter.

import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage, load, serve } from '../lib/child.mjs';
import { median } from '../lib/statistics.mjs';

/** What a program does that asks for a thousand grants and then waits for them. */
const BURST = 1000;
const HOUR = 3_600_000;
/** Milliseconds: shorter than what an operating system gives to a program at a time. */
const SLICE = 0.5;

const [name, rules] = process.argv.slice(2);
const subject = await load(name);
const make = rules === 'three' && subject.three ? subject.three : subject.one;
const { request, counted } = await make(subject.plenty ?? { limit: 1e12, interval: HOUR });

/** Requests that were made; what the limiter itself counted has to be the same. */
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
 * None is awaited but the last of each burst, so work that a limiter puts off until later is measured too.
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
 * Runs until the code is hot, and finds out how many requests fill a slice.
 * @param {number} ms for the warm-up in each of the two ways
 */
async function warmUp(ms) {
  let count = 1;
  let took = 0;
  for (const until = performance.now() + ms; performance.now() < until; ) {
    took = await timed(() => awaited(count));
    if (took < SLICE) count *= 2;
  }
  // Slow ones get smaller bursts.
  const size = Math.min(BURST, count);
  let bursts = 1;
  for (const until = performance.now() + ms; performance.now() < until; ) {
    took = await timed(() => burst(bursts * size, size));
    if (took < SLICE && size === BURST) bursts *= 2;
  }
  return { awaited: count, burst: bursts * size, size };
}

/**
 * Nanoseconds for each request.
 * @param {number} ms for each of the two ways
 * @param {{ awaited: number, burst: number, size: number }} counts
 */
async function round(ms, counts) {
  const one = await slices(ms, () => awaited(counts.awaited));
  const many = await slices(ms, () => burst(counts.burst, counts.size));
  return { awaited: (one * 1e6) / counts.awaited, burst: (many * 1e6) / counts.burst };
}

/**
 * The mean time of a piece of work. A slice of the time that took five times as long as most was interrupted by
 * another program and does not count; the collector's short pauses do.
 * @param {number} ms
 * @param {() => Promise<void>} work
 */
async function slices(ms, work) {
  kept.fill(undefined);
  collectGarbage();
  /** @type {number[]} */
  const took = [];
  for (const until = performance.now() + ms; performance.now() < until; ) took.push(await timed(work));
  const usual = median(took);
  const undisturbed = took.filter((each) => each <= 5 * usual);
  return undisturbed.reduce((sum, each) => sum + each, 0) / undisturbed.length;
}

/** Whether it has counted every request, and whether it is a limiter at all. */
async function finish() {
  // Some grant a little later what was not awaited.
  await sleep(50);
  const own = await counted?.();
  if (own !== undefined && own !== made) throw new Error(`it counted ${own} of ${made} requests`);
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
  if (granted !== 2) throw new Error(`under a limit of 2 it granted ${granted} of 3 requests`);
}

/** @param {() => Promise<void>} work */
async function timed(work) {
  const before = performance.now();
  await work();
  return performance.now() - before;
}
