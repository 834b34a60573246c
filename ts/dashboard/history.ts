import type { Reading } from '../shared/watch/reading.js';

/** The number of points, one a second: five minutes. */
export const POINTS = 300;
/** The most rules that are charted. */
export const CHARTED = 4;
/** Rules to chart are chosen this often, in points, so that lines do not come and go. */
const CHOSEN_EVERY = 10;

/** The last minutes of a throttler, in a fixed number of points. */
export class History {
  /** Positions before now, in seconds: -299 to 0. */
  readonly xs: readonly number[] = Array.from({ length: POINTS }, (_, n) => n - POINTS + 1);
  readonly granted = new Ring();
  readonly waiting = new Ring();
  /** The used fractions of rules by their ids, in percent. */
  readonly #rules = new Map<string, Ring>();
  #charted: readonly string[] = [];
  #second: number | undefined;
  #last: { readonly second: number; readonly granted: number } | undefined;
  #age = 0;

  /** The ids of the rules to chart: those that were used most. */
  get charted(): readonly string[] {
    return this.#charted;
  }

  /** Returns the points of a rule. */
  points(id: string): readonly (number | null)[] {
    return this.#rules.get(id)?.values ?? new Ring().values;
  }

  /**
   * Takes a reading in. The first one of each second counts; seconds without one are gaps.
   *
   * @returns whether there is a new point
   */
  add(reading: Reading): boolean {
    const second = Math.floor(reading.at / 1000);
    if (this.#second !== undefined && second < this.#second) this.#clear();
    if (second === this.#second) return false;
    const passed = this.#second === undefined ? 1 : second - this.#second;
    this.#second = second;
    const gap = Math.min(POINTS, passed - 1);
    // A reading that comes a little late leaves no gap.
    const isGap = gap > 1;
    const since = this.#last && Math.max(1, second - this.#last.second);
    const rate = this.#last && since ? (reading.granted - this.#last.granted) / since : null;
    this.#last = { second, granted: reading.granted };
    this.granted.push(isGap ? null : rate, gap, isGap ? null : rate);
    const { critical, normal, low } = reading.waiting;
    const waiting = critical.count + normal.count + low.count;
    this.waiting.push(waiting, gap, isGap ? null : waiting);
    this.#addRules(reading, gap, isGap);
    return true;
  }

  #addRules({ rules }: Reading, gap: number, isGap: boolean): void {
    const present = new Set(rules.map(({ id }) => id));
    for (const id of this.#rules.keys()) if (!present.has(id)) this.#rules.delete(id);
    for (const { id, used, limit } of rules) {
      let ring = this.#rules.get(id);
      if (ring === undefined) {
        ring = new Ring();
        this.#rules.set(id, ring);
      }
      const value = (used / limit) * 100;
      ring.push(value, gap, isGap ? null : value);
    }
    const isMissing = this.#charted.some((id) => !this.#rules.has(id));
    if (this.#age % CHOSEN_EVERY === 0 || isMissing) this.#choose();
    this.#age += 1;
  }

  /** Keeps the order of the rules, so that a rule keeps its place in the legend. */
  #choose(): void {
    const ids = [...this.#rules.keys()];
    const peak = (id: string) => this.#rules.get(id)?.peak ?? 0;
    const most = new Set([...ids].sort((a, b) => peak(b) - peak(a)).slice(0, CHARTED));
    const chosen = ids.filter((id) => most.has(id));
    if (chosen.join('\n') !== this.#charted.join('\n')) this.#charted = chosen;
  }

  /** The clock of the throttler was set back: it is another one. */
  #clear(): void {
    this.granted.clear();
    this.waiting.clear();
    this.#rules.clear();
    this.#last = undefined;
    this.#second = undefined;
  }
}

/** The latest values, as many as there are points. */
export class Ring {
  #values: (number | null)[] = new Array(POINTS).fill(null);

  /** The values, the oldest first. The array is reused. */
  get values(): readonly (number | null)[] {
    return this.#values;
  }

  get peak(): number {
    return this.#values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  }

  /** Appends `gap` times the value `filler`, then `value`. */
  push(value: number | null, gap: number, filler: number | null): void {
    const values = this.#values;
    const moved = Math.min(POINTS, gap + 1);
    values.copyWithin(0, moved);
    values.fill(filler, POINTS - moved);
    values[POINTS - 1] = value;
  }

  clear(): void {
    this.#values.fill(null);
  }
}
