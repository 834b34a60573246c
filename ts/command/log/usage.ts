/**
 * Adds up what a log used of a rule, as a server would count it. The instants are those at which
 * requests were sent, as a log does not tell when they arrived.
 */

import type { Rule } from '../../index.js';
import { intervalOf, limitOf, rateOf } from '../plan/rules.js';

/** A time during which more than the limit was used. */
export interface Excess {
  /** Unix ms. */
  readonly from: number;
  /** The largest usage. */
  readonly used: number;
}

export interface Usage {
  readonly rule: Rule;
  /** Sum of costs. */
  readonly total: number;
  /** The largest usage at a time. */
  readonly peak: number;
  readonly excesses: readonly Excess[];
  /** Fraction of the limit that was left unused in the long run. */
  readonly unused: number;
}

/** A request under a rule. */
export interface Charge {
  /** Unix ms. */
  readonly at: number;
  readonly cost: number;
}

/**
 * Adds up charges in the order of their times.
 *
 * @param span ms of the whole log
 */
export function usageOf(rule: Rule, charges: readonly Charge[], span: number): Usage {
  const counter = counterOf(rule);
  const limit = limitOf(rule);
  const excesses: { from: number; used: number; until: number }[] = [];
  let [peak, total] = [0, 0];
  for (const { at, cost } of charges) {
    const used = counter(at, cost);
    total += cost;
    peak = Math.max(peak, used);
    if (used <= limit * (1 + ROUNDING)) continue;
    // One excess lasts until a whole interval has passed without another.
    const last = excesses.at(-1);
    const until = at + (intervalOf(rule) ?? 0);
    if (last && at <= last.until) {
      last.used = Math.max(last.used, used);
      last.until = until;
    } else excesses.push({ from: at, used, until });
  }
  const rate = rateOf(rule);
  // A log shorter than the interval has one interval to use.
  const possible = rate === undefined ? 0 : rate * Math.max(span, intervalOf(rule) ?? 0);
  return {
    rule,
    total,
    peak,
    excesses: excesses.map(({ from, used }) => ({ from, used })),
    unused: possible === 0 ? 1 : Math.max(0, 1 - total / possible),
  };
}

/** Tolerance for sums of fractions. */
const ROUNDING = 1e-9;

/** Returns a function that adds a cost and returns the usage with it. */
function counterOf(rule: Rule): (at: number, cost: number) => number {
  switch (rule.algorithm) {
    case 'fixed-window':
      return fixedWindow(rule.interval);
    case 'first-request-window':
      return firstRequestWindow(rule.interval);
    case 'rolling-window':
      return rollingWindow(rule.interval);
    case 'token-bucket':
      return bucket(rule.refillRate);
    case 'spacing':
      return spaced(rule.interval);
    case 'concurrency':
      return () => 0;
  }
}

function fixedWindow(interval: number) {
  let [window, used] = [Number.NaN, 0];
  return (at: number, cost: number) => {
    const now = Math.floor(at / interval);
    used = (now === window ? used : 0) + cost;
    window = now;
    return used;
  };
}

/** The usage under spacing is one token, or more by the time by which a request came too early. */
function spaced(interval: number) {
  let freeAt = Number.NEGATIVE_INFINITY;
  return (at: number, cost: number) => {
    if (cost <= 0) return 0;
    const early = interval > 0 ? Math.max(0, freeAt - at) / interval : 0;
    freeAt = at + cost * interval;
    return 1 + early;
  };
}

function firstRequestWindow(interval: number) {
  let [opened, used] = [Number.NEGATIVE_INFINITY, 0];
  return (at: number, cost: number) => {
    const isOver = at > opened + interval;
    used = (isOver ? 0 : used) + cost;
    if (isOver) opened = at;
    return used;
  };
}

function rollingWindow(interval: number) {
  const charges: Charge[] = [];
  let [first, used] = [0, 0];
  return (at: number, cost: number) => {
    charges.push({ at, cost });
    used += cost;
    for (
      let oldest = charges[first];
      oldest && oldest.at < at - interval;
      oldest = charges[first]
    ) {
      used -= oldest.cost;
      first += 1;
    }
    return used;
  };
}

/** The usage of a bucket falls steadily. */
function bucket(refillRate: number) {
  let [last, used] = [0, 0];
  return (at: number, cost: number) => {
    used = Math.max(0, used - (at - last) * refillRate) + cost;
    last = at;
    return used;
  };
}
