/** A pause until `resume`, in milliseconds: 100 years. */
export const FOREVER = 3.1536e12;

/** Two ends of a pause within this are the same, in milliseconds. */
const ECHO = 250;

/**
 * The pauses that all know, so that those which the ledger has told are not told to it again. The
 * rule `''` stands for all. Instants are those of the wall clock.
 */
export class KnownPauses {
  readonly #until = new Map<string, number>();

  /** Notes a pause that came from the ledger or is told to it. */
  add(rule: string, until: number): void {
    this.#until.set(rule, until);
  }

  /** Notes that a pause lasts until an instant at least. */
  extend(rule: string, until: number): void {
    this.#until.set(rule, Math.max(this.#until.get(rule) ?? 0, until));
  }

  delete(rule: string): void {
    this.#until.delete(rule);
  }

  clear(): void {
    this.#until.clear();
  }

  /** Notes pauses of rules, and returns the rules of which all do not know. */
  addNew(rules: readonly string[], until: number): string[] {
    return rules.filter((id) => {
      // A pause of the ledger comes back as an event, a little later each time.
      const isNew = until > (this.#until.get(id) ?? 0) + ECHO;
      if (isNew) this.#until.set(id, until);
      return isNew;
    });
  }
}
