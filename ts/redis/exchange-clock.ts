import type { LedgerClock } from './ledger-clock.js';

/** The part of a throttler that knows the exchange's clock. */
export interface ServerClock {
  /** The exchange's clock minus that of this machine; 0 if it is not known. */
  readonly clockOffset: number;
  /** Unix time on this machine, in milliseconds. */
  wallNow(): number;
  /** Sets the exchange's clock by a reading of now. */
  setClock(unix: number): void;
}

/** A difference of two clocks that may come from reading them, in milliseconds. */
const NOISE = 5;

/**
 * The exchange's clock minus the ledger's, by which windows of the calendar begin. A process tells
 * what it has learnt of reports or `syncClock`, and takes over what another one has told. Each
 * report then moves the difference no further than it requires, from what all know.
 */
export class ExchangeClock {
  readonly #owner: ServerClock;
  readonly #ledger: LedgerClock;
  /** The offset here when the difference was told or taken over last. */
  #offset = 0;

  constructor(owner: ServerClock, ledger: LedgerClock) {
    this.#owner = owner;
    this.#ledger = ledger;
  }

  /** Forgets that the ledger knows: it was lost. */
  forget(): void {
    this.#offset = 0;
  }

  /** Returns the difference, if it is to be told. */
  news(now: number): number | undefined {
    const { clockOffset } = this.#owner;
    if (!this.#ledger.isKnown || Math.abs(clockOffset - this.#offset) <= NOISE) return undefined;
    this.#offset = clockOffset;
    return this.#difference(now);
  }

  /** Takes over a difference that the ledger tells. */
  heard(difference: number | undefined, now: number): void {
    if (!difference || !this.#ledger.isKnown) return;
    // What is news here is told first.
    if (Math.abs(this.#owner.clockOffset - this.#offset) > NOISE) return;
    if (Math.abs(difference - this.#difference(now)) > 2 * NOISE) {
      this.#owner.setClock(this.#ledger.reading(now) + difference);
    }
    this.#offset = this.#owner.clockOffset;
  }

  #difference(now: number): number {
    return this.#owner.wallNow() + this.#owner.clockOffset - this.#ledger.reading(now);
  }
}
