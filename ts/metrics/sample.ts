import { invalidConfig, type Throttler } from '../index.js';

/** The part of a throttler that is measured. */
// biome-ignore lint/suspicious/noExplicitAny: a throttler of any rules
export type Measured = Pick<Throttler<any>, 'getStats' | 'getStatus' | 'getRule' | 'on'>;

/** A throttler, or throttlers by name. */
export type MeasuredThrottlers = Measured | { readonly [name: string]: Measured };

/** The rule of a sample; for a family, its member that is used most. */
export interface RuleSample {
  readonly used: number;
  readonly limit: number;
  readonly peak: number;
}

/** A throttler as metrics see it, at one instant. */
export interface Sample extends ReturnType<Measured['getStats']> {
  readonly rules: ReadonlyMap<string, RuleSample>;
  /** The numbers of pauses for a refusal (429) or a ban (418), by status. */
  readonly refused: ReadonlyMap<429 | 418, number>;
  /** The rest of the longest pause in force, in milliseconds; `Infinity` until `resume`. */
  readonly pausedFor: number;
}

/** Reads throttlers, at most once in a tick however many metrics ask. */
export class Sampler {
  readonly #throttlers: readonly (readonly [string, Measured])[];
  readonly #refused = new Map<string, Map<429 | 418, number>>();
  readonly #leave: readonly (() => void)[];
  #samples: readonly (readonly [string, Sample])[] | undefined;

  /** @throws {InvalidConfigError} there is no throttler, or one of them is none */
  constructor(throttlers: MeasuredThrottlers) {
    this.#throttlers = isMeasured(throttlers)
      ? [['default', throttlers]]
      : Object.entries(Object(throttlers));
    const isValid = this.#throttlers.length > 0 && this.#throttlers.every(([, t]) => isMeasured(t));
    if (!isValid)
      throw invalidConfig('throttler', 'a throttler, or throttlers by name', throttlers);
    this.#leave = this.#throttlers.map(([name, throttler]) => {
      const counts = new Map<429 | 418, number>([
        [429, 0],
        [418, 0],
      ]);
      this.#refused.set(name, counts);
      // Only pauses are listened to: they are rare.
      return throttler.on('pause', ({ status }) => {
        if (status === 429 || status === 418) counts.set(status, (counts.get(status) ?? 0) + 1);
      });
    });
  }

  close(): void {
    for (const leave of this.#leave) leave();
  }

  /** Returns the throttlers by name. */
  read(): readonly (readonly [string, Sample])[] {
    if (this.#samples === undefined) {
      this.#samples = this.#throttlers.map(([name, throttler]) => [
        name,
        this.#of(name, throttler),
      ]);
      // Metrics of one collection are of one instant. The next tick is another one.
      Promise.resolve().then(() => {
        this.#samples = undefined;
      });
    }
    return this.#samples;
  }

  #of(name: string, throttler: Measured): Sample {
    const stats = throttler.getStats();
    const until = stats.pausedUntil;
    return {
      ...stats,
      rules: rulesOf(throttler, stats.peakUtilization),
      refused: this.#refused.get(name) ?? new Map(),
      pausedFor: until === null ? 0 : Math.max(0, until - Date.now()),
    };
  }
}

function isMeasured(value: unknown): value is Measured {
  return typeof (value as { getStats?: unknown } | null | undefined)?.getStats === 'function';
}

/**
 * Returns the rules by id. Members of families are left out, as they come and go by the thousand;
 * the family stands for the one that is used most.
 */
function rulesOf(
  throttler: Measured,
  peaks: { readonly [ruleId: string]: number },
): Map<string, RuleSample> {
  const rules = new Map<string, RuleSample>();
  for (const [id, { tokens, capacity }] of Object.entries(statusOf(throttler))) {
    const family = throttler.getRule(id)?.id ?? id;
    const used = Math.max(0, capacity - tokens);
    const last = rules.get(family);
    if (last !== undefined && last.used / last.limit >= used / capacity) continue;
    rules.set(family, { used, limit: capacity, peak: peaks[family] ?? 0 });
  }
  return rules;
}

/** Returns no rules for a throttler that is closed. */
function statusOf(throttler: Measured): ReturnType<Measured['getStatus']> {
  try {
    return throttler.getStatus();
  } catch (error) {
    if ((error as { code?: unknown }).code === 'CLOSED') return {};
    throw error;
  }
}
