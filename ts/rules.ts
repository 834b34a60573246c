import type { IntervalType } from './config.js';

/**
 * A rule as the engine reads it. Made by {@link tokenBucket}, {@link rollingWindow}, {@link fixedWindow} and
 * {@link concurrency}; {@link ThrottleRule} is ccxt's form of a token bucket.
 */
export type Rule = TokenBucketRule | RollingWindowRule | FixedWindowRule | ConcurrencyRule;

/** A rule in any form that a throttler accepts: ccxt's form may be given a scope too. */
export type AnyRule = Rule | (ThrottleRule & Pick<RuleBase, 'scope'>);

/** A bucket that refills at a steady rate. */
export interface TokenBucketRule extends RuleBase {
  readonly algorithm: 'token-bucket';
  /** The most that it can hold, in tokens: above 0, at most 2^53 - 1. */
  readonly capacity: number;
  /** Tokens per millisecond, 0 or more. */
  readonly refillRate: number;
  /** Tokens at the start. Default: full. */
  readonly tokens?: number | undefined;
  /**
   * A request of any cost is granted as soon as the bucket holds zero or more; the cost may take it below zero, and the
   * next waits until it is back there. That is how ccxt's own throttler counts. Default `false`.
   */
  readonly allowDebt?: boolean | undefined;
}

/** At most so much in any stretch of time of a given length. */
export interface RollingWindowRule extends Window {
  readonly algorithm: 'rolling-window';
}

/** At most so much between two edges. */
export interface FixedWindowRule extends Window {
  readonly algorithm: 'fixed-window' | 'first-request-window';
}

/** At most so much at the same time, however long requests are on their way: `jitter` changes nothing. */
export interface ConcurrencyRule extends RuleBase {
  readonly algorithm: 'concurrency';
  /** The most that is held at the same time, in tokens: above 0, at most 2^53 - 1. */
  readonly limit: number;
}

/** Whose requests a server counts under a rule. */
export type Scope = 'ip' | 'account';

/** Fields of every rule. */
export interface RuleBase {
  /**
   * The name by which costs refer to the rule. Not empty. An id that ends in `*` makes a family:
   * `place-order:*` gives each id used that begins with `place-order:` a rule of its own, which is
   * dropped once it is idle and full again. At most 10 000 of them are in use at a time.
   */
  readonly id: string;
  /**
   * The longest time between the grant of a request and its arrival at the server, clock error
   * included: milliseconds, 0 or more. A concurrency rule accepts it and ignores it.
   *
   * @defaultValue 0
   */
  readonly jitter?: number | undefined;
  /**
   * Who shares the limit: all clients of one IP address (`'ip'`), or one account (`'account'`). The
   * throttler does not act on it; `getStatus()` tells it, and programs with several accounts on one
   * address use it to know which rules the accounts share.
   *
   * @defaultValue `'ip'`
   */
  readonly scope?: Scope | undefined;
}

interface Window extends RuleBase {
  /** The most that the window allows, in tokens: above 0, at most 2^53 - 1. */
  readonly limit: number;
  /** The length of the window in milliseconds: from 1 to 2^53 - 1. */
  readonly interval: number;
}

type Options<R extends Rule> = Omit<R, 'algorithm'>;

/**
 * A token bucket: passes a burst of all it holds, then what comes in. Right for servers that are buckets, such as
 * Kraken and Coinbase Exchange.
 */
export function tokenBucket(options: Options<TokenBucketRule>): TokenBucketRule {
  return { ...options, algorithm: 'token-bucket' };
}

/** At most `limit` tokens in any `interval` milliseconds: an exact log, as at Bybit. */
export function rollingWindow(options: Options<RollingWindowRule>): RollingWindowRule {
  return { ...options, algorithm: 'rolling-window' };
}

/**
 * At most `limit` tokens in a window of `interval` milliseconds. The window is one of the calendar (`'epoch'`, the
 * default): it starts at each multiple of `interval` of Unix time, as at Binance. Or its first request opens it
 * (`'first-request'`), as at KuCoin.
 */
export function fixedWindow(
  options: Options<FixedWindowRule> & {
    /** What its windows begin with. Default `'epoch'`. */
    readonly anchor?: 'epoch' | 'first-request' | undefined;
  },
): FixedWindowRule {
  const { anchor, ...rule } = options;
  if (anchor === 'first-request') return { ...rule, algorithm: 'first-request-window' };
  // Any other anchor goes along, for the engine to refuse what is none.
  return { ...options, algorithm: 'fixed-window' };
}

/**
 * At most `limit` tokens at the same time: what a request takes it holds until its permit is released. Needs `acquire`,
 * `run` or `wrap`; `throttle` refuses it.
 */
export function concurrency(options: Options<ConcurrencyRule>): ConcurrencyRule {
  return { ...options, algorithm: 'concurrency' };
}

/**
 * A token bucket in ccxt's form. It has only these six data fields, so a plain object literal of them serves as well.
 *
 * The bucket starts with `tokens`, refills at `refillRate` tokens per millisecond up to `capacity`, and refills
 * whether anything waits or not.
 */
export class ThrottleRule {
  /** @internal What consoles print; a minifier renames the class. */
  static readonly name = 'ThrottleRule';

  /** The name by which costs refer to the rule. Not empty. */
  id: string;
  /** The most that the bucket can hold, and so the highest cost it can ever grant: above 0, at most 2^53 - 1. */
  capacity: number;
  /** Tokens per millisecond, 0 or more. */
  refillRate: number;
  /** Tokens at the start, 0 or more; above the capacity counts as the capacity. */
  tokens: number;
  /** For readers only: the unit of the interval from which the rate was worked out. */
  intervalType: IntervalType;
  /** For readers only: how many such units. */
  intervalNum: number;

  /**
   * @param refillRate tokens per millisecond
   * @param tokens at the start. Default: `capacity`
   * @param intervalType for readers only, as `intervalNum` is
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

/** Fields of a rule to be changed: any that made it, but its id and algorithm. */
export type RulePatch = Partial<
  | Omit<ThrottleRule & Pick<RuleBase, 'scope'>, 'id'>
  | Omit<TokenBucketRule, 'id' | 'algorithm'>
  | Omit<RollingWindowRule, 'id' | 'algorithm'>
  | Omit<FixedWindowRule, 'id' | 'algorithm'>
  | Omit<ConcurrencyRule, 'id' | 'algorithm'>
>;
