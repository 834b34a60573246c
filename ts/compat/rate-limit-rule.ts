import { invalidConfig, type RollingWindowRule, rollingWindow } from '../index.js';
import { RateLimit } from './rate-limit.js';
import { milliseconds } from './seconds.js';

/** The options of a throttler that change its limits. */
export interface Scaling {
  /** The time for which a task counts beyond its interval, as a fraction of the interval. */
  readonly safetyMarginPct: number;
  /** The percentage of each limit that is used. */
  readonly limitsSharePercentage: number;
}

/** A limit as it is scaled, and the rule that enforces it. */
export interface ScaledLimit {
  readonly limit: RateLimit;
  readonly rule: RollingWindowRule;
}

/**
 * Scales a limit. A task counts while it is at most as old as the interval and its margin, as in a
 * rolling window with a jitter of that margin.
 *
 * @throws {InvalidConfigError} a field is out of its range
 */
export function scale(limit: RateLimit, scaling: Scaling): ScaledLimit {
  const { limitId, timeInterval, weight, linkedLimits } = limit;
  if (typeof limitId !== 'string' || limitId === '') {
    throw invalidConfig('limitId', 'a text that is not empty', limitId);
  }
  const most = share(limit.limit, scaling.limitsSharePercentage);
  const interval = milliseconds('timeInterval', timeInterval);
  const jitter = interval * scaling.safetyMarginPct;
  return {
    limit: new RateLimit(limitId, { limit: most, timeInterval, weight, linkedLimits }),
    rule: rollingWindow({ id: ruleId(limitId), limit: most, interval, jitter }),
  };
}

/**
 * Returns the id of the rule of a limit: the same one. An asterisk at its end would make it a
 * family of rules, so a space follows that, and any spaces that follow one already.
 */
export function ruleId(limitId: string): string {
  return /\* *$/.test(limitId) ? `${limitId} ` : limitId;
}

/** Returns `max(1, floor(limit * percentage / 100))`, without the error of the multiplication. */
function share(limit: number, percentage: number): number {
  if (!(typeof limit === 'number' && limit >= 0)) {
    throw invalidConfig('limit', 'a number of 0 or more', limit);
  }
  const product = (Math.min(limit, Number.MAX_SAFE_INTEGER) * percentage) / 100;
  const whole = Math.floor(product * (1 + 4 * Number.EPSILON));
  return Math.min(Math.max(1, whole), Number.MAX_SAFE_INTEGER);
}
