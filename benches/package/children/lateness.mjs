// Lateness of grants in an otherwise idle process; also finds grants that come too early.

import { load, serve } from '../lib/child.mjs';

const [name] = process.argv.slice(2);
const subject = name === 'timer' ? undefined : await load(name);

/** Tokens of a full bucket. */
const ROOM = 1000;

serve({ chain });

/**
 * Empties a bucket, then awaits one grant after the other, one every `step` ms. Grant k is due k
 * steps after the bucket was full, however late the previous one was, as the bucket has room for
 * the refill.
 * @param {number} step
 * @param {number} count
 * @returns {Promise<number[]>} lateness of each grant in milliseconds; negative means too early
 */
async function chain(step, count) {
  const limiter = await subject?.one({ limit: ROOM, interval: ROOM * step });
  /** @type {number[]} */
  const late = [];
  // Read before the bucket starts to refill: a grant that seems early is early, and a late one may
  // seem later by the few microseconds of the calls.
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
 * Waits by a timer alone. The delay is rounded up, as timers truncate fractions.
 * @param {number} due
 */
const timer = (due) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.ceil(due - performance.now()))));
