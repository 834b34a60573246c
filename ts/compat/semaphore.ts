import {
  concurrency,
  type MultiThrottler,
  type MultiThrottlerConfig,
  type Permit,
  type ThrottleOptions,
} from '../index.js';
import { positive } from './positive.js';
import { unbounded } from './unbounded.js';

/**
 * `asyncio.Semaphore(value)`: at most `value` permits are held at the same time.
 *
 * Differences from the original:
 *
 * - `acquire` returns a permit, and the permit is released, not the semaphore. A second release
 *   does nothing; there it adds a slot that never existed.
 * - A value of 0 is an error. There everything waits until someone releases what nobody acquired.
 *
 * @example
 * const semaphore = new Semaphore(2);
 * {
 *   await using _permit = await semaphore.acquire();
 *   await fetch(url);
 * }
 * await semaphore.run(() => fetch(url));
 */
export class Semaphore {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'Semaphore';

  /** The number of permits. */
  readonly value: number;
  /** The throttler behind it, for everything that the original lacks. */
  readonly throttler: MultiThrottler<'value'>;

  /**
   * @param value the number of permits, above 0
   * @param config the configuration of the throttler. Its queue has no bound by default
   * @throws {InvalidConfigError} `value` is no number above 0
   */
  constructor(value: number, config?: MultiThrottlerConfig) {
    const rule = concurrency({ id: 'value', limit: positive('value', value) });
    this.value = value;
    this.throttler = unbounded([rule], config);
  }

  /** Resolves with a permit, in order of arrival. It has to be released. */
  acquire(options?: ThrottleOptions): Promise<Permit> {
    return this.throttler.acquire({ value: 1 }, options);
  }

  /** Waits for a permit, runs `task`, and releases it, also when the task fails. */
  run<T>(task: () => T | PromiseLike<T>, options?: ThrottleOptions): Promise<T> {
    return this.throttler.run({ value: 1 }, () => task(), options);
  }

  /** Returns whether `acquire` would have to wait. */
  locked(): boolean {
    return this.throttler.estimateWait({ value: 1 }) > 0;
  }
}
