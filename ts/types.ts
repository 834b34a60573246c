/** How the length of a rule's interval is written in ccxt and in Binance's `exchangeInfo`. */
export type IntervalType = 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY';

/**
 * What one request costs: tokens by rule id, each finite and not negative. Read once, when the request is made; only
 * the object's own enumerable properties count. A cost of 0 names a rule that must exist but is not waited for.
 */
export interface ThrottleCost {
  [ruleId: string]: number;
}

/** The class in which a request waits: critical before normal before low, first come first served inside a class. */
export type Priority = 'critical' | 'normal' | 'low';

/** What a request may ask for beside its costs. */
export interface ThrottleOptions {
  /** The class in which it waits. Default `'normal'`. */
  priority?: Priority | undefined;
  /** Takes the request out of the queue when it aborts; the promise rejects with the signal's `reason` as it is. */
  signal?: AbortSignal | undefined;
  /**
   * The longest wait that is worth it, in milliseconds, 0 or more. The promise rejects with a
   * {@link WaitTimeoutError} when that has passed, and at once if it is known to be missed. Default: any wait.
   */
  maxWait?: number | undefined;
}

/** Time and timers. Give one to a throttler to control both, in a test or a simulation. */
export interface Clock {
  /**
   * Milliseconds on a clock that never steps back; only differences count. If it does all the same, time stands still
   * until the clock has made up for it, since nobody knows which of the two readings was right.
   */
  now(): number;
  /** Unix milliseconds. */
  wallNow(): number;
  /** Calls `callback` once in `ms` milliseconds, which may be a fraction and is at most 2^31 - 1. */
  setTimeout(callback: () => void, ms: number): unknown;
  /** Takes back a call that was asked for, by the handle that `setTimeout` returned. */
  clearTimeout(handle: unknown): void;
}

/** How a throttler is set up. */
export interface MultiThrottlerConfig {
  /**
   * How many requests may wait: a whole number or `Infinity`, for all classes together or one for each (a class that
   * is left out keeps the default). Default 2000 in total.
   */
  maxCapacity?: number | { [P in Priority]?: number } | undefined;
  /** Accepted for ccxt code and without effect: nothing is polled. */
  delay?: number | undefined;
  /** Time and timers. Default: `performance.now()` and the global timers, looked up when they are used. */
  clock?: Clock | undefined;
  /** Node: waiting requests do not keep the process alive. Default `false`. */
  unref?: boolean | undefined;
}

/** What is left of one rule. */
export interface RuleStatus {
  /** Tokens that are left now. */
  tokens: number;
  /** The most that the rule can hold. */
  capacity: number;
  /** `1 - tokens / capacity` */
  utilization: number;
}

/** What is left of each rule, by its id. */
export interface ThrottlerStatus {
  [ruleId: string]: RuleStatus;
}
