import type { ThrottlerEvents } from '../index.js';
import type { SharedRules } from './shared-rules.js';
import type { Answer } from './wire.js';

/** The used fractions of which an event tells. */
const LEVELS = [0.75, 0.9, 1] as const;

/** Differences of used fractions up to this are rounding. */
const ROUNDING = 1e-9;

/** What the ledger has told of a rule. */
export interface Level {
  /** The tokens that remain for all. */
  readonly left: number;
  /** The tokens of open claims of other processes, spent or held. */
  readonly others: number;
  /** The instant at which it was told. */
  readonly at: number;
}

/** The usage of each rule by the last answer that told of it. */
export class Levels {
  readonly #byRule = new Map<string, Level>();
  /** The number of levels that a rule has reached since it was below them. */
  readonly #reached = new Map<string, number>();
  readonly #peaks = new Map<string, number>();

  /**
   * Takes in what an answer tells. Returns the levels that were reached on the way up.
   *
   * @param own the tokens of open claims of this process, by rule
   */
  learn(
    rules: SharedRules,
    told: Answer['lv'],
    own: ReadonlyMap<string, number>,
    now: number,
  ): Omit<ThrottlerEvents['threshold'], 'type'>[] {
    const crossed: Omit<ThrottlerEvents['threshold'], 'type'>[] = [];
    for (const [rule, left, open] of told) {
      const others = Math.max(0, open - (own.get(rule) ?? 0));
      this.#byRule.set(rule, { left, others, at: now });
      const definition = rules.find(rule);
      // Each request uses up the one token of a rule of spacing.
      if (definition === undefined || rules.isSpacing(rule)) continue;
      const utilization = 1 - left / definition.l;
      this.#peaks.set(rule, Math.max(this.#peaks.get(rule) ?? 0, utilization));
      const reached = LEVELS.filter((level) => utilization + ROUNDING >= level);
      for (const level of reached.slice(this.#reached.get(rule) ?? 0)) {
        crossed.push({ rule, level, utilization });
      }
      this.#reached.set(rule, reached.length);
    }
    return crossed;
  }

  /** Returns what was told of a rule, and how long ago. */
  of(rule: string, now: number): (Level & { readonly age: number }) | undefined {
    const level = this.#byRule.get(rule);
    return level && { ...level, age: now - level.at };
  }

  /** The largest used fraction so far, by rule. */
  get peaks(): { [rule: string]: number } {
    return Object.fromEntries(this.#peaks);
  }
}
