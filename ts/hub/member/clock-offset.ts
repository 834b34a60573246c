/**
 * An upper bound of the hub's clock minus the clock of this member, from messages that were
 * answered: the hub heard one at `heardAt`, after it was sent at `sentAt`, so the difference is at
 * most `heardAt - sentAt`. Both clocks are of one machine and run at one rate, so the least bound
 * stays right.
 */
export class ClockOffset {
  #bound = Number.POSITIVE_INFINITY;

  learn(sentAt: number, heardAt: number): void {
    this.#bound = Math.min(this.#bound, heardAt - sentAt);
  }

  /** Returns an instant of the hub's clock on the clock of this member: that one or an earlier. */
  local(instant: number): number {
    return instant - this.#bound;
  }
}
