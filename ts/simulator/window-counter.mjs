/**
 * One counter of one client: a fixed window aligned to the clock, as Binance counts. The window's
 * number is floor(now / length), and the count starts from zero whenever it changes. Time is an
 * argument.
 *
 * Finished windows are kept (two numbers each), because the share of a limit that a client got can
 * only be computed from whole windows.
 */
export class WindowCounter {
  /** @type {Map<number, { counted: number, accepted: number }>} by window number */
  #windows = new Map();

  /**
   * @param {number} limit the most that one window accepts
   * @param {number} length of the window, ms
   */
  constructor(limit, length) {
    this.limit = limit;
    this.length = length;
  }

  /** @param {number} now */
  #window(now) {
    const number = Math.floor(now / this.length);
    let window = this.#windows.get(number);
    if (window === undefined) {
      window = { counted: 0, accepted: 0 };
      this.#windows.set(number, window);
    }
    return window;
  }

  /**
   * The usage that the header shows.
   *
   * @param {number} now
   */
  used(now) {
    return this.#windows.get(Math.floor(now / this.length))?.counted ?? 0;
  }

  /** @param {number} now */
  remaining(now) {
    return this.limit - this.used(now);
  }

  /**
   * @param {number} now
   * @param {number} cost
   */
  fits(now, cost) {
    return this.used(now) + cost <= this.limit;
  }

  /**
   * Counts a request. A refused request counts too, so continuing after a refusal makes it worse.
   *
   * @param {number} now
   * @param {number} cost
   * @param {boolean} accepted
   */
  add(now, cost, accepted) {
    const window = this.#window(now);
    window.counted += cost;
    if (accepted) window.accepted += cost;
  }

  /**
   * When the current window ends.
   *
   * @param {number} now
   */
  windowEnd(now) {
    return (Math.floor(now / this.length) + 1) * this.length;
  }

  /**
   * The cost accepted in the windows that lie wholly within a span of time.
   *
   * @param {number} from
   * @param {number} to
   */
  wholeWindows(from, to) {
    const first = Math.ceil(from / this.length);
    const windows = Math.max(0, Math.floor(to / this.length) - first);
    let accepted = 0;
    for (let number = first; number < first + windows; number += 1) {
      accepted += this.#windows.get(number)?.accepted ?? 0;
    }
    return { windows, accepted, possible: windows * this.limit };
  }
}
