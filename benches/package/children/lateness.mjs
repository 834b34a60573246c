// How late grants come in a process that does nothing else, and whether ever too early.

import { load, serve } from '../lib/child.mjs';

const [name] = process.argv.slice(2);
const subject = name === 'timer' ? undefined : await load(name);

/** Tokens of a full bucket. */
const ROOM = 1000;

serve({ chain });

/**
 * Empties a bucket, then takes one grant after the other, one each `step` ms. Grant k is due k steps after the bucket
 * was full, however late the one before was: the bucket has room for what comes in meanwhile.
 * @param {number} step
 * @param {number} count
 * @returns {Promise<number[]>} in milliseconds; negative is too early
 */
async function chain(step, count) {
  const limiter = await subject?.one({ limit: ROOM, interval: ROOM * step });
  /** @type {number[]} */
  const late = [];
  // Read before the bucket begins to refill: a grant that is early by this is early indeed, and one that is late may
  // seem later by the few microseconds of the call.
  const start = performance.now();
  for (let i = 0; i < ROOM; i++) limiter?.request();
  for (let k = 1; k <= count; k++) {
    const due = start + k * step;
    if (limiter) await limiter.request();
    else await timer(due);
    late.push(performance.now() - due);
  }
  return late;
}

/**
 * The same by a timer alone: rounded up, as timers cut fractions off.
 * @param {number} due
 */
const timer = (due) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.ceil(due - performance.now()))));
