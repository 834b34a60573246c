import { keyOf } from './lanes.js';
import type { Answer, Request } from './wire.js';

/** Delays after the first process in turn, as its call serves all. */
const RANK = { first: 15, each: 3 };

/** When a process asks again for what waits there. */
export class Turn {
  /** Lanes that the ledger knows to wait, by class and costs. */
  #blocked = new Set<string>();
  #askAt = Number.POSITIVE_INFINITY;

  /** The instant at which what waits may be served; infinite if nothing is known to be blocked. */
  get askAt(): number {
    return this.#askAt;
  }

  /** Whether the ledger knows that requests of this class and these costs wait. */
  isBlocked(key: string): boolean {
    return this.#blocked.has(key);
  }

  /** Plans after an answer. */
  answered({ w }: Request, { again, rank }: Answer, now: number): void {
    // Without a time, the ledger has served each lane that it knew of.
    const isServed = again < 0;
    const delay = rank > 0 ? RANK.first + RANK.each * rank : 0;
    this.#askAt = isServed ? Number.POSITIVE_INFINITY : now + Math.max(again, 2) + delay;
    this.#blocked = new Set(isServed ? [] : w.map(([, level, , costs]) => keyOf(level, costs)));
  }

  /** Plans after a message with claims: requests that still wait are blocked. */
  served(now: number, hasWaiters: boolean): void {
    const delay = RANK.first * (1 + Math.random());
    this.#askAt = hasWaiters ? now + delay : Number.POSITIVE_INFINITY;
  }

  /** Asks at an instant. */
  askFrom(at: number): void {
    this.#askAt = at;
  }

  /** Forgets what waits, and asks at an instant. */
  reset(at: number): void {
    this.#blocked.clear();
    this.#askAt = at;
  }
}
