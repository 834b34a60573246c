import type { Occurrence } from './reading.js';

/** The number of occurrences that are kept. */
const KEPT = 100;
/** An occurrence after a gap of this many milliseconds is a new one. */
const GAP = 60_000;

type Details = Omit<Occurrence, 'seq' | 'at' | 'count'>;

/**
 * The latest occurrences. Repetitions are counted and not kept, as a rule that is used to its limit
 * may cross a level a thousand times a second.
 */
export class Journal {
  /** By key, the oldest first. */
  readonly #entries = new Map<string, Occurrence>();
  #seq = 0;

  /** @param key equal for repetitions of one occurrence */
  add(key: string, at: number, details: Details): void {
    const last = this.#entries.get(key);
    const count = last !== undefined && at - last.at < GAP ? last.count + 1 : 1;
    this.#seq += 1;
    // Moves it to the end.
    this.#entries.delete(key);
    this.#entries.set(key, { seq: this.#seq, at, count, ...details });
    if (this.#entries.size <= KEPT) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }

  /** The number of the latest occurrence; 0 if there is none. */
  get seq(): number {
    return this.#seq;
  }

  /** Returns the occurrences with numbers above `seq`, the oldest first. */
  since(seq: number): Occurrence[] {
    if (seq === this.#seq) return [];
    return [...this.#entries.values()].filter((entry) => entry.seq > seq);
  }
}
