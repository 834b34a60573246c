// Two loops in one process, in short slices that alternate. A machine that is slow for longer than
// a slice is slow for both, so their ratio holds on a busy machine too, where times of separate
// processes are off by half. Each side has its own copy of loops.mjs: a shared loop would see two
// kinds of limiter, and be compiled for both.

import { collectGarbage, serve } from '../lib/child.mjs';
import { quantile } from '../lib/statistics.mjs';

/** Milliseconds per slice: shorter than a time slice of the operating system. */
const SLICE = 0.5;

/** The share of slices that count as quick: on a busy machine, others are interrupted. */
const QUIET = 0.25;

/** @typedef {{ name: string, entry: string }} Side a loop of loops.mjs, and its package */

serve({
  /**
   * Returns the time of a call on each side in its quick slices, in nanoseconds, and the ratio of
   * the first side to the second.
   * @param {[Side, Side]} sides
   * @param {number} ms duration of the measurement of each side
   */
  async compare(sides, ms) {
    const runs = [];
    for (const [index, { name, entry }] of sides.entries()) {
      const { loops } = await import(`../loops.mjs?side=${index}`);
      const make = loops[name];
      if (make === undefined) throw new Error(`no loop "${name}"`);
      runs.push({ loop: await make(entry), count: 1, took: /** @type {number[]} */ ([]) });
    }
    for (const run of runs) run.count = await warmUp(run.loop, ms);
    collectGarbage();
    const until = performance.now() + 2 * ms;
    while (performance.now() < until) {
      for (const { loop, count, took } of runs) took.push((await timed(loop, count)) / count);
    }
    const [first = Number.NaN, second = Number.NaN] = runs.map(({ took }) => quantile(took, QUIET));
    return { first: first * 1e6, second: second * 1e6, ratio: first / second };
  },
});

/**
 * Runs until the code is hot. Returns the number of calls that fills a slice.
 * @param {import('../loops.mjs').Loop} loop
 * @param {number} ms
 */
async function warmUp(loop, ms) {
  let count = 1;
  for (const until = performance.now() + ms; performance.now() < until; ) {
    if ((await timed(loop, count)) < SLICE) count *= 2;
  }
  return count;
}

/**
 * @param {import('../loops.mjs').Loop} loop
 * @param {number} count
 */
async function timed(loop, count) {
  const before = performance.now();
  await loop(count);
  return performance.now() - before;
}
