import {
  checkFields,
  fixedWindow,
  type IntervalType,
  invalidConfig,
  type Rule,
  rollingWindow,
  tokenBucket,
} from '../../index.js';

/** Limit in `rateLimits` of Binance's `exchangeInfo`, a format that Aster and others share. */
export interface RateLimit {
  /** Type of the limit: `REQUEST_WEIGHT`, `ORDERS` or `RAW_REQUESTS`. */
  readonly rateLimitType: string;
  /** Unit of the interval. */
  readonly interval: IntervalType;
  /** Number of units in the interval: a whole number of 1 or more. */
  readonly intervalNum: number;
  /** Usage that the interval allows, above 0. */
  readonly limit: number;
}

/** Options of {@link rulesFromExchangeInfo}. */
export interface ExchangeInfoOptions {
  /**
   * Algorithm of the rules. Binance counts in fixed windows. A `'token-bucket'` with these limits
   * can pass twice the limit within one window of the exchange.
   *
   * @defaultValue `'fixed-window'`
   */
  algorithm?: 'token-bucket' | 'rolling-window' | 'fixed-window' | undefined;
  /**
   * Longest time in milliseconds from a grant to the arrival at the exchange, clock error included.
   *
   * @defaultValue 250, and at most a twentieth of the interval
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
 * Returns the rules for an exchange's limits. The limit with the shortest interval of its type
 * keeps the type as its id, the others get `TYPE_<n><I>`: `ORDERS` (10 s) and `ORDERS_1D`. The
 * lower of two limits with the same type and interval counts.
 *
 * @param rateLimits list of a live `exchangeInfo`
 * @throws {InvalidConfigError} the list is empty, or an entry or an option is invalid
 *
 * @example
 * const info = await (await fetch('https://api.binance.com/api/v3/exchangeInfo')).json();
 * const throttler = new MultiThrottler(rulesFromExchangeInfo(info.rateLimits));
 */
export function rulesFromExchangeInfo(
  rateLimits: readonly RateLimit[],
  options: ExchangeInfoOptions = {},
): Rule[] {
  checkFields(options ?? {}, ['algorithm', 'jitter'], 'rulesFromExchangeInfo options');
  const { algorithm = 'fixed-window', jitter } = options ?? {};
  if (!['token-bucket', 'rolling-window', 'fixed-window'].includes(algorithm)) {
    throw invalidConfig(
      'algorithm',
      'one of token-bucket, rolling-window, fixed-window',
      algorithm,
    );
  }
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0)) {
    throw invalidConfig('jitter', 'a number of 0 or more', jitter);
  }
  return namedLimits(rateLimits).map(({ id, interval, limit }) => {
    const common = { id, jitter: jitter ?? defaultJitter(interval) };
    if (algorithm === 'token-bucket') {
      return tokenBucket({ ...common, capacity: limit, refillRate: limit / interval });
    }
    return (algorithm === 'rolling-window' ? rollingWindow : fixedWindow)({
      ...common,
      interval,
      limit,
    });
  });
}

/** Returns the jitter in milliseconds that rules for exchanges have by default. */
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
  if (rateLimits.length === 0) throw invalidConfig('rateLimits.length', '1 or more', 0);
  const limits = new Map<string, NamedLimit & { readonly type: string }>();
  rateLimits.forEach((entry: RateLimit, i) => {
    const { type, interval, suffix, limit } = read(`rateLimits[${i}]`, entry);
    const key = `${interval} ${type}`;
    const { id = `${type}_${suffix}`, limit: other = limit } = limits.get(key) ?? {};
    limits.set(key, { id, type, interval, limit: Math.min(limit, other) });
  });
  const all = [...limits.values()];
  return all.map((limit) => {
    const shortest = all.every(
      ({ type, interval }) => type !== limit.type || interval >= limit.interval,
    );
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
