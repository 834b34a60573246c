/** Entries of a rule that are kept apart. */
const MOST = 64;

/** An amount that was spent between two instants. */
interface Entry {
  amount: number;
  first: number;
  last: number;
}

/** The spending of this process, for a ledger that lost its data. */
export class Spending {
  readonly #byRule = new Map<string, Entry[]>();

  /** Adds an amount that was spent between two instants. */
  add(rule: string, amount: number, first: number, last: number): void {
    const entries = this.#byRule.get(rule) ?? [];
    this.#byRule.set(rule, entries);
    entries.push({ amount, first, last });
    if (entries.length <= MOST) return;
    // Of the two nearest, one that spans both.
    let nearest = 0;
    let gap = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < entries.length; i++) {
      const between = (entries[i + 1]?.last ?? 0) - (entries[i]?.first ?? 0);
      if (between < gap) [nearest, gap] = [i, between];
    }
    const [one, other] = entries.splice(nearest, 2) as [Entry, Entry];
    const amounts = one.amount + other.amount;
    entries.splice(nearest, 0, { amount: amounts, first: one.first, last: other.last });
  }

  /**
   * Returns what may still count: for each entry the rule, the amount, and how long ago it began
   * and ended.
   *
   * @param reach how long an amount counts under a rule; undefined for a rule that is gone
   */
  tell(
    now: number,
    reach: (rule: string, amount: number) => number | undefined,
  ): [rule: string, amount: number, first: number, last: number][] {
    const told: [string, number, number, number][] = [];
    for (const [rule, entries] of this.#byRule) {
      const left = entries.filter(({ amount, last }) => now - last <= (reach(rule, amount) ?? 0));
      if (left.length === 0) this.#byRule.delete(rule);
      else this.#byRule.set(rule, left);
      for (const { amount, first, last } of left) {
        told.push([rule, amount, Math.max(0, now - first), Math.max(0, now - last)]);
      }
    }
    return told;
  }
}
