/** A limit that a task of another limit uses as well, and the weight with which it does. */
export class LinkedLimitWeightPair {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'LinkedLimitWeightPair';

  /** The id of the linked limit. */
  readonly limitId: string;
  /**
   * The cost of one task under it: a finite number of 0 or more.
   *
   * @defaultValue 1
   */
  readonly weight: number;

  constructor(limitId: string, weight = 1) {
    this.limitId = limitId;
    this.weight = weight;
  }
}

/** The fields of a {@link RateLimit} beside its id. */
export interface RateLimitOptions {
  /**
   * The largest weight in any `timeInterval`: above 0. `Infinity`, and all from 2^53 on such as
   * Python's `sys.maxsize`, is no limit.
   */
  limit: number;
  /** Seconds: from 0.001. */
  timeInterval: number;
  /**
   * The cost of one task under this limit: a finite number of 0 or more.
   *
   * @defaultValue 1
   */
  weight?: number | undefined;
  /**
   * Further limits, such as pools of the exchange, that each task uses.
   *
   * @defaultValue none
   */
  linkedLimits?: readonly LinkedLimitWeightPair[] | undefined;
}

/**
 * A limit of Hummingbot: `RateLimit(limit_id, limit=..., time_interval=..., weight=...,
 * linked_limits=...)`.
 *
 * @example
 * new RateLimit('/depth', {
 *   limit: 5000,
 *   timeInterval: 60,
 *   linkedLimits: [new LinkedLimitWeightPair('REQUEST_WEIGHT', 50)],
 * });
 */
export class RateLimit {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'RateLimit';

  /** Any text, mostly the path of an endpoint or the name of a pool. */
  readonly limitId: string;
  /** The largest weight in any `timeInterval`. */
  readonly limit: number;
  /** Seconds. */
  readonly timeInterval: number;
  /** The cost of one task under this limit. */
  readonly weight: number;
  /** Further limits that each task uses. */
  readonly linkedLimits: readonly LinkedLimitWeightPair[];

  constructor(limitId: string, options: RateLimitOptions) {
    const { limit, timeInterval, weight = 1, linkedLimits = [] } = options;
    this.limitId = limitId;
    this.limit = limit;
    this.timeInterval = timeInterval;
    this.weight = weight;
    this.linkedLimits = linkedLimits;
  }
}
