/**
 * The stand-in for a throttler, for the bot without one. It knows no limits and ignores reports. It
 * only spaces out requests to `perSecond`, so that the bot does not take up the whole machine.
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
    await new Promise((resolve) =>
      this.clock.setTimeout(() => resolve(undefined), this.#next - now),
    );
    return { release: () => undefined };
  }

  report() {}
}
