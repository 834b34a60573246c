import {
  fixedWindow,
  type MultiThrottler,
  type MultiThrottlerConfig,
  type ThrottleOptions,
} from '../index.js';
import { positive } from './positive.js';
import { milliseconds } from './seconds.js';
import { unbounded } from './unbounded.js';

/**
 * The limiter that tutorials of asyncio write by hand: `RateLimiter(max_requests, interval)` with
 * `consume_token()`. A window begins with the first call after the last one has ended, and grants
 * `maxRequests` tokens.
 *
 * Differences from the original:
 *
 * - The first window begins with the first call. There it begins with the constructor, so that a
 *   late first call meets the end of a window and gets the tokens of two.
 * - A waiter is granted when the window ends, in order of arrival. There each one looks again every
 *   0.1 s, and any of them may be first.
 *
 * Two windows can follow each other closely: up to twice `maxRequests` within a moment, as with the
 * original. `rollingWindow` of the core never exceeds it.
 *
 * @example
 * const limiter = new RateLimiter(5, 1); // 5 requests per second
 * await limiter.consumeToken();
 */
export class RateLimiter {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'RateLimiter';

  /** The number of tokens in one window. */
  readonly maxRequests: number;
  /** Seconds. */
  readonly interval: number;
  /** The throttler behind it, for everything that the original lacks. */
  readonly throttler: MultiThrottler<'maxRequests'>;

  /**
   * @param maxRequests above 0
   * @param interval seconds, from 0.001
   * @param config the configuration of the throttler. Its queue has no bound by default
   * @throws {InvalidConfigError} a number is out of its range
   */
  constructor(maxRequests: number, interval: number, config?: MultiThrottlerConfig) {
    const limit = positive('maxRequests', maxRequests);
    const window = fixedWindow({
      id: 'maxRequests',
      limit,
      interval: milliseconds('interval', interval),
      anchor: 'first-request',
    });
    this.maxRequests = maxRequests;
    this.interval = interval;
    this.throttler = unbounded([window], config);
  }

  /** Resolves when the window has a token, and takes it. */
  consumeToken(options?: ThrottleOptions): Promise<void> {
    return this.throttler.throttle({ maxRequests: 1 }, options);
  }
}
