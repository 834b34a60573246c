// Defects of ccxt's multi-throttler that this package must not have.

import {
  CostExceedsCapacityError,
  InvalidCostError,
  MultiThrottler,
  UnknownRuleError,
} from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

test('bucket refills while idle', async () => {
  const { clock, throttler } = setUp([bucket('a', 100, 1 / 10)]);
  await throttler.throttle({ a: 100 });
  expect(tokens(throttler)).toEqual({ a: 0 });
  await clock.advance(500);
  expect(tokens(throttler)).toEqual({ a: 50 });
  // The tokens that were refilled meanwhile are there for the next request.
  const outcome = follow(clock, throttler.throttle({ a: 50 }));
  await clock.advance(0);
  expect(outcome).toMatchObject({ state: 'granted', at: 500 });
});

test('removeRule rejects its waiters and keeps the throttler working', async () => {
  const { clock, throttler } = setUp([
    bucket('gone', 1, 1 / 100, 0),
    bucket('stays', 1, 1 / 100, 0),
  ]);
  const gone = follow(clock, throttler.throttle({ gone: 1 }));
  const both = follow(clock, throttler.throttle({ stays: 1, gone: 1 }));
  const stays = follow(clock, throttler.throttle({ stays: 1 }));
  expect(throttler.removeRule('gone')).toBe(true);
  expect(throttler.getQueueLength()).toBe(1);
  await clock.advance(0);
  for (const { state, reason } of [gone, both]) {
    expect(state).toBe('rejected');
    expect(reason).toBeInstanceOf(UnknownRuleError);
    expect((reason as Error).message).toBe('Unknown throttle rule: gone');
  }
  await clock.advance(100);
  expect(stays).toMatchObject({ state: 'granted', at: 100 });
  expect(throttler.isRunning()).toBe(false);
  const later = follow(clock, throttler.throttle({ stays: 1 }));
  await clock.advance(100);
  expect(later).toMatchObject({ state: 'granted', at: 200 });
});

test('cost above the capacity is rejected and blocks none', async () => {
  const { clock, throttler } = setUp([bucket('a', 5, 1 / 100)]);
  expect(await refusal(throttler.throttle({ a: 6 }))).toBeInstanceOf(CostExceedsCapacityError);
  expect(throttler.isRunning()).toBe(false);
  expect(clock.armed).toBe(0);
  const next = follow(clock, throttler.throttle({ a: 5 }));
  await clock.advance(0);
  expect(next.state).toBe('granted');
});

test('negative and non-numeric costs are rejected', async () => {
  const { throttler } = setUp([bucket('a', 5, 0, 3)]);
  for (const cost of [
    -3,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -Number.MIN_VALUE,
  ]) {
    expect(await refusal(throttler.throttle({ a: cost }))).toBeInstanceOf(InvalidCostError);
  }
  expect(throttler.getStatus()).toEqual({ a: { tokens: 3, capacity: 5, utilization: 1 - 3 / 5 } });
});

test('empty cost is granted at once beside waiters', async () => {
  const { clock, throttler } = setUp([bucket('a', 5, 0, 0)]);
  const zero = follow(clock, throttler.throttle({ a: 0 }));
  const empty = follow(clock, throttler.throttle({}));
  await clock.advance(0);
  expect([zero.state, empty.state]).toEqual(['granted', 'granted']);
});

test('waiting needs one timer and no polling', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 60_000, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(59_999);
  expect([clock.armed, clock.fired]).toEqual([1, 0]);
  await clock.advance(1);
  expect(outcome.state).toBe('granted');
  expect([clock.armed, clock.fired]).toEqual([1, 1]);
});

test('waiting for a rule without refill needs no timer', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 0, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(1e9);
  expect(outcome.state).toBe('waiting');
  expect(clock.armed).toBe(0);
  throttler.setTokens('a', 1);
  await clock.advance(0);
  expect(outcome.state).toBe('granted');
});

test('cost object may change after the call', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0), bucket('b', 10)]);
  const cost: Record<string, number> = { a: 1 };
  const outcome = follow(clock, throttler.throttle(cost));
  cost.a = 9;
  cost.b = 9;
  await clock.advance(100);
  expect(outcome).toMatchObject({ state: 'granted', at: 100 });
  expect(tokens(throttler)).toEqual({ a: 0, b: 10 });
});

test('constructor copies the rules', async () => {
  const rule = bucket('a', 10);
  const { throttler } = setUp([rule]);
  rule.capacity = 1;
  rule.tokens = 0;
  rule.id = 'b';
  expect(tokens(throttler)).toEqual({ a: 10 });
  await throttler.throttle({ a: 4 });
  expect(rule.tokens).toBe(0);
});

test('later rule replaces an earlier one of equal id', () => {
  const throttler = new MultiThrottler([bucket('a', 1), bucket('b', 2), bucket('a', 3)]);
  expect(Object.entries(tokens(throttler))).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
});

test('delay is accepted and has no effect', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)], { delay: 5 });
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(10);
  expect(outcome).toMatchObject({ state: 'granted', at: 10 });
});
