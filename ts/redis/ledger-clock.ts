/** How far two clocks may drift apart, as a fraction of the time that passes. */
const DRIFT = 0.001;

/** An instant that never comes, as JSON has no infinite numbers. */
const NEVER = Number.MAX_SAFE_INTEGER;

/**
 * The clock of the ledger, as far as calls tell: an upper bound of the difference between it and
 * the clock of this process. The ledger reads its clock after a call was sent, so the difference is
 * at most that reading minus the instant of sending.
 */
export class LedgerClock {
  #bound = Number.POSITIVE_INFINITY;
  #at = 0;
  /** The round trip of the answer that gave the bound. */
  #trip = 0;

  /**
   * Takes in an answer.
   *
   * @param ledger the reading, of a call that was sent at `sent` and answered at `heard`
   */
  learn(ledger: number, sent: number, heard: number): void {
    const bound = ledger - sent;
    if (bound > this.#boundAt(sent)) return;
    this.#bound = bound;
    this.#at = sent;
    this.#trip = heard - sent;
  }

  /** The likely reading now: that of an answer is from the middle of its round trip. */
  reading(now: number): number {
    return now + this.#bound - this.#trip / 2;
  }

  get isKnown(): boolean {
    return this.#bound < Number.POSITIVE_INFINITY;
  }

  forget(): void {
    this.#bound = Number.POSITIVE_INFINITY;
  }

  /** Returns an instant of this process that is not after an instant of the ledger. */
  toLocal(ledger: number, now: number): number {
    return ledger - this.#boundAt(now);
  }

  /**
   * Returns an instant of the ledger that is not before an instant of this process: one that never
   * comes while the clock is not known.
   */
  toLedger(local: number, now: number): number {
    return Math.min(local + this.#boundAt(now), NEVER);
  }

  #boundAt(now: number): number {
    return this.#bound + DRIFT * Math.max(0, now - this.#at);
  }
}
