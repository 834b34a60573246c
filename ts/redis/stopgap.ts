import { Alarm } from './alarm.js';
import type { Timing } from './caller.js';
import { type Part, partsOf } from './holdings.js';
import type { Lane } from './lanes.js';
import type { SessionOwner } from './owner.js';
import { Share } from './share.js';
import type { SharedRules } from './shared-rules.js';

/** The time until released permits and ended pauses are looked for, in milliseconds. */
const LOOK = 50;

/** The time for which a claim of the share lives that is spent at once, in milliseconds. */
const LIFE = 1000;

/** Grants what waits from the share of this process, while the ledger cannot be reached. */
export class Stopgap {
  readonly #owner: SessionOwner;
  readonly #timing: Timing;
  readonly #alarm: Alarm;
  #rules: SharedRules | undefined;
  #share: Share | undefined;
  #lastClaim = 0;
  /** The number of requests that were granted from the share. */
  granted = 0;

  /** @param look to be called when more of the share may be spent */
  constructor(owner: SessionOwner, timing: Timing, look: () => void) {
    this.#owner = owner;
    this.#timing = timing;
    this.#alarm = new Alarm(timing, look);
  }

  /** Hears of the rules in force and the number of processes, by an answer of the ledger. */
  heard(rules: SharedRules, processes: number, now: number): void {
    this.#alarm.clear();
    if (rules !== this.#rules) {
      this.#rules = rules;
      // Claims by other rules may be spent for as long as they live.
      this.#share = rules.aside && new Share(rules, now + rules.lease);
    }
    this.isAllowed = this.#share !== undefined && processes <= rules.processes;
  }

  /** Whether there is a share, and no more processes were seen than there are shares. */
  isAllowed = false;

  /** Grants what the share covers: lower levels first, and within a level the first that came. */
  serve(lanes: readonly Lane[], now: number): void {
    const share = this.#share;
    this.#alarm.clear();
    if (share === undefined || !this.isAllowed || lanes.length === 0) return;
    const permits = this.#permits(now);
    const kept = new Map<string, number>();
    let next = Number.POSITIVE_INFINITY;
    for (const lane of [...lanes].sort((a, b) => a.level - b.level || a.arrival - b.arrival)) {
      const { costs } = lane;
      let count = lane.count;
      let ready = now;
      for (let i = 0; i < costs.length; i += 3) {
        const [rule, amount, ceiling] = costs.slice(i, i + 3) as [string, number, number];
        const { most, part, used } = this.#room(share, rule, ceiling, permits, now);
        const taken = used + (kept.get(rule) ?? 0);
        const fits = Math.floor((most * part - taken) / amount);
        count = Math.min(count, amount <= most && taken === 0 ? Math.max(1, fits) : fits);
        if (amount > most) ready = Number.POSITIVE_INFINITY;
        else if (fits < 1 && this.#rules?.hasPermits(rule)) ready = Math.max(ready, now + LOOK);
        else if (fits < 1) {
          const over = Math.min(taken, taken + amount - most * part);
          ready = Math.max(ready, share.readyAt(rule, over, now));
        }
      }
      const granted = count > 0 ? this.#grant(share, lane, count, permits, now) : 0;
      this.granted += granted;
      if (granted === lane.count || ready === Number.POSITIVE_INFINITY) continue;
      // One request of the lane is kept, so that smaller ones do not starve it.
      for (let i = 0; i < costs.length; i += 3) {
        const [rule, amount] = costs.slice(i, i + 2) as [string, number];
        kept.set(rule, (kept.get(rule) ?? 0) + amount);
      }
      // Less is granted than fits where a rule is paused.
      const at = granted < count ? now + LOOK : granted > 0 ? now : ready;
      next = Math.min(next, Math.max(at, now + 1));
    }
    this.#alarm.set(next, now, true);
  }

  /**
   * Lends the tokens of one request to a call that does not wait, if the share covers them.
   *
   * @param costs as of a {@link Lane}
   * @returns the result of the call; undefined if it was not called
   */
  lend<T>(costs: Lane['costs'], now: number, call: () => T): T | undefined {
    const share = this.#share;
    if (share === undefined || !this.isAllowed) return undefined;
    const permits = this.#permits(now);
    for (let i = 0; i < costs.length; i += 3) {
      const [rule, amount, ceiling] = costs.slice(i, i + 3) as [string, number, number];
      const { most, part, used } = this.#room(share, rule, ceiling, permits, now);
      if (amount > (used === 0 ? most : most * part - used)) return undefined;
    }
    const claim = this.#claim(costs, 1, [], now).claim;
    try {
      return call();
    } finally {
      if (this.#settle(share, claim, permits)) this.granted++;
    }
  }

  close(): void {
    this.#alarm.clear();
  }

  /** The share of a rule: what a process may spend, the part for these requests, what is spent. */
  #room(
    share: Share,
    rule: string,
    ceiling: number,
    permits: ReadonlyMap<string, number>,
    now: number,
  ): { most: number; part: number; used: number } {
    const isPermit = this.#rules?.hasPermits(rule);
    return {
      most: share.most(rule),
      // The ceiling of a request is the same part of the share as of the limit for all.
      part: Math.min(1, ceiling / (this.#rules?.limitOf(rule) ?? ceiling)),
      used: isPermit ? (permits.get(rule) ?? 0) : share.used(rule, now),
    };
  }

  /** Grants requests of a lane. Returns their number: less, as far as rules are paused. */
  #grant(
    share: Share,
    { lane, costs }: Lane,
    count: number,
    permits: Map<string, number>,
    now: number,
  ): number {
    const { claim, granted } = this.#claim(costs, count, [lane, count], now);
    this.#settle(share, claim, permits);
    return granted;
  }

  /** Gives a claim on so many requests of these costs, and grants a lane from it. */
  #claim(
    costs: Lane['costs'],
    count: number,
    lane: readonly number[],
    now: number,
  ): { claim: number; granted: number } {
    const claim = --this.#lastClaim;
    const parts: (string | number)[] = [];
    for (let i = 0; i < costs.length; i += 3) {
      parts.push(String(costs[i]), claim, Number(costs[i + 1]) * count, now + LIFE);
    }
    const [granted = 0] = this.#owner.hold([...parts, ...lane]);
    return { claim, granted };
  }

  /** Counts what was spent of a claim of the share, and ends it. Returns whether anything was. */
  #settle(share: Share, claim: number, permits: Map<string, number>): boolean {
    // Counted after the grants, and thus for a little longer.
    const now = this.#timing.now();
    const rest: (string | number)[] = [];
    let isSpent = false;
    for (const { rule, spent } of this.#claims().filter((part) => part.claim === claim)) {
      isSpent ||= spent > 0;
      if (this.#rules?.hasPermits(rule)) {
        // The claim lasts, without more to give, until its permits are released.
        rest.push(rule, claim, spent, now);
        permits.set(rule, (permits.get(rule) ?? 0) + spent);
      } else {
        rest.push(rule, claim, 0, now);
        if (spent > 0) share.spend(rule, spent, now);
      }
    }
    this.#owner.hold(rest);
    return isSpent;
  }

  /**
   * Counts the permits of the share, and forgets those that were released. Permits in use count to
   * claims in their order, so no claim of the ledger may have room for them: one that has ended is
   * reduced to what is in use, and one that has not keeps the share from being spent.
   */
  #permits(now: number): Map<string, number> {
    const held = new Map<string, number>();
    const list: (string | number)[] = [];
    for (const { rule, claim, until, given, spent } of this.#claims()) {
      if (!this.#rules?.hasPermits(rule)) continue;
      if (claim < 0) held.set(rule, (held.get(rule) ?? 0) + spent);
      else if (until > now && spent < given) held.set(rule, Number.POSITIVE_INFINITY);
      if (spent < given && until <= now) list.push(rule, claim, spent, until);
    }
    if (list.length > 0) this.#owner.hold(list);
    return held;
  }

  #claims(): Part[] {
    return partsOf(this.#owner.heldClaims());
  }
}
