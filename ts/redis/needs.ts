import type { Holdings } from './holdings.js';
import type { Lane } from './lanes.js';
import type { SharedRules } from './shared-rules.js';
import type { Request } from './wire.js';

/** The need of a rule: an amount, and what all processes together may use for such requests. */
interface Need {
  readonly amount: number;
  readonly ceiling: number;
}

/** What a process expects to need: which spare units it asks for, and when it asks again. */
export class Needs {
  readonly #holdings: Holdings;
  /** The number of grants until more is asked for. */
  #budget = Number.POSITIVE_INFINITY;
  #grants = 0;
  /** Requests in about a second, as the rates of spending are counted. */
  #grantRate = 0;
  #plannedAt = 0;
  #isBusy = false;
  /** Amounts that were asked for in vain by requests that do not wait. */
  readonly #wished = new Map<string, number>();
  /** The last ceiling of each rule, by which spares are asked for when nothing waits. */
  readonly #ceilings = new Map<string, number>();

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  /** Whether requests were submitted since the last call. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** To be called when a request was submitted. */
  submitted(): void {
    this.#isBusy = true;
  }

  /** Counts a grant. Returns whether so much was spent that more is to be asked for. */
  granted(): boolean {
    if (++this.#grants < this.#budget) return false;
    this.#budget = Number.POSITIVE_INFINITY;
    return true;
  }

  /** Notes a request that would have had to wait and does not. */
  wish(cost: { readonly [rule: string]: unknown }): void {
    for (const [rule, amount] of Object.entries(cost)) this.#wished.set(rule, Number(amount));
  }

  /** Plans when to ask for more of what is spent here. */
  plan(now: number): void {
    const { unspent } = this.#holdings.state(now);
    const faded = this.#grantRate * Math.exp((this.#plannedAt - now) / 1000);
    this.#grantRate = faded + this.#grants;
    this.#plannedAt = now;
    this.#grants = 0;
    let grants = Number.POSITIVE_INFINITY;
    for (const [rule, left] of unspent) {
      const rate = this.#holdings.rateOf(rule);
      if (rate > 0) grants = Math.min(grants, (left / rate) * this.#grantRate);
    }
    this.#budget = Math.max(1, grants / 2);
  }

  /** Returns the likely need of a lease: as much as was spent in the last second or so. */
  wishes(rules: SharedRules, lanes: readonly Lane[], now: number): Request['x'] {
    const needs = this.#needs(rules, lanes);
    const { unspent } = this.#holdings.state(now);
    const wishes: [string, number, number][] = [];
    const ids = new Set([...needs.keys(), ...(this.#isBusy ? this.#holdings.busyRules : [])]);
    this.#isBusy = false;
    for (const id of ids) {
      if (!rules.hasSpares(id)) continue;
      const rate = (this.#holdings.rateOf(id) * rules.lease) / 1000;
      const { amount = 0, ceiling = this.#ceilings.get(id) } = needs.get(id) ?? {};
      if (ceiling === undefined) continue;
      this.#ceilings.set(id, ceiling);
      const wanted = Math.ceil(1.25 * Math.max(rate, amount)) - (unspent.get(id) ?? 0);
      if (wanted > 0) wishes.push([id, wanted, ceiling]);
    }
    return wishes;
  }

  /** Returns the needs of what waits and of what was wished, by rule. */
  #needs(rules: SharedRules, lanes: readonly Lane[]): Map<string, Need> {
    const needs = new Map<string, Need>();
    for (const { costs } of lanes) {
      for (let i = 0; i < costs.length; i += 3) {
        const [rule, amount, ceiling] = costs.slice(i, i + 3) as [string, number, number];
        const known = needs.get(rule);
        needs.set(rule, {
          amount: Math.max(known?.amount ?? 0, amount),
          ceiling: Math.min(known?.ceiling ?? ceiling, ceiling),
        });
      }
    }
    for (const [rule, amount] of this.#wished) {
      const ceiling = this.#ceilings.get(rule) ?? rules.find(rule)?.l;
      if (ceiling !== undefined) needs.set(rule, { amount, ceiling });
    }
    this.#wished.clear();
    return needs;
  }
}
