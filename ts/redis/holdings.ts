import type { LedgerClock } from './ledger-clock.js';
import type { SharedRules } from './shared-rules.js';
import { Spending } from './spending.js';
import type { Claim, Request } from './wire.js';

/** The part of a throttler that holds claims. */
export interface Holder {
  hold(list: readonly (string | number)[]): number[];
  heldClaims(): (string | number)[];
}

/** A part of a claim: one rule. */
export interface Part {
  readonly rule: string;
  readonly claim: number;
  readonly until: number;
  readonly given: number;
  readonly spent: number;
  readonly spentAt: number;
}

/** The rate of spending of a rule is that of about this long. */
const MEMORY = 1000;

/** The time from the end of a claim until its number is forgotten, in milliseconds. */
const FORGET = 60_000;

/** The number of the claim of permits that were in use when data was lost. */
const ADOPTED = 0;

/** The claims of a process: what they give, and what of them was spent. */
export class Holdings {
  readonly #holder: Holder;
  readonly #clock: LedgerClock;
  readonly #spending = new Spending();
  /** The spent amount of each part at the last look, by claim and rule. */
  readonly #known = new Map<string, number>();
  /** Claims that have arrived in this epoch: their ends, and whether the ledger knows. */
  readonly #seen = new Map<number, { readonly end: number; isKnown: boolean }>();
  /** Parts with permits whose claim is settled, by claim and rule. */
  readonly #settled = new Set<string>();
  /** Rules under which permits were reported to the ledger. */
  readonly #reported = new Set<string>();
  /** Claims of which nothing was or will be spent. */
  #late: Claim[] = [];
  /** Spending in a {@link MEMORY}, by rule. */
  readonly #rates = new Map<string, number>();
  #lookedAt = 0;
  #spentAt = Number.NEGATIVE_INFINITY;
  /** Claims that arrived too late, and claims that ended unspent in part. */
  late = 0;
  lapsed = 0;

  constructor(holder: Holder, clock: LedgerClock) {
    this.#holder = holder;
    this.#clock = clock;
  }

  /** Takes claims in, and grants the requests that they are for. */
  take(claims: readonly Claim[], now: number): void {
    const list: (string | number)[] = [];
    const lanes: number[] = [];
    for (const claim of claims) {
      const [id, parts, served] = claim;
      if (this.#seen.has(id)) continue;
      const ends = parts.map(([, , until]) => this.#clock.toLocal(until, now));
      this.#seen.set(id, { end: Math.max(now, ...ends), isKnown: false });
      if (ends.some((end) => end <= now)) {
        this.#late.push(claim);
        this.late++;
        continue;
      }
      for (const [i, [rule, amount]] of parts.entries()) list.push(rule, id, amount, ends[i] ?? 0);
      for (const [lane, count] of served) lanes.push(lane, count);
    }
    if (list.length > 0 || lanes.length > 0) this.#holder.hold([...list, ...lanes]);
  }

  /**
   * Drops everything, as the ledger has begun anew. Permits in use become those of a claim that the
   * next call tells of.
   */
  drop(rules: SharedRules, now: number): void {
    const parts = this.#look(now);
    this.#settled.clear();
    const permits = new Map<string, number>();
    for (const { rule, spent } of parts) {
      if (rules.hasPermits(rule)) permits.set(rule, (permits.get(rule) ?? 0) + spent);
    }
    const list = parts.flatMap(({ rule, claim }) => [rule, claim, 0, now]);
    for (const [rule, spent] of permits) {
      if (spent === 0) continue;
      list.push(rule, ADOPTED, spent, now);
      this.#settled.add(keyOf({ rule, claim: ADOPTED }));
    }
    this.#holder.hold(list);
    this.#seen.clear();
    this.#late = [];
  }

  /** Drops what is not spent, as the clock cannot be trusted. It is settled with the next call. */
  expire(now: number): void {
    const parts = this.#look(now);
    this.#holder.hold(parts.flatMap(({ rule, claim, spent }) => [rule, claim, spent, now]));
    // Without an amount they are no longer held, so they are given back like late ones.
    const unspent = parts.filter((part) => part.spent === 0 && !this.#settled.has(keyOf(part)));
    for (const { rule, claim, until } of unspent) this.#late.push([claim, [[rule, 0, until]], []]);
  }

  /** Returns what was spent, for a ledger that lost its data. */
  tell(rules: SharedRules, now: number): Request['t'] {
    this.#look(now);
    return this.#spending.tell(now, (id, amount) => {
      const rule = rules.find(id);
      if (rule === undefined || rules.hasPermits(id)) return undefined;
      const { k, l, w, j, r } = rule;
      const interval = rules.isSpacing(id) ? amount * w : w;
      return (k === 2 ? l / r : interval) + 2 * j + 1000;
    });
  }

  /** Whether anything was spent within a minute. */
  hasSpent(now: number): boolean {
    return this.#spentAt > now - 60_000;
  }

  /**
   * Settles the claims that have ended or are spent, and drops them here.
   *
   * @param recalled whether the spare rest of a rule's claims is to be given back
   */
  settle(
    rules: SharedRules,
    now: number,
    recalled: (rule: string) => boolean,
  ): Pick<Request, 's' | 'c'> {
    const claims = new Map<number, Part[]>();
    for (const part of this.#look(now)) {
      if (this.#settled.has(keyOf(part))) continue;
      const parts = claims.get(part.claim);
      if (parts === undefined) claims.set(part.claim, [part]);
      else parts.push(part);
    }
    const settled: [number, [string, number, number][]][] = [];
    const list: (string | number)[] = [];
    for (const [claim, parts] of claims) {
      const isOver = parts.every(
        ({ rule, spent, given, until }) => spent >= given || until <= now || recalled(rule),
      );
      if (!isOver) continue;
      if (parts.some(({ spent, given, until }) => spent < given && until <= now)) this.lapsed++;
      settled.push([
        claim,
        parts.map(({ rule, spent, spentAt }) => [
          rule,
          spent,
          spent > 0 && spentAt > 0 ? this.#clock.toLedger(spentAt, now) : 0,
        ]),
      ]);
      for (const part of parts) {
        const { rule, spent, until } = part;
        if (rules.hasPermits(rule) && spent > 0) this.#settled.add(keyOf(part));
        else list.push(rule, claim, 0, until);
      }
    }
    for (const [claim, parts] of this.#late) {
      settled.push([claim, parts.map(([rule]) => [rule, 0, 0])]);
    }
    this.#late = [];
    if (list.length > 0) this.#holder.hold(list);
    return { s: settled, c: this.#permits(now) };
  }

  /** Counts the permits of settled claims, and forgets those that were released. */
  #permits(now: number): [string, number][] {
    const list: (string | number)[] = [];
    const held = new Map<string, number>();
    for (const rule of this.#reported) held.set(rule, 0);
    this.#reported.clear();
    for (const part of this.#look(now)) {
      const key = keyOf(part);
      if (!this.#settled.has(key)) continue;
      const { rule, claim, spent, given, until } = part;
      held.set(rule, (held.get(rule) ?? 0) + spent);
      if (spent > 0) this.#reported.add(rule);
      if (spent < given) list.push(rule, claim, spent, until);
      if (spent === 0) this.#settled.delete(key);
    }
    if (list.length > 0) this.#holder.hold(list);
    return [...held];
  }

  /** Whether permits are held that the ledger knows of. */
  get hasPermits(): boolean {
    return this.#reported.size > 0;
  }

  /** Returns the amounts of the claims that are not settled, spent or not, by rule. */
  open(now: number): Map<string, number> {
    const amounts = new Map<string, number>();
    for (const part of this.#look(now)) {
      if (this.#settled.has(keyOf(part))) continue;
      amounts.set(part.rule, (amounts.get(part.rule) ?? 0) + part.given);
    }
    return amounts;
  }

  /** Returns the numbers of the claims that have arrived, as far as the ledger does not know. */
  arrived(): number[] {
    return [...this.#seen].flatMap(([id, { isKnown }]) => (isKnown ? [] : [id]));
  }

  /** To be called when the ledger knows that these claims have arrived. */
  acknowledge(claims: readonly number[], now: number): void {
    for (const id of claims) {
      const claim = this.#seen.get(id);
      if (claim !== undefined) claim.isKnown = true;
    }
    // A message may repeat a claim, and be slow.
    for (const [id, { end, isKnown }] of this.#seen) {
      if (isKnown && end + FORGET < now) this.#seen.delete(id);
    }
  }

  /** Returns the amount of a rule that was spent in about a second. */
  rateOf(rule: string): number {
    return this.#rates.get(rule) ?? 0;
  }

  /** The rules under which anything was spent lately. */
  get busyRules(): Iterable<string> {
    return this.#rates.keys();
  }

  /** Returns what is left of each rule, the first end, and whether anything waits to be settled. */
  state(now: number): { unspent: Map<string, number>; end: number; isUnsettled: boolean } {
    const unspent = new Map<string, number>();
    let end = Number.POSITIVE_INFINITY;
    let isUnsettled = this.#late.length > 0;
    for (const part of this.#look(now)) {
      if (this.#settled.has(keyOf(part))) continue;
      isUnsettled = true;
      const rest = part.until > now ? part.given - part.spent : 0;
      if (rest <= 0) continue;
      unspent.set(part.rule, (unspent.get(part.rule) ?? 0) + rest);
      end = Math.min(end, part.until);
    }
    return { unspent, end, isUnsettled };
  }

  /** Reads the claims, and notes what was spent since the last time. */
  #look(now: number): Part[] {
    const parts: Part[] = [];
    const fade = Math.exp((this.#lookedAt - now) / MEMORY);
    for (const [rule, rate] of this.#rates) {
      if (rate * fade < 0.01) this.#rates.delete(rule);
      else this.#rates.set(rule, rate * fade);
    }
    for (const part of partsOf(this.#holder.heldClaims())) {
      const { rule, claim, spent, spentAt } = part;
      // The ledger knows nothing of this process's own share.
      if (claim < 0) continue;
      parts.push(part);
      const key = keyOf(part);
      const more = spent - (this.#known.get(key) ?? 0);
      if (more > 0) {
        this.#spentAt = now;
        this.#spending.add(rule, more, Math.min(this.#lookedAt, spentAt), spentAt);
        this.#rates.set(rule, (this.#rates.get(rule) ?? 0) + more);
      }
      if (more !== 0) this.#known.set(key, spent);
    }
    // Claims that were dropped are forgotten once they are no longer listed.
    if (this.#known.size > parts.length) {
      const listed = new Set(parts.map(keyOf));
      for (const key of this.#known.keys()) if (!listed.has(key)) this.#known.delete(key);
    }
    this.#lookedAt = now;
    return parts;
  }
}

/** Reads the list of `MultiThrottler.heldClaims`. */
export function partsOf(flat: readonly (string | number)[]): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < flat.length; i += 6) {
    const [until, given, spent, spentAt] = flat.slice(i + 2, i + 6) as [
      number,
      number,
      number,
      number,
    ];
    parts.push({ rule: String(flat[i]), claim: Number(flat[i + 1]), until, given, spent, spentAt });
  }
  return parts;
}

const keyOf = ({ claim, rule }: Pick<Part, 'claim' | 'rule'>): string => `${claim} ${rule}`;
