/**
 * Virtual time for real HTTP: it passes only while no real task is running, and then from timer to
 * timer. The result of a run thus does not depend on the speed of the machine, a minute takes as
 * long as its requests, and each run is the same.
 *
 * It can be the `clock` of a throttler.
 */

/** 2026-01-01, a whole minute and a whole day. */
const START = Date.UTC(2026, 0, 1);

/** The shortest timer, ms. */
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
    // A time so short that adding it changes nothing would never pass: the throttler would set the
    // timer again and again.
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
   * Runs a real task, during which time stands still.
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
   * Sleeps within a real task, so that time passes meanwhile.
   *
   * @param {number} ms
   */
  async sleepWithin(ms) {
    this.#real -= 1;
    await this.sleep(ms);
    this.#real += 1;
  }

  /**
   * Lets time pass up to an instant and fires all timers that are due by then.
   *
   * @param {number} end
   */
  async run(end) {
    await this.#quiet();
    while (this.#fireNext(end)) await this.#quiet();
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Lets time pass until a promise is settled. Returns its value or throws its reason.
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
      if (!this.#fireNext(Number.POSITIVE_INFINITY))
        throw new Error('nothing is due, so the promise waits forever');
      await this.#quiet();
    }
    return promise;
  }

  /** Waits until promises have reacted and no real task is running. */
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
    for (const [handle, { due }] of this.#timers)
      if (!first || due < first.due) first = { handle, due };
    if (first === undefined || first.due > end) return false;
    const { callback } = /** @type {{ callback: () => void }} */ (this.#timers.get(first.handle));
    this.#timers.delete(first.handle);
    this.#now = Math.max(this.#now, first.due);
    callback();
    return true;
  }
}
