// A clock of virtual time for a throttler.

/** A clock that stands still until it is advanced, with timers that fire in order. */
export class VirtualClock {
  #now = 0;
  /** @type {Map<unknown, { at: number, callback: () => void }>} */
  #timers = new Map();

  now = () => this.#now;
  /** Virtual time starts at a full minute. */
  wallNow = () => Date.UTC(2026, 0) + this.#now;
  setTimeout = (/** @type {() => void} */ callback, /** @type {number} */ ms) => {
    const handle = {};
    this.#timers.set(handle, { at: this.#now + Math.max(ms, 0), callback });
    return handle;
  };
  clearTimeout = (/** @type {unknown} */ handle) => {
    this.#timers.delete(handle);
  };

  /**
   * Goes on to an instant, fires the timers on the way, and lets the code behind each run.
   * @param {number} end in milliseconds
   */
  async advanceTo(end) {
    for (;;) {
      let next;
      for (const [handle, timer] of this.#timers)
        if (timer.at <= end && !(next && next.at <= timer.at)) next = { handle, ...timer };
      if (!next) break;
      this.#timers.delete(next.handle);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settled();
    }
    this.#now = Math.max(this.#now, end);
  }
}

/** Lets the code behind resolved promises run. */
async function settled() {
  for (let turn = 0; turn < 4; turn++) await Promise.resolve();
}
