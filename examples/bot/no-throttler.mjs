/**
 * What stands in for the throttler of the bot that has none: it knows no limits and listens to no answer. It only keeps the
 * bot from taking the whole machine, by spacing requests out to `perSecond`.
 */
export class NoThrottler {
  #next = 0;

  /** @param {{ perSecond: number, clock: import('multi-throttler').Clock }} o */
  constructor({ perSecond, clock }) {
    this.spacing = 1000 / perSecond;
    this.clock = clock;
  }

  async acquire() {
    const now = this.clock.now();
    this.#next = Math.max(this.#next, now) + this.spacing;
    await new Promise((resolve) => this.clock.setTimeout(() => resolve(undefined), this.#next - now));
    return { release: () => undefined };
  }

  report() {}
}
