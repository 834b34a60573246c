// One of many waiting requests is taken out by an AbortSignal.

import { load, serve } from '../lib/child.mjs';
import { median } from '../lib/statistics.mjs';

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

/** @type {{ controller: AbortController, gone: Promise<unknown> }[]} */
const victims = [];
const every = Math.floor(WAITING / (VICTIMS * rounds));
let rejected = 0;
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

serve({ round });
await round();

/**
 * Nanoseconds of `abort()`, in which the request leaves the queue: each is timed, and the median taken, which is that
 * of an undisturbed one. Without gc() before: it would throw away code which so few calls do not make hot again.
 */
async function round() {
  const group = victims.splice(0, VICTIMS);
  const waited = backlog?.waiting?.();
  const rejectedBefore = rejected;
  /** @type {number[]} */
  const took = [];
  for (const { controller } of group) {
    const before = performance.now();
    controller.abort(REASON);
    took.push(performance.now() - before);
  }
  const left = (waited ?? VICTIMS) - (backlog?.waiting?.() ?? 0);
  if (left !== VICTIMS) throw new Error(`${left} have left the queue`);
  await Promise.all(group.map(({ gone }) => gone));
  if (rejected - rejectedBefore !== VICTIMS) throw new Error(`${rejected - rejectedBefore} were rejected`);
  return median(took) * 1e6;
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
