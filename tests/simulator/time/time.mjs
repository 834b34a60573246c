/**
 * Virtual time for real HTTP: it moves only while nothing real is under way, and then from timer to timer. So what a run
 * comes to does not depend on how fast the machine is, a minute takes as long as its requests, and each run is the same.
 *
 * A throttler takes it as its `clock`.
 */

/** 2026-01-01, a whole minute and a whole day. */
const START = Date.UTC(2026, 0, 1);

/** ms */
const SHORTEST = 1e-6;

export class Time {
  #now = 0;
  #real = 0;
  #handles = 0;
  /** @type {Map<number, { due: number, callback: () => void }>} */
  #timers = new Map();

  /** @param {number} [start] Unix ms */
  constructor(start = START) {
    this.start = start;
  }

  now = () => this.#now;

  wallNow = () => this.start + this.#now;

  /**
   * @param {() => void} callback
   * @param {number} ms
   */
  setTimeout = (callback, ms) => {
    const handle = ++this.#handles;
    // A shorter time than a double can tell from none would not pass: the throttler would ask for it again and again.
    const delay = ms > 0 ? Math.max(ms, SHORTEST) : 0;
    this.#timers.set(handle, { due: this.#now + delay, callback });
    return handle;
  };

  /** @param {unknown} handle */
  clearTimeout = (handle) => {
    this.#timers.delete(/** @type {number} */ (handle));
  };

  /**
   * @param {number} ms
   * @returns {Promise<void>}
   */
  sleep = (ms) => new Promise((resolve) => this.setTimeout(resolve, ms));

  /**
   * Does something real, during which time stands still.
   *
   * @template T
   * @param {() => Promise<T>} task
   */
  async real(task) {
    this.#real += 1;
    try {
      return await task();
    } finally {
      this.#real -= 1;
    }
  }

  /**
   * Sleeps in the midst of something real, so that time passes meanwhile.
   *
   * @param {number} ms
   */
  async sleepWithin(ms) {
    this.#real -= 1;
    await this.sleep(ms);
    this.#real += 1;
  }

  /**
   * Lets time pass up to an instant, with all that falls due.
   *
   * @param {number} end
   */
  async run(end) {
    await this.#quiet();
    while (this.#fireNext(end)) await this.#quiet();
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Lets time pass until a promise is settled, and returns or throws what it came to.
   *
   * @template T
   * @param {Promise<T>} promise
   */
  async until(promise) {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.#quiet();
    while (!settled) {
      if (!this.#fireNext(Number.POSITIVE_INFINITY)) throw new Error('nothing is due, so it waits for ever');
      await this.#quiet();
    }
    return promise;
  }

  /** Promises have reacted, and nothing real is under way. */
  async #quiet() {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#real > 0);
  }

  /**
   * Fires the first timer, if it is due by `end`.
   *
   * @param {number} end
   */
  #fireNext(end) {
    let first;
    for (const [handle, { due }] of this.#timers) if (!first || due < first.due) first = { handle, due };
    if (first === undefined || first.due > end) return false;
    const { callback } = /** @type {{ callback: () => void }} */ (this.#timers.get(first.handle));
    this.#timers.delete(first.handle);
    this.#now = Math.max(this.#now, first.due);
    callback();
    return true;
  }
}
