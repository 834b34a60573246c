import type { Timing } from './caller.js';

/** The longest time of a timer, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** One timer, for the next instant at which there is something to do. */
export class Alarm {
  readonly #timing: Timing;
  readonly #ring: () => void;
  #handle: unknown;
  #at = Number.POSITIVE_INFINITY;

  constructor(timing: Timing, ring: () => void) {
    this.#timing = timing;
    this.#ring = ring;
  }

  /**
   * Sets the instant in place of the one before; infinite for none.
   *
   * @param isNeeded whether the timer keeps the program alive
   */
  set(at: number, now: number, isNeeded: boolean): void {
    if (at === this.#at) return;
    this.clear();
    if (at === Number.POSITIVE_INFINITY) return;
    this.#at = at;
    this.#handle = this.#timing.setTimeout(
      () => {
        this.#at = Number.POSITIVE_INFINITY;
        this.#ring();
      },
      Math.min(Math.max(0, at - now), LONGEST),
    );
    if (!isNeeded) (this.#handle as { unref?(): void } | undefined)?.unref?.();
  }

  clear(): void {
    this.#timing.clearTimeout(this.#handle);
    this.#at = Number.POSITIVE_INFINITY;
  }
}
