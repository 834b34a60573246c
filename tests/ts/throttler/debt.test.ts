// Buckets that allow debt, as ccxt's own throttler does.

import { InvalidRuleError, MultiThrottler, tokenBucket } from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const debt = (capacity: number, refillRate: number, held = capacity) =>
  tokenBucket({ id: 'a', capacity, refillRate, tokens: held, allowDebt: true });

test('debt allows any cost from zero, then waits', async () => {
  const { clock, throttler } = setUp([debt(1, 1 / 10)]);
  const outcomes = [5, 3, 0.5].map((a) => follow(clock, throttler.throttle({ a })));
  expect(throttler.getStatus()).toEqual({ a: { tokens: -4, capacity: 1, utilization: 5 } });
  await clock.advance(39.5);
  expect(outcomes.map(({ at }) => at)).toEqual([0, undefined, undefined]);
  await clock.advance(1000);
  expect(outcomes.map(({ at }) => at)).toEqual([0, 40, 70]);
  expect(tokens(throttler)).toEqual({ a: 1 });
});

test('debt grants at exactly zero', async () => {
  const { throttler } = setUp([debt(1, 0)]);
  expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  expect(throttler.tryThrottle({ a: 2 })).toBe(true);
  expect(throttler.tryThrottle({ a: 1e-9 })).toBe(false);
  expect(throttler.estimateWait({ a: 1 })).toBe(Number.POSITIVE_INFINITY);
});

test('later requests do not overtake waiters in debt', async () => {
  const { clock, throttler } = setUp([debt(10, 1 / 10, 0), bucket('b', 1, 0, 0)]);
  throttler.throttle({ a: 4, b: 1 });
  const later = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(1000);
  expect(later.at).toBe(50);
});

test('debt accepts huge but only finite costs', async () => {
  const { throttler } = setUp([debt(1, 1)]);
  for (const a of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect((await refusal(throttler.throttle({ a }))).code).toBe('INVALID_COST');
  }
  await throttler.throttle({ a: Number.MAX_SAFE_INTEGER });
  expect(tokens(throttler)).toEqual({ a: 1 - Number.MAX_SAFE_INTEGER });
});

test('debt of years is repaid at the exact instant', async () => {
  const { clock, throttler } = setUp([debt(1, 1)]);
  await throttler.throttle({ a: 2 ** 40 + 1 });
  expect(await clock.until(throttler.throttle({ a: 1 }))).toBe(2 ** 40);
});

test('setTokens and reset clear debt', async () => {
  const { throttler } = setUp([debt(2, 0)]);
  await throttler.throttle({ a: 10 });
  throttler.setTokens('a', -5);
  expect(tokens(throttler)).toEqual({ a: 0 });
  await throttler.throttle({ a: 10 });
  throttler.reset();
  expect(tokens(throttler)).toEqual({ a: 2 });
});

test('cost above capacity is rejected without allowDebt', async () => {
  for (const allowDebt of [false, undefined]) {
    const { throttler } = setUp([tokenBucket({ id: 'a', capacity: 1, refillRate: 1, allowDebt })]);
    expect((await refusal(throttler.throttle({ a: 2 }))).code).toBe('COST_EXCEEDS_CAPACITY');
  }
});

test.each([1, 'true', null, {}])('allowDebt %o is rejected', (allowDebt) => {
  const rule = tokenBucket({
    id: 'a',
    capacity: 1,
    refillRate: 1,
    allowDebt: allowDebt as boolean,
  });
  const error = thrown(() => new MultiThrottler([rule]));
  expect(error).toBeInstanceOf(InvalidRuleError);
  expect(error).toMatchObject({ field: 'allowDebt', ruleId: 'a' });
  expect(error.message).toMatch(/^Rule a: allowDebt must be true or false, got /);
});
