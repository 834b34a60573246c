import {
  invalidConfig,
  type MultiThrottler,
  type MultiThrottlerConfig,
  type ThrottleCost,
  type ThrottleOptions,
  UnknownRuleError,
} from '../index.js';
import type { RateLimit } from './rate-limit.js';
import { ruleId, type ScaledLimit, type Scaling, scale } from './rate-limit-rule.js';
import { TaskContext } from './task-context.js';
import { unbounded } from './unbounded.js';

/** Options of an {@link AsyncThrottler}. */
export interface AsyncThrottlerOptions {
  /** Accepted for code that is ported, and without effect, as nothing is polled. Seconds. */
  retryInterval?: number | undefined;
  /**
   * How much longer than its interval a task counts, as a fraction of the interval: 0 or more.
   *
   * @defaultValue 0.05
   */
  safetyMarginPct?: number | undefined;
  /**
   * The percentage of each limit that is used, from 0 to 100: `max(1, floor(limit * percentage /
   * 100))`.
   *
   * @defaultValue 100
   */
  limitsSharePercentage?: number | undefined;
}

/**
 * Hummingbot's `AsyncThrottler` (20260922): limits by id, each a rolling window in which a task
 * counts for its interval and a margin of safety, and pools of them.
 *
 * Differences from the original:
 *
 * - A task is granted when its window has room. There it looks every `retryInterval`, 0.1 s.
 * - A task whose weight exceeds a limit rejects with {@link CostExceedsCapacityError}. There it
 *   waits for ever. So does a waiting task when a limit is lowered below its weight.
 * - An unknown limit id rejects with {@link UnknownRuleError} on entry. There it raises
 *   `AttributeError`.
 * - A linked id that is not defined is left out, as there, and a warning says so once.
 * - Tasks of one pool are served in order of arrival. There whichever looks first is first.
 * - Time is monotonic. There it is that of the wall, and a step of the clock changes the limits.
 * - Limits that change apply to waiting tasks too.
 *
 * @example
 * const throttler = new AsyncThrottler([
 *   new RateLimit('REQUEST_WEIGHT', { limit: 1200, timeInterval: 60 }),
 *   new RateLimit('/depth', {
 *     limit: 5000,
 *     timeInterval: 60,
 *     linkedLimits: [new LinkedLimitWeightPair('REQUEST_WEIGHT', 50)],
 *   }),
 * ]);
 * await throttler.executeTask('/depth').run(() => fetch(url));
 */
export class AsyncThrottler {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'AsyncThrottler';

  /**
   * The throttler behind it, for everything that the original lacks: `report` for refusals,
   * `syncUsage`, `snapshot`. Its rules have the ids of the limits.
   */
  readonly throttler: MultiThrottler;
  readonly #scaling: Scaling;
  readonly #limits = new Map<string, RateLimit>();
  /** Linked ids that were reported as undefined. */
  readonly #reported = new Set<string>();

  /**
   * @param rateLimits the limits; of two with the same id the later one counts
   * @param config the configuration of the throttler. Its queue has no bound by default
   * @throws {InvalidConfigError} an option or a field of a limit is out of its range
   */
  constructor(
    rateLimits: readonly RateLimit[],
    options?: AsyncThrottlerOptions,
    config?: MultiThrottlerConfig,
  ) {
    const { safetyMarginPct = 0.05, limitsSharePercentage = 100 } = options ?? {};
    if (!(safetyMarginPct >= 0 && safetyMarginPct < Number.POSITIVE_INFINITY)) {
      throw invalidConfig('safetyMarginPct', 'a number of 0 or more', safetyMarginPct);
    }
    if (!(limitsSharePercentage >= 0 && limitsSharePercentage <= 100)) {
      throw invalidConfig('limitsSharePercentage', 'from 0 to 100', limitsSharePercentage);
    }
    this.#scaling = { safetyMarginPct, limitsSharePercentage };
    this.throttler = unbounded<string>([], config);
    this.setRateLimits(rateLimits);
  }

  /**
   * Returns the context of a task under a limit. It is entered with `await` or `run`, and rejects
   * then if the limit is unknown, the weight too large, or the signal of `options` aborts.
   */
  executeTask(limitId: string, options?: ThrottleOptions): TaskContext {
    return new TaskContext(async () => this.throttler.throttle(this.#costOf(limitId), options));
  }

  /**
   * Returns whether the own limit and all linked ones have room for a task now, whether or not
   * others wait for it. True for an unknown id, as in the original.
   */
  withinCapacity(limitId: string): boolean {
    if (!this.#limits.has(limitId)) return true;
    const status = this.throttler.getStatus();
    return Object.entries(this.#costOf(limitId)).every(
      ([id, cost]) => (status[id]?.tokens ?? 0) >= cost,
    );
  }

  /**
   * Returns a limit, as it is scaled, and the defined ones that it is linked to, each with its
   * weight.
   *
   * @throws {UnknownRuleError} there is no such limit (the original returns none)
   */
  getRelatedLimits(limitId: string): [RateLimit, [RateLimit, number][]] {
    const limit = this.#limits.get(limitId);
    if (limit === undefined) throw this.#unknown(limitId);
    const related: [RateLimit, number][] = [];
    for (const { limitId: linkedId, weight } of limit.linkedLimits) {
      const linked = this.#limits.get(linkedId);
      if (linked) related.push([linked, weight]);
      else this.#report(limitId, linkedId);
    }
    return [limit, related];
  }

  /**
   * Replaces all limits. Usage is kept, also of a limit that is left out now and set again later:
   * its rule stays in the throttler.
   *
   * @throws {InvalidConfigError} a field of a limit is out of its range; nothing has changed then
   */
  setRateLimits(rateLimits: readonly RateLimit[]): void {
    const scaled = rateLimits.map((limit) => scale(limit, this.#scaling));
    this.#limits.clear();
    for (const limit of scaled) this.#define(limit);
  }

  /**
   * Adds the limits whose ids are new. Those of known ids are skipped, as in the original.
   *
   * @throws {InvalidConfigError} a field of a limit is out of its range; nothing has changed then
   */
  addRateLimits(rateLimits: readonly RateLimit[]): void {
    const scaled = rateLimits.map((limit) => scale(limit, this.#scaling));
    for (const one of scaled) {
      if (!this.#limits.has(one.limit.limitId)) this.#define(one);
    }
  }

  #define({ limit, rule }: ScaledLimit): void {
    this.#limits.set(limit.limitId, limit);
    if (this.throttler.getRule(rule.id)) {
      const { limit: most, interval, jitter } = rule;
      this.throttler.updateRule(rule.id, { limit: most, interval, jitter });
    } else {
      this.throttler.addRule(rule);
    }
  }

  /** Returns the cost of a task under its own limit and the linked ones. */
  #costOf(limitId: string): ThrottleCost {
    const [{ weight }, related] = this.getRelatedLimits(limitId);
    const costs = new Map([[ruleId(limitId), weight]]);
    for (const [{ limitId: linkedId }, linkedWeight] of related) {
      const id = ruleId(linkedId);
      costs.set(id, (costs.get(id) ?? 0) + linkedWeight);
    }
    return Object.fromEntries(costs);
  }

  #unknown(limitId: string): UnknownRuleError {
    const known = [...this.#limits.keys()].join(', ');
    const message = `Unknown throttle rule: ${limitId}. Available rules: ${known}`;
    return new UnknownRuleError(message, 'UNKNOWN_RULE', { ruleId: limitId });
  }

  /** Warns of a link to a limit that is not defined, once for each such id. */
  #report(limitId: string, linkedId: string): void {
    if (this.#reported.has(linkedId)) return;
    this.#reported.add(linkedId);
    console.warn(
      `multi-throttler: the limit ${limitId} is linked to ${linkedId}, which is not defined; ` +
        'the link is left out',
    );
  }
}
