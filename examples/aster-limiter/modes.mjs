/**
 * @typedef {'burst' | 'liquidation'} Mode
 * @typedef {import('multi-throttler').Clock} Clock
 * @typedef {import('multi-throttler').MultiThrottler} MultiThrottler
 */

/** The longest delay of a timer. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * The two modes beside the normal one. Each has an end of its own; while both are on, the
 * liquidation mode is in force, and at its end the burst mode is again.
 */
export class Modes {
  /** The number of times that each mode was switched on. */
  activations = { burst: 0, liquidation: 0 };

  #throttler;
  #clock;
  #notify;
  /** The ends of the modes that are on, by the clock. */
  #ends = /** @type {{ [M in Mode]?: number | undefined }} */ ({});
  /** @type {unknown} */
  #timer;

  /**
   * @param {MultiThrottler} throttler
   * @param {Clock} clock
   * @param {(mode: Mode, change: { enabled: boolean, duration?: number }) => void} notify
   */
  constructor(throttler, clock, notify) {
    this.#throttler = throttler;
    this.#clock = clock;
    this.#notify = notify;
  }

  /**
   * Switches a mode on, or keeps it on for longer. A later end that it has already is kept.
   *
   * @param {Mode} mode
   * @param {number} duration milliseconds
   */
  enable(mode, duration) {
    const wasOn = this.isOn(mode);
    this.#ends[mode] = Math.max(this.#ends[mode] ?? 0, this.#clock.now() + duration);
    this.#apply();
    if (wasOn) return;
    this.activations[mode] += 1;
    this.#notify(mode, { enabled: true, duration });
  }

  /** @param {readonly Mode[]} modes */
  disable(...modes) {
    const on = modes.filter((mode) => this.isOn(mode));
    for (const mode of on) this.#ends[mode] = undefined;
    if (on.length > 0) this.#apply();
    for (const mode of on) this.#notify(mode, { enabled: false });
  }

  /** @param {Mode} mode */
  isOn(mode) {
    this.#expire();
    return this.#ends[mode] !== undefined;
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
  }

  /** Switches off the modes whose end has come. */
  #expire() {
    const now = this.#clock.now();
    const over = /** @type {Mode[]} */ (Object.keys(this.#ends)).filter(
      (mode) => (this.#ends[mode] ?? Number.POSITIVE_INFINITY) <= now,
    );
    if (over.length === 0) return;
    for (const mode of over) this.#ends[mode] = undefined;
    this.#apply();
    for (const mode of over) this.#notify(mode, { enabled: false });
  }

  /** Puts the mode into force that counts now, until its end. */
  #apply() {
    const now = this.#clock.now();
    const { burst, liquidation } = this.#ends;
    if (liquidation !== undefined) this.#throttler.setMode('liquidation', liquidation - now);
    else if (burst !== undefined) this.#throttler.setMode('burst', burst - now);
    else this.#throttler.setMode('normal');
    this.#clock.clearTimeout(this.#timer);
    const next = Math.min(...[burst, liquidation].filter((end) => end !== undefined));
    if (next === Number.POSITIVE_INFINITY) return;
    // It only reports the end in time, so it need not keep a process alive.
    this.#timer = this.#clock.setTimeout(() => this.#expire(), Math.min(next - now, LONGEST_DELAY));
    /** @type {{ unref?: () => void }} */ (this.#timer)?.unref?.();
  }
}
