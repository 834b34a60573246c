import type { SharedRules } from './shared-rules.js';

const BUCKET = 2;

/** The spent part of a share: in a rolling window, or missing in a bucket. */
interface Count {
  /** Amounts, each with the last instant at which it counts, in this order. */
  readonly log: [until: number, amount: number][];
  missing: number;
  at: number;
}

/**
 * The share of a process, which it may spend at any time without the ledger. It is counted by the
 * monotonic clock of the process: no window of the exchange, however aligned, has more requests
 * than some rolling one. `src/engine/ledger/share.rs` has the same rules.
 */
export class Share {
  readonly #rules: SharedRules;
  readonly #start: number;
  readonly #counts = new Map<string, Count>();

  /**
   * @param start the instant at which all of the share counts as spent: the process may have taken
   *   the place of one that spent its share and died
   */
  constructor(rules: SharedRules, start: number) {
    this.#rules = rules;
    this.#start = start;
  }

  /** The tokens of a rule that one process may spend in all; 0 if none are set aside. */
  most(rule: string): number {
    const { k, s = 0, r = 0, l = 1, j = 0 } = this.#rules.find(rule) ?? {};
    return k === BUCKET ? Math.max(0, s - ((s * r) / l) * j) : s;
  }

  /** The spent tokens of a rule; permits are counted by those who hold them. */
  used(rule: string, now: number): number {
    const count = this.#count(rule, now);
    return count.log.reduce((sum, [, amount]) => sum + amount, count.missing);
  }

  spend(rule: string, amount: number, now: number): void {
    const count = this.#count(rule, now);
    const { k, w = 0, j = 0 } = this.#rules.find(rule) ?? {};
    if (k === BUCKET) count.missing += amount;
    else count.log.push([now + w + j, amount]);
  }

  /** The first instant at which `over` tokens less are spent. */
  readyAt(rule: string, over: number, now: number): number {
    const { log } = this.#count(rule, now);
    const rate = this.#rate(rule);
    if (rate > 0) return now + over / rate;
    let left = over;
    for (const [until, amount] of log) {
      left -= amount;
      if (left <= 0) return until + TICK;
    }
    return Number.POSITIVE_INFINITY;
  }

  #rate(rule: string): number {
    const { k, s = 0, r = 0, l = 1 } = this.#rules.find(rule) ?? {};
    return k === BUCKET ? (s * r) / l : 0;
  }

  #count(rule: string, now: number): Count {
    let count = this.#counts.get(rule);
    if (count === undefined) {
      const { k, s = 0, w = 0, j = 0 } = this.#rules.find(rule) ?? {};
      count = { log: [], missing: 0, at: this.#start };
      if (k === BUCKET) count.missing = this.most(rule);
      else count.log.push([this.#start + w + j, s]);
      this.#counts.set(rule, count);
    }
    // An entry as old as the interval still counts.
    const first = count.log.findIndex(([until]) => until >= now);
    count.log.splice(0, first < 0 ? count.log.length : first);
    if (now > count.at) {
      count.missing = Math.max(0, count.missing - this.#rate(rule) * (now - count.at));
      count.at = now;
    }
    return count;
  }
}

/** The time after an entry's last instant at which its tokens are free, in milliseconds. */
const TICK = 0.001;
