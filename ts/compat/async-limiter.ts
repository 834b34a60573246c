import {
  type MultiThrottler,
  type MultiThrottlerConfig,
  type ThrottleOptions,
  tokenBucket,
} from '../index.js';
import { type Entered, entered } from './entered.js';
import { positive } from './positive.js';
import { milliseconds } from './seconds.js';
import { unbounded } from './unbounded.js';

/**
 * The leaky bucket of aiolimiter (1.3.0): `AsyncLimiter(max_rate, time_period)`. A burst of
 * `maxRate`, then one every `timePeriod / maxRate` seconds.
 *
 * Differences from the original:
 *
 * - Waiters are served in the order in which they came. There the smallest amount goes first, and
 *   a large one starves while small ones keep coming.
 * - `acquire` takes an abort signal and a longest wait. A cancelled waiter delays nobody, as there.
 * - `async with limiter` is {@link run}, or `await using _ = await limiter.enter()`.
 *
 * A server that counts in windows sees up to almost twice `maxRate` in the first `timePeriod`, as
 * with the original. `rollingWindow` of the core never exceeds it.
 *
 * @example
 * const limiter = new AsyncLimiter(4, 8);
 * await limiter.acquire(); // at 0, 0, 0, 0, 2, 4, 6, 8 s
 */
export class AsyncLimiter {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'AsyncLimiter';

  /** The largest amount at once, and in each `timePeriod` after that. */
  readonly maxRate: number;
  /** Seconds. */
  readonly timePeriod: number;
  /** The throttler behind it, for everything that the original lacks. */
  readonly throttler: MultiThrottler<'maxRate'>;

  /**
   * @param maxRate above 0
   * @param timePeriod seconds, above 0; 60 by default
   * @param config the configuration of the throttler. Its queue has no bound by default
   * @throws {InvalidConfigError} a number is out of its range
   */
  constructor(maxRate: number, timePeriod = 60, config?: MultiThrottlerConfig) {
    const capacity = positive('maxRate', maxRate);
    const refillRate = capacity / milliseconds('timePeriod', timePeriod);
    this.maxRate = maxRate;
    this.timePeriod = timePeriod;
    this.throttler = unbounded([tokenBucket({ id: 'maxRate', capacity, refillRate })], config);
  }

  /**
   * Resolves when the bucket has room for the amount, and takes it.
   *
   * Rejects with {@link InvalidCostError} for an amount that is no number of 0 or more, with {@link
   * CostExceedsCapacityError} for one above `maxRate`, or with the reason of the signal. (The
   * original raises `ValueError` for the first two.)
   *
   * @param amount from 0 to `maxRate`
   */
  acquire(amount = 1, options?: ThrottleOptions): Promise<void> {
    return this.throttler.throttle({ maxRate: amount }, options);
  }

  /**
   * Returns whether the bucket has room for the amount now, whether or not others wait for it.
   * False for an amount above `maxRate`.
   */
  hasCapacity(amount = 1): boolean {
    return this.throttler.getStatus().maxRate.tokens >= amount;
  }

  /** Acquires 1. For `await using`. */
  async enter(options?: ThrottleOptions): Promise<Entered> {
    await this.acquire(1, options);
    return entered();
  }

  /** Acquires 1, then runs `task`: `async with limiter`. */
  async run<T>(task: () => T | PromiseLike<T>, options?: ThrottleOptions): Promise<T> {
    await this.acquire(1, options);
    return task();
  }
}
