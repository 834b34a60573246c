// One of many waiting requests is taken out by an AbortSignal, and in turns with it a promise that rejects when a signal
// aborts, which is what Node itself takes: so both meet the same phases of the machine.

import { load, serve } from '../lib/child.mjs';
import { median } from '../lib/statistics.mjs';
import * as bare from '../subjects/bare.mjs';

const [name, count = ''] = process.argv.slice(2);
/** In each round so many are taken out, one by one, from all over the queue. */
const WAITING = Number(count);
const VICTIMS = WAITING / 50;
// A reason of one's own: `abort()` without one makes a DOMException with a stack trace, which takes longer than all
// that is measured here.
const REASON = new Error('not wanted any more');

const subject = await load(name);
/** Rounds that are to come, with the first for warm-up. */
const rounds = Number(process.argv[4]) + 1;
const backlog = await subject.backlog?.(1e9, WAITING);
if (!backlog) throw new Error(`${name} has no backlog`);

/** @typedef {{ controller: AbortController, gone: Promise<unknown> }} Victim */

let rejected = 0;
const victims = wait(backlog);
const bareVictims = wait(bare.backlog());

serve({ round });
await round();

/**
 * Lets requests wait, and returns those that are to be taken out.
 * @param {{ request: (rank: 1, signal?: AbortSignal) => Promise<unknown> }} backlog
 */
function wait(backlog) {
  /** @type {Victim[]} */
  const victims = [];
  const every = Math.floor(WAITING / (VICTIMS * rounds));
  for (let i = 0; i < WAITING; i++) {
    if (i % every !== 0 || victims.length === VICTIMS * rounds) {
      backlog.request(1);
      continue;
    }
    const controller = new AbortController();
    const gone = backlog.request(1, controller.signal).catch((reason) => {
      if (reason === REASON) rejected++;
    });
    victims.push({ controller, gone });
  }
  shuffle(victims);
  return victims;
}

/**
 * Nanoseconds of `abort()`, in which the request leaves the queue, and of what Node takes of them: each is timed, and the
 * median taken, which is that of an undisturbed one. Without gc() before: it would throw away code which so few calls do
 * not make hot again.
 */
async function round() {
  const waited = backlog?.waiting?.();
  const rejectedBefore = rejected;
  const own = victims.splice(0, VICTIMS);
  const others = bareVictims.splice(0, VICTIMS);
  /** @type {number[]} */
  const took = [];
  /** @type {number[]} */
  const othersTook = [];
  for (const [i, victim] of own.entries()) {
    took.push(abort(victim));
    othersTook.push(abort(/** @type {Victim} */ (others[i])));
  }
  const left = (waited ?? VICTIMS) - (backlog?.waiting?.() ?? 0);
  if (left !== VICTIMS) throw new Error(`${left} have left the queue`);
  await Promise.all([...own, ...others].map(({ gone }) => gone));
  if (rejected - rejectedBefore !== 2 * VICTIMS)
    throw new Error(`${rejected - rejectedBefore} were rejected`);
  return { own: median(took) * 1e6, bare: median(othersTook) * 1e6 };
}

/** @param {Victim} victim */
function abort({ controller }) {
  const before = performance.now();
  controller.abort(REASON);
  return performance.now() - before;
}

/**
 * The same order in every process, without a pattern (Park and Miller's minimal standard generator).
 * @param {unknown[]} list
 */
function shuffle(list) {
  let seed = 1;
  for (let i = list.length - 1; i > 0; i--) {
    seed = (seed * 48_271) % 2_147_483_647;
    const j = seed % (i + 1);
    [list[i], list[j]] = [list[j], list[i]];
  }
}
