/** The number of requests in the recent past. */
export class Traffic {
  #keep;
  #now;
  /** @type {number[]} */
  #times = [];

  /**
   * @param {number} keep milliseconds for which requests are kept
   * @param {() => number} now
   */
  constructor(keep, now) {
    this.#keep = keep;
    this.#now = now;
  }

  /** Counts a request. */
  add() {
    const now = this.#now();
    const first = this.#times.findIndex((at) => now - at <= this.#keep);
    this.#times.splice(0, first === -1 ? this.#times.length : first);
    this.#times.push(now);
  }

  /** @param {number} ms at most those that are kept */
  within(ms) {
    const now = this.#now();
    return this.#times.filter((at) => now - at <= ms).length;
  }
}
