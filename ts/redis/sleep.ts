import type { Timing } from './caller.js';

/** A difference of the clocks that grows by this means that the machine slept, in milliseconds. */
const SLEPT = 50;

/** Notices that the machine slept: its monotonic clock stood still, and its wall clock did not. */
export class Sleep {
  readonly #timing: Timing;
  #difference: number;

  constructor(timing: Timing) {
    this.#timing = timing;
    this.#difference = Date.now() - timing.now();
  }

  /** Whether it slept, or the wall clock was set, since the last question. */
  hasSlept(): boolean {
    const difference = Date.now() - this.#timing.now();
    if (Math.abs(difference - this.#difference) < SLEPT) return false;
    this.#difference = difference;
    return true;
  }
}
