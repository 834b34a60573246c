/**
 * What stands in for the throttler of the bot that has none: it knows no limits and listens to no answer. It only keeps the
 * bot from taking the whole machine, by spacing requests out to `perSecond`.
 */
export class NoThrottler {
  #next = 0;

  /** @param {{ perSecond: number }} o */
  constructor({ perSecond }) {
    this.spacing = 1000 / perSecond;
  }

  async acquire() {
    const now = performance.now();
    this.#next = Math.max(this.#next, now) + this.spacing;
    await new Promise((resolve) => setTimeout(resolve, this.#next - now));
    return { release: () => undefined };
  }

  report() {}
}
