import type { IntervalType } from './config.js';

/**
 * A rule: one limit under an id. {@link tokenBucket}, {@link rollingWindow}, {@link fixedWindow},
 * {@link spacing} and {@link concurrency} make one; {@link ThrottleRule} is ccxt's form of a token
 * bucket.
 *
 * @typeParam Id its id, where that is known
 */
export type Rule<Id extends string = string> =
  | TokenBucketRule<Id>
  | RollingWindowRule<Id>
  | FixedWindowRule<Id>
  | SpacingRule<Id>
  | ConcurrencyRule<Id>;

/** A rule in any form that a throttler accepts. A rule in ccxt's form may have a scope too. */
export type AnyRule<Id extends string = string> =
  | Rule<Id>
  | (ThrottleRule & { readonly id: Id } & Pick<RuleBase, 'scope'>);

/** A bucket that refills at a steady rate. */
export interface TokenBucketRule<Id extends string = string> extends RuleBase<Id> {
  readonly algorithm: 'token-bucket';
  /**
   * The largest number of tokens that it holds: above 0, at most 2^53 - 1, or `Infinity`.
   *
   * @example
   * tokenBucket({ id: 'PRIVATE', capacity: 30, refillRate: 15 / 1000 });
   */
  readonly capacity: number;
  /**
   * Tokens per millisecond, 0 or more.
   *
   * @example
   * tokenBucket({ id: 'PRIVATE', capacity: 30, refillRate: 15 / 1000 }); // 15 a second
   */
  readonly refillRate: number;
  /**
   * Tokens at the start, 0 or more; more than the capacity counts as the capacity.
   *
   * @defaultValue `capacity`
   * @example
   * tokenBucket({ id: 'PRIVATE', capacity: 30, refillRate: 15 / 1000, tokens: 0 });
   */
  readonly tokens?: number | undefined;
  /**
   * Whether a request of any cost is granted while the bucket holds zero or more. Its cost may take
   * the bucket below zero, and the next request waits until it is back at zero. ccxt's own
   * throttler counts in this way.
   *
   * @defaultValue false
   * @example
   * tokenBucket({ id: 'ALL', capacity: 1, refillRate: 1 / 200, allowDebt: true });
   */
  readonly allowDebt?: boolean | undefined;
}

/** At most `limit` tokens in any stretch of `interval` milliseconds, wherever it starts. */
export interface RollingWindowRule<Id extends string = string> extends Window<Id> {
  readonly algorithm: 'rolling-window';
}

/** At most `limit` tokens from one edge of a window to the next. */
export interface FixedWindowRule<Id extends string = string> extends Window<Id> {
  readonly algorithm: 'fixed-window' | 'first-request-window';
}

/** Grants at least `interval` milliseconds apart, times the cost. */
export interface SpacingRule<Id extends string = string> extends RuleBase<Id> {
  readonly algorithm: 'spacing';
  /**
   * The time from a grant of cost 1 to the next one, in milliseconds: from 0, which spaces nothing,
   * to 2^53 - 1.
   */
  readonly interval: number;
}

/** At most `limit` tokens held at the same time, until their permits are released. */
export interface ConcurrencyRule<Id extends string = string> extends RuleBase<Id> {
  readonly algorithm: 'concurrency';
  /**
   * The largest number of tokens held at the same time: above 0, at most 2^53 - 1, or `Infinity`,
   * which counts as 2^53 - 1.
   *
   * @example
   * concurrency({ id: 'SOCKETS', limit: 5 });
   */
  readonly limit: number;
}

/** The owner of a limit: all clients of an IP address share it, or it belongs to one account. */
export type Scope = 'ip' | 'account';

/** Fields of every rule. */
export interface RuleBase<Id extends string = string> {
  /**
   * The name by which costs refer to the rule. Not empty. An id that ends in `*` makes a family:
   * `place-order:*` gives each id used that begins with `place-order:` a rule of its own, which is
   * dropped once it is idle and full again. At most 10 000 of them are in use at a time.
   *
   * @example
   * rollingWindow({ id: 'place-order:*', limit: 60, interval: 2000 });
   */
  readonly id: Id;
  /**
   * The longest time between the grant of a request and its arrival at the server, clock error
   * included: milliseconds, 0 or more. A concurrency rule accepts it and ignores it.
   *
   * @defaultValue 0
   * @example
   * rollingWindow({ id: 'ORDERS', limit: 10, interval: 1000, jitter: 100 });
   */
  readonly jitter?: number | undefined;
  /**
   * The owner of the limit: all clients of an IP address share it (`'ip'`), or it belongs to one
   * account (`'account'`). The throttler only tells it in {@link MultiThrottler.getStatus}.
   * Programs with several accounts on one address read there which rules the accounts share.
   *
   * @defaultValue `'ip'`
   * @example
   * rollingWindow({ id: 'ORDERS', limit: 10, interval: 1000, scope: 'account' });
   */
  readonly scope?: Scope | undefined;
}

interface Window<Id extends string> extends RuleBase<Id> {
  /**
   * The largest number of tokens in one window: above 0, at most 2^53 - 1, or `Infinity`, which
   * counts as 2^53 - 1.
   *
   * @example
   * fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 });
   */
  readonly limit: number;
  /**
   * The length of the window in milliseconds: from 1 to 2^53 - 1.
   *
   * @example
   * fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 });
   */
  readonly interval: number;
}

type Options<R extends Rule> = Omit<R, 'algorithm'>;

/**
 * Makes a token bucket: it allows a burst of its whole capacity, then its refill rate. For servers
 * that count in buckets, such as Kraken and Coinbase Exchange.
 *
 * A server that counts in windows can see almost twice the capacity in one of them; use
 * {@link fixedWindow} or {@link rollingWindow} for those.
 *
 * @example
 * tokenBucket({ id: 'REQUESTS', capacity: 15, refillRate: 10 / 1000 }); // 10 per second
 */
export function tokenBucket<const Id extends string>(
  options: Options<TokenBucketRule<Id>>,
): TokenBucketRule<Id> {
  return { ...options, algorithm: 'token-bucket' };
}

/**
 * Makes a rolling (sliding) window: at most `limit` tokens in any stretch of `interval`
 * milliseconds. For servers that keep a log, such as Bybit, and the safe choice for an unknown one.
 *
 * @example
 * rollingWindow({ id: 'REQUESTS', limit: 600, interval: 5000 }); // 600 in any 5 s
 */
export function rollingWindow<const Id extends string>(
  options: Options<RollingWindowRule<Id>>,
): RollingWindowRule<Id> {
  return { ...options, algorithm: 'rolling-window' };
}

/**
 * Makes a fixed window: at most `limit` tokens in a window of `interval` milliseconds.
 *
 * @param options `anchor`: the start of a window. `'epoch'`, the default: each multiple of
 *   `interval` in Unix time, as at Binance. `'first-request'`: the first request after the last
 *   window has ended, as at KuCoin.
 *
 * @example
 * fixedWindow({ id: 'WEIGHT', limit: 6000, interval: 60_000 }); // 6000 in each full minute
 */
export function fixedWindow<const Id extends string>(
  options: Options<FixedWindowRule<Id>> & {
    /**
     * The start of a window: the epoch or its first request.
     *
     * @defaultValue `'epoch'`
     */
    readonly anchor?: 'epoch' | 'first-request' | undefined;
  },
): FixedWindowRule<Id> {
  const { anchor, ...rule } = options;
  if (anchor === 'first-request') return { ...rule, algorithm: 'first-request-window' };
  // Any other anchor stays in the rule, so that the engine can refuse an invalid one.
  return { ...options, algorithm: 'fixed-window' };
}

/**
 * Makes a rule of spacing: after a grant of cost `c`, the next one is made `c * interval`
 * milliseconds later at the earliest. A cost of any size is granted. For servers that expect a time
 * between requests, and to spread requests evenly.
 *
 * The rule has one token, which is back when the next request can be granted. Share, modes and
 * `adaptive` leave the interval as it is, and there are no `threshold` events of the rule.
 *
 * @example
 * spacing({ id: 'PACE', interval: 100 }); // a cost of 1 each 100 ms, of 3 each 300 ms
 */
export function spacing<const Id extends string>(
  options: Options<SpacingRule<Id>>,
): SpacingRule<Id> {
  return { ...options, algorithm: 'spacing' };
}

/**
 * Makes a rule of concurrency: at most `limit` tokens are held at the same time, each until the
 * permit of its request is released. Needs `acquire`, `run` or `wrap`; `throttle` rejects it.
 *
 * @example
 * concurrency({ id: 'SOCKETS', limit: 5 });
 */
export function concurrency<const Id extends string>(
  options: Options<ConcurrencyRule<Id>>,
): ConcurrencyRule<Id> {
  return { ...options, algorithm: 'concurrency' };
}

/**
 * A token bucket in ccxt's form. It has only these six data fields, so a plain object with them is
 * a rule too.
 *
 * The bucket starts with `tokens` and gains `refillRate` tokens per millisecond up to `capacity`,
 * whether anything waits or not. A server that counts in windows can see almost twice the capacity
 * in one of them; use {@link fixedWindow} or {@link rollingWindow} for those.
 *
 * @example
 * new ThrottleRule('REQUESTS', 10, 10 / 1000); // 10 per second
 */
export class ThrottleRule {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'ThrottleRule';

  /** The name by which costs refer to the rule. Not empty. */
  id: string;
  /**
   * The largest number of tokens that the bucket holds, and so the largest cost that it can grant:
   * above 0, at most 2^53 - 1, or `Infinity`, which counts as 2^53 - 1.
   */
  capacity: number;
  /** Tokens per millisecond, 0 or more. */
  refillRate: number;
  /** Tokens at the start, 0 or more; more than the capacity counts as the capacity. */
  tokens: number;
  /** For readers only: the unit of the interval behind the rate. */
  intervalType: IntervalType;
  /** For readers only: the number of such units. */
  intervalNum: number;

  /**
   * @param id the name by which costs refer to the rule
   * @param capacity tokens: above 0, at most 2^53 - 1, or `Infinity`
   * @param refillRate tokens per millisecond, 0 or more
   * @param tokens at the start; by default `capacity`
   * @param intervalType for readers only, like `intervalNum`
   */
  constructor(
    id: string,
    capacity: number,
    refillRate: number,
    tokens: number = capacity,
    intervalType: IntervalType = 'SECOND',
    intervalNum = 1,
  ) {
    this.id = id;
    this.capacity = capacity;
    this.refillRate = refillRate;
    this.tokens = tokens;
    this.intervalType = intervalType;
    this.intervalNum = intervalNum;
  }
}

/** The fields that {@link MultiThrottler.updateRule} changes: any but the id and the algorithm. */
export type RulePatch = Partial<
  | Omit<ThrottleRule & Pick<RuleBase, 'scope'>, 'id'>
  | Omit<TokenBucketRule, 'id' | 'algorithm'>
  | Omit<RollingWindowRule, 'id' | 'algorithm'>
  | Omit<FixedWindowRule, 'id' | 'algorithm'>
  | Omit<SpacingRule, 'id' | 'algorithm'>
  | Omit<ConcurrencyRule, 'id' | 'algorithm'>
>;
