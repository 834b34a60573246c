import {
  fixedWindow,
  type IntervalType,
  invalidConfig,
  type Rule,
  rollingWindow,
  tokenBucket,
} from '../../index.js';

/** One entry of `rateLimits` in the answer to Binance's `exchangeInfo`; Aster and others use the same format. */
export interface RateLimit {
  /** `REQUEST_WEIGHT`, `ORDERS`, `RAW_REQUESTS`... */
  readonly rateLimitType: string;
  readonly interval: IntervalType;
  /** How many such units the interval has: a whole number of 1 or more. */
  readonly intervalNum: number;
  /** The most that the interval allows: above 0. */
  readonly limit: number;
}

/** How {@link rulesFromExchangeInfo} makes rules. */
export interface ExchangeInfoOptions {
  /**
   * How the exchange counts. Default `'fixed-window'`: windows of the calendar, as Binance counts. A `'token-bucket'`
   * of these limits can pass twice the limit within one window.
   */
  algorithm?: 'token-bucket' | 'rolling-window' | 'fixed-window' | undefined;
  /**
   * How many milliseconds after its grant a request reaches the exchange at most, the difference of the clocks
   * included. Default 250, and at most a twentieth of the interval.
   */
  jitter?: number | undefined;
}

const UNITS: { readonly [I in IntervalType]: number } = {
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

/**
 * The rules for an exchange's limits. Of several limits of one type the one with the shortest interval keeps the type
 * as its id, the others are `TYPE_<n><I>`: `ORDERS` (10 s) and `ORDERS_1D`. Of two of the same type and interval the
 * lower counts.
 *
 * @param rateLimits of a real `exchangeInfo`
 * @throws {InvalidConfigError} something in there is not what it must be
 */
export function rulesFromExchangeInfo(
  rateLimits: readonly RateLimit[],
  options: ExchangeInfoOptions = {},
): Rule[] {
  const { algorithm = 'fixed-window', jitter } = options ?? {};
  if (!['token-bucket', 'rolling-window', 'fixed-window'].includes(algorithm)) {
    throw invalidConfig('algorithm', 'one of token-bucket, rolling-window, fixed-window', algorithm);
  }
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0)) {
    throw invalidConfig('jitter', 'a number of 0 or more', jitter);
  }
  return namedLimits(rateLimits).map(({ id, interval, limit }) => {
    const common = { id, jitter: jitter ?? defaultJitter(interval) };
    if (algorithm === 'token-bucket') {
      return tokenBucket({ ...common, capacity: limit, refillRate: limit / interval });
    }
    return (algorithm === 'rolling-window' ? rollingWindow : fixedWindow)({ ...common, interval, limit });
  });
}

/** The jitter that rules for exchanges have unless one is given. */
export function defaultJitter(interval: number): number {
  return Math.min(250, interval / 20);
}

interface NamedLimit {
  readonly id: string;
  /** Milliseconds. */
  readonly interval: number;
  readonly limit: number;
}

function namedLimits(rateLimits: readonly RateLimit[]): NamedLimit[] {
  if (!Array.isArray(rateLimits)) throw invalidConfig('rateLimits', 'a list', rateLimits);
  const limits = new Map<string, NamedLimit & { readonly type: string }>();
  rateLimits.forEach((entry: RateLimit, i) => {
    const { type, interval, suffix, limit } = read(`rateLimits[${i}]`, entry);
    const key = `${interval} ${type}`;
    const { id = `${type}_${suffix}`, limit: other = limit } = limits.get(key) ?? {};
    limits.set(key, { id, type, interval, limit: Math.min(limit, other) });
  });
  const all = [...limits.values()];
  return all.map((limit) => {
    const shortest = all.every(({ type, interval }) => type !== limit.type || interval >= limit.interval);
    return shortest ? { ...limit, id: limit.type } : limit;
  });
}

function read(field: string, entry: unknown) {
  if (typeof entry !== 'object' || entry === null) throw invalidConfig(field, 'an object', entry);
  const { rateLimitType, interval, intervalNum, limit } = entry as Record<string, unknown>;
  if (typeof rateLimitType !== 'string' || rateLimitType === '') {
    throw invalidConfig(`${field}.rateLimitType`, 'a text', rateLimitType);
  }
  if (typeof interval !== 'string' || !Object.hasOwn(UNITS, interval)) {
    throw invalidConfig(`${field}.interval`, 'one of SECOND, MINUTE, HOUR, DAY', interval);
  }
  if (!(Number.isSafeInteger(intervalNum) && (intervalNum as number) > 0)) {
    throw invalidConfig(`${field}.intervalNum`, 'a whole number above 0', intervalNum);
  }
  if (!(typeof limit === 'number' && limit > 0 && limit <= Number.MAX_SAFE_INTEGER)) {
    throw invalidConfig(`${field}.limit`, 'a number above 0', limit);
  }
  return {
    type: rateLimitType,
    interval: (intervalNum as number) * UNITS[interval as IntervalType],
    suffix: `${intervalNum}${interval[0]}`,
    limit,
  };
}
