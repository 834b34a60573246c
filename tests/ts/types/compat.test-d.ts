// Code that compiles, and code that must not: classes of Python limiters. Nothing here runs.

import type { MultiThrottler, Permit } from 'multi-throttler';
import {
  AsyncLimiter,
  AsyncThrottler,
  type Entered,
  LinkedLimitWeightPair,
  RateLimit,
  RateLimiter,
  Semaphore,
} from 'multi-throttler/compat';
import { expectTypeOf, test } from 'vitest';

test('AsyncThrottler', async () => {
  const limits = [
    new RateLimit('pool', { limit: 10, timeInterval: 5 }),
    new RateLimit('a', {
      limit: 10,
      timeInterval: 0.5,
      weight: 2,
      linkedLimits: [new LinkedLimitWeightPair('pool'), new LinkedLimitWeightPair('pool', 5)],
    }),
  ];
  const throttler = new AsyncThrottler(limits, {
    retryInterval: 0.1,
    safetyMarginPct: 0.05,
    limitsSharePercentage: 55,
  });
  expectTypeOf(throttler.getRelatedLimits('a')).toEqualTypeOf<[RateLimit, [RateLimit, number][]]>();
  expectTypeOf(throttler.withinCapacity('a')).toEqualTypeOf<boolean>();
  expectTypeOf(throttler.executeTask('a').run(async () => 5)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(await throttler.executeTask('a')).toEqualTypeOf<Entered>();
  await using _entered = await throttler.executeTask('a');
  // @ts-expect-error a context that was not awaited has not been entered
  await using _context = throttler.executeTask('a');
  // @ts-expect-error a limit has an interval
  new RateLimit('a', { limit: 1 });
  expectTypeOf(throttler.throttler).toEqualTypeOf<MultiThrottler>();
});

test('the others', () => {
  expectTypeOf(new AsyncLimiter(4).acquire()).toEqualTypeOf<Promise<void>>();
  expectTypeOf(new AsyncLimiter(4, 8).hasCapacity(2)).toEqualTypeOf<boolean>();
  expectTypeOf(new RateLimiter(5, 1).consumeToken()).toEqualTypeOf<Promise<void>>();
  expectTypeOf(new Semaphore(2).acquire()).toEqualTypeOf<Promise<Permit>>();
});
