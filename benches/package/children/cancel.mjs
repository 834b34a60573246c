// Cancels waiters among many by an AbortSignal. In turns with each, a bare promise is rejected by a
// signal, which is Node's own share of the time; taking turns exposes both to the same phases of
// the machine.

import { load, serve } from '../lib/child.mjs';
import { median } from '../lib/statistics.mjs';
import * as bare from '../subjects/bare.mjs';

const [name, count = ''] = process.argv.slice(2);
const WAITING = Number(count);
/** Number of waiters that each round cancels, one by one, from all over the queue. */
const VICTIMS = WAITING / 50;
// An explicit reason: without one, `abort()` creates a DOMException with a stack trace, which takes
// longer than the cancellation that is measured.
const REASON = new Error('no longer wanted');

const subject = await load(name);
/** Number of rounds, including the first, which is a warm-up. */
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
 * Submits the requests, and returns the waiters to cancel.
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
 * Nanoseconds of `abort()`, in which the waiter leaves the queue, and Node's own share. Each call
 * is timed, and the median is that of an undisturbed one. There is no gc() before: it would discard
 * compiled code, which so few calls do not make hot again.
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
  if (left !== VICTIMS) throw new Error(`${left} of ${VICTIMS} waiters have left the queue`);
  await Promise.all([...own, ...others].map(({ gone }) => gone));
  if (rejected - rejectedBefore !== 2 * VICTIMS)
    throw new Error(`${rejected - rejectedBefore} of ${2 * VICTIMS} requests were rejected`);
  return { own: median(took) * 1e6, bare: median(othersTook) * 1e6 };
}

/** @param {Victim} victim */
function abort({ controller }) {
  const before = performance.now();
  controller.abort(REASON);
  return performance.now() - before;
}

/**
 * Shuffles a list in the same order in every process (Park and Miller's minimal standard
 * generator).
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
