/** The number of instants that are kept for one class. */
const KEPT = 4096;

/**
 * The instants at which the latest requests of one class began to wait, for a throttler whose
 * engine is elsewhere. They tell how long the oldest waiter has waited at least, without a look at
 * each grant, which would cost more than all else that is watched.
 */
export class QueueTimes {
  /** A ring; allocated for the first waiter. */
  #times: Float64Array | undefined;
  #count = 0;
  readonly #since: number;

  /** @param since the instant from which on all waiters are added */
  constructor(since: number) {
    this.#since = since;
  }

  add(at: number): void {
    this.#times ??= new Float64Array(KEPT);
    this.#times[this.#count % KEPT] = at;
    this.#count += 1;
  }

  /**
   * Returns how long the oldest of `waiting` requests has waited. If they left in another order
   * than they came, or there are more than are kept, it has waited at least that long.
   */
  longest(waiting: number, now: number): number {
    if (waiting === 0) return 0;
    if (waiting > this.#count) return now - this.#since;
    const back = Math.min(waiting, KEPT);
    const at = this.#times?.[(this.#count - back) % KEPT] ?? now;
    return Math.max(0, now - at);
  }
}
