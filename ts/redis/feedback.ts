import type { LedgerClock } from './ledger-clock.js';
import type { SessionOwner } from './owner.js';
import type { Answer } from './wire.js';

/**
 * Pauses and refusals that the ledger tells. Answers and messages overtake each other, so each
 * carries the instant of the ledger at which it was true.
 */
export class Feedback {
  readonly #owner: SessionOwner;
  readonly #clock: LedgerClock;
  /** The instants at which the pause of each rule was told last. */
  readonly #pausesAt = new Map<string, number>();
  /** The latest instant at which a message told a change of pauses. */
  #changedAt = 0;
  /** The instant at which the number of refusals was told last. */
  #rowAt = 0;
  #refusals = 0;

  constructor(owner: SessionOwner, clock: LedgerClock) {
    this.#owner = owner;
    this.#clock = clock;
  }

  /** The number of refusals in a row, of all processes. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Forgets the instants of a ledger that was lost. */
  forget(): void {
    this.#pausesAt.clear();
    this.#changedAt = 0;
  }

  /** Takes in a message about pauses. */
  changed(pauses: Answer['pa'], at: number, now: number): void {
    this.paused(pauses, at, now);
    this.#changedAt = Math.max(this.#changedAt, at);
  }

  /** Whether an answer is from before a pause, or the end of one, that a message has told. */
  isOverdue(at: number): boolean {
    return at < this.#changedAt;
  }

  paused(pauses: Answer['pa'], at: number, now: number): void {
    for (const [rule, until] of pauses) {
      if (at < (this.#pausesAt.get(rule) ?? 0)) continue;
      this.#pausesAt.set(rule, at);
      const ms = until === 0 ? -1 : this.#clock.isKnown ? this.#clock.toLocal(until, now) - now : 0;
      if (until === 0 || ms > 0) this.#owner.pauseHere(rule, ms);
    }
  }

  /** @param isLost whether the ledger was lost, and with it the number */
  refused(count: number, rules: string | undefined, at: number, isLost: boolean): void {
    if (at < this.#rowAt && !isLost) return;
    this.#rowAt = at;
    const isNew = count !== this.#refusals && !isLost;
    this.#refusals = count;
    if (isNew) this.#owner.refusedHere(count, rules === undefined ? undefined : JSON.parse(rules));
  }
}
