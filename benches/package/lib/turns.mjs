// Measures turns of the loop without keeping it busy: a loop that never sleeps would compete for
// the processors with the threads in which V8 compiles, and be put aside for milliseconds.

import { createHook } from 'node:async_hooks';
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The longest turn, in milliseconds: in all, and without the time in which the thread was ready but
 * other threads had the processors.
 * @typedef {{ longest: number, own: number }} Turns
 */

/**
 * Returns the longest turn of the loop while work goes on, the turn that starts it included. A turn
 * begins with the first callback after the loop has slept or polled, and ends when the loop is
 * about to do so again.
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Turns>}
 */
export async function longestTurn(work) {
  const { waited, close } = readyTime();
  const turns = { longest: 0, own: 0 };
  /** @type {{ at: number, waited: number } | undefined} */
  let turn;
  /** Ids of the immediates with which turns end. @type {Set<number>} */
  const ends = new Set();
  let isEnd = false;
  const begin = () => {
    isEnd = true;
    setImmediate(end);
    isEnd = false;
    turn = { waited: waited(), at: performance.now() };
  };
  const end = () => {
    if (turn === undefined) return;
    const time = performance.now() - turn.at;
    turns.longest = Math.max(turns.longest, time);
    turns.own = Math.max(turns.own, time - (waited() - turn.waited));
    turn = undefined;
  };
  const hook = createHook({
    init(id) {
      if (isEnd) ends.add(id);
    },
    before(id) {
      if (!ends.delete(id) && turn === undefined) begin();
    },
  }).enable();
  // The code above is compiled, and the work begins with a turn of its own.
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setTimeout(resolve, 1));
  turns.longest = turns.own = 0;
  try {
    await work();
    end();
  } finally {
    hook.disable();
    close();
  }
  return turns;
}

/**
 * Reads how long this thread was ready and did not run, in milliseconds: the second field of
 * `schedstat`, on Linux. It is 0 elsewhere.
 */
function readyTime() {
  const buffer = Buffer.alloc(64);
  try {
    const file = openSync('/proc/thread-self/schedstat', 'r');
    const waited = () => {
      const text = buffer.toString('latin1', 0, readSync(file, buffer, 0, 64, 0));
      return Number(text.split(' ')[1]) / 1e6;
    };
    return { waited, close: () => closeSync(file) };
  } catch {
    return { waited: () => 0, close() {} };
  }
}
