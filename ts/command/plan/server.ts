/**
 * The simulated exchange: it counts requests at the instant at which they arrive, by the limits of
 * a profile. Its counters (`ts/simulator`) share nothing with the engine and know no jitter. Its
 * costs are those of the profile, so a wrong figure there is wrong on both sides.
 */

import type { Rule, ThrottleCost } from '../../index.js';
import {
  type Counter,
  FirstRequestWindow,
  LazyBucket,
  SlidingLog,
} from '../../simulator/counters.mjs';
import { WindowCounter } from '../../simulator/window-counter.mjs';
import { ruleOf } from './rules.js';

/** Counter of a rule or of a member of a family. */
export interface ServerCounter {
  readonly id: string;
  readonly rule: Rule;
  readonly counter: Counter;
  /** Cost accepted so far. */
  accepted: number;
  /** Number of requests that this counter has refused. */
  refused: number;
  /** The largest used fraction of the limit so far. */
  peak: number;
  /** The largest used fraction since it was last set to 0. */
  recent: number;
}

/** Answer to a request: accepted, or the rule that refuses it and the ms until it may fit. */
export type Verdict = { readonly by: ServerCounter; readonly retryAfter: number } | undefined;

export class Server {
  readonly counters = new Map<string, ServerCounter>();
  readonly #rules: readonly Rule[];
  /** Counters of a cost object, which requests of one kind share. */
  readonly #counted = new WeakMap<ThrottleCost, (readonly [ServerCounter, number])[]>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /**
   * Counts a request. Returns undefined if it is accepted.
   *
   * @param now Unix ms
   */
  arrive(cost: ThrottleCost, now: number): Verdict {
    const counted = this.#countersOf(cost);
    const over = counted.find(([{ counter }, amount]) => !counter.fits(now, amount));
    for (const [one, amount] of counted) {
      one.counter.add(now, amount, over === undefined);
      if (over === undefined) one.accepted += amount;
      one.recent = Math.max(one.recent, usedOf(one, now));
      one.peak = Math.max(one.peak, one.recent);
    }
    if (over === undefined) return undefined;
    const [by] = over;
    by.refused += 1;
    return { by, retryAfter: Math.max(0, endOf(by, now) - now) };
  }

  /** Ends a request that was accepted, for rules of concurrency. */
  leave(cost: ThrottleCost): void {
    for (const [{ counter }, amount] of this.#countersOf(cost))
      if (counter instanceof InFlight) counter.leave(amount);
  }

  #countersOf(cost: ThrottleCost) {
    const known = this.#counted.get(cost);
    if (known) return known;
    const counters = Object.entries(cost)
      .filter(([, amount]) => amount > 0)
      .map(([id, amount]) => [this.#counterOf(id), amount] as const);
    this.#counted.set(cost, counters);
    return counters;
  }

  #counterOf(id: string): ServerCounter {
    const known = this.counters.get(id);
    if (known) return known;
    const rule = ruleOf(this.#rules, id);
    if (rule === undefined) throw new TypeError(`no rule for ${id}`);
    const none = { accepted: 0, refused: 0, peak: 0, recent: 0 };
    const made = { id, rule, counter: counterOf(rule), ...none };
    this.counters.set(id, made);
    return made;
  }
}

/** Returns the used fraction of a limit. */
export function usedOf({ counter }: ServerCounter, now: number): number {
  return 1 - counter.remaining(now) / counter.limit;
}

/** Returns when a full counter has room again, Unix ms. */
function endOf({ counter }: ServerCounter, now: number): number {
  if (counter instanceof WindowCounter) return counter.windowEnd(now);
  if (counter instanceof SlidingLog) return counter.resetAt(now);
  if (counter instanceof FirstRequestWindow) return now + counter.resetIn(now);
  if (counter instanceof Spaced) return counter.freeAt;
  return now;
}

/** Requests under a rule of concurrency. */
class InFlight implements Counter {
  readonly limit: number;
  #count = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  remaining(): number {
    return this.limit - this.#count;
  }

  fits(_: number, cost: number): boolean {
    return this.#count + cost <= this.limit;
  }

  add(_: number, cost: number, accepted: boolean): void {
    if (accepted) this.#count += cost;
  }

  leave(cost: number): void {
    this.#count -= cost;
  }
}

/** Requests that have to come at least an interval apart, times the cost. */
class Spaced implements Counter {
  readonly limit = 1;
  readonly #interval: number;
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(interval: number) {
    this.#interval = interval;
  }

  get freeAt(): number {
    return this.#freeAt;
  }

  remaining(now: number): number {
    return this.fits(now) ? 1 : 0;
  }

  fits(now: number): boolean {
    return now >= this.#freeAt;
  }

  add(now: number, cost: number, accepted: boolean): void {
    if (accepted) this.#freeAt = now + cost * this.#interval;
  }
}

function counterOf(rule: Rule): Counter {
  switch (rule.algorithm) {
    case 'token-bucket':
      return new LazyBucket(rule.capacity, rule.refillRate);
    case 'rolling-window':
      return new SlidingLog(rule.limit, rule.interval);
    case 'fixed-window':
      return new WindowCounter(rule.limit, rule.interval);
    case 'first-request-window':
      return new FirstRequestWindow(rule.limit, rule.interval);
    case 'spacing':
      return new Spaced(rule.interval);
    case 'concurrency':
      return new InFlight(rule.limit);
  }
}
