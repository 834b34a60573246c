import type { ThrottlerStats } from '../../index.js';
import { Waits } from './waits.js';

/** The counts of one member since it was made. */
export class Counts {
  readonly #rejected: { [code: string]: number } = {};
  readonly #waits = new Waits();
  #granted = 0;
  aborted = 0;
  /** Grants that came too late and were given back. */
  late = 0;

  granted(waited: number): void {
    this.#granted += 1;
    this.#waits.add(waited);
  }

  rejected(code: string): void {
    this.#rejected[code] = (this.#rejected[code] ?? 0) + 1;
  }

  summary(): Pick<ThrottlerStats, 'granted' | 'rejected' | 'aborted' | 'wait'> {
    return {
      granted: this.#granted,
      rejected: { ...this.#rejected },
      aborted: this.aborted,
      wait: this.#waits.summary(),
    };
  }
}
