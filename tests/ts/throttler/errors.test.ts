import {
  CostExceedsCapacityError,
  InvalidConfigError,
  InvalidCostError,
  InvalidRuleError,
  MultiThrottler,
  type Priority,
  QueueOverflowError,
  ThrottlerClosedError,
  ThrottlerError,
  UnknownRuleError,
  WaitTimeoutError,
} from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, refusal, setUp, thrown } from '../support/helpers.ts';

const OVERFLOW =
  'Throttle queue is over maxCapacity (2000), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526';

/** Checks the properties that every error of the package has. */
function check(
  error: unknown,
  type: typeof ThrottlerError,
  name: string,
  code: string,
  details: Record<string, unknown>,
) {
  expect(error).toBeInstanceOf(type);
  expect(error).toBeInstanceOf(ThrottlerError);
  expect(error).toBeInstanceOf(Error);
  expect(Object.prototype.toString.call(error)).toBe('[object Error]');
  expect(error).toMatchObject({ name, code });
  // Details are the error's own properties; nothing else is enumerable.
  expect({ ...(error as object) }).toEqual({ code, ...details });
  expect((error as Error).stack).toMatch(new RegExp(`^${name}: `));
}

test('unknown rule has its error', async () => {
  const { throttler } = setUp([bucket('A', 1), bucket('B', 1), bucket('C', 1)]);
  const error = await refusal(throttler.throttle({ A: 1, X: 1 }));
  check(error, UnknownRuleError, 'UnknownRuleError', 'UNKNOWN_RULE', { ruleId: 'X' });
  expect(error.message).toBe('Unknown throttle rule: X. Available rules: A, B, C');
});

test('unknown rule error lists rules in order', async () => {
  const { throttler } = setUp([bucket('z', 1), bucket('10', 1), bucket('9', 1), bucket('a', 1)]);
  throttler.addRule(bucket('m', 1));
  throttler.addRule(bucket('10', 2));
  throttler.removeRule('9');
  throttler.addRule(bucket('9', 1));
  expect((await refusal(throttler.throttle({ X: 1 }))).message).toBe(
    'Unknown throttle rule: X. Available rules: z, 10, a, m, 9',
  );
  expect((await refusal(setUp([]).throttler.throttle({ X: 1 }))).message).toBe(
    'Unknown throttle rule: X. Available rules: ',
  );
});

test('full queue has its error, by default at 2000', async () => {
  const { throttler } = setUp([bucket('a', 1, 0, 0)]);
  for (let i = 0; i < 2000; i++) throttler.throttle({ a: 1 });
  expect(throttler.getQueueLength()).toBe(2000);
  const error = await refusal(throttler.throttle({ a: 1 }));
  check(error, QueueOverflowError, 'QueueOverflowError', 'QUEUE_OVERFLOW', { maxCapacity: 2000 });
  expect(error.message).toBe(OVERFLOW);
});

test('removed rule has its error', async () => {
  const { throttler } = setUp([bucket('X', 1, 0, 0), bucket('Y', 1)]);
  const waiting = refusal(throttler.throttle({ X: 1 }));
  throttler.removeRule('X');
  const error = await waiting;
  check(error, UnknownRuleError, 'UnknownRuleError', 'UNKNOWN_RULE', { ruleId: 'X' });
  expect(error.message).toBe('Unknown throttle rule: X');
});

test.each([
  [-1, '-1', -1],
  [Number.NaN, 'NaN', Number.NaN],
  [Number.POSITIVE_INFINITY, 'Infinity', Number.POSITIVE_INFINITY],
  ['5', '"5"', '5'],
  [true, 'true', true],
  [null, 'null', 'null'],
  [undefined, 'undefined', 'undefined'],
  [5n, 'a bigint', 'a bigint'],
  [Symbol('s'), 'a symbol', 'a symbol'],
  [{}, 'an object', 'an object'],
  [[5], 'an array', 'an array'],
  [new Number(5), 'an object', 'an object'],
  [() => 5, 'a function', 'a function'],
])('cost %o is rejected', async (cost, shown, kept) => {
  const { throttler } = setUp([bucket('weight', 10)]);
  const error = await refusal(throttler.throttle({ weight: cost as number }));
  check(error, InvalidCostError, 'InvalidCostError', 'INVALID_COST', {
    ruleId: 'weight',
    cost: kept,
  });
  expect(error.message).toContain('weight');
  expect(error.message).toContain(shown);
});

test('cost above the capacity has its error', async () => {
  const { throttler } = setUp([bucket('weight', 1200.5)]);
  const error = await refusal(throttler.throttle({ weight: 1201 }));
  check(error, CostExceedsCapacityError, 'CostExceedsCapacityError', 'COST_EXCEEDS_CAPACITY', {
    ruleId: 'weight',
    cost: 1201,
    capacity: 1200.5,
  });
  for (const part of ['weight', '1201', '1200.5']) expect(error.message).toContain(part);
});

test('passed maxWait has its error', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const outcome = refusal(throttler.throttle({ a: 1 }, { maxWait: 250 }));
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  await clock.advance(250);
  // The third critical request is granted at 300, so this one would be at 400.
  const error = await outcome;
  check(error, WaitTimeoutError, 'WaitTimeoutError', 'WAIT_TIMEOUT', {
    maxWait: 250,
    estimatedWait: 150,
  });
  expect(error.message).toContain('250');
});

test('foreseen maxWait has its error', async () => {
  const { throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const error = await refusal(throttler.throttle({ a: 1 }, { maxWait: 99 }));
  check(error, WaitTimeoutError, 'WaitTimeoutError', 'WAIT_TIMEOUT', {
    maxWait: 99,
    estimatedWait: 100,
  });
  expect(throttler.getQueueLength()).toBe(0);
});

test.each([
  ['id', '', '""'],
  ['id', 7, '7'],
  ['capacity', 0, '0'],
  ['capacity', -1, '-1'],
  ['capacity', Number.NaN, 'NaN'],
  ['capacity', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['capacity', 2 ** 53, '9007199254740992'],
  ['capacity', '10', '"10"'],
  ['refillRate', -0.1, '-0.1'],
  ['refillRate', Number.NaN, 'NaN'],
  ['refillRate', Number.POSITIVE_INFINITY, 'Infinity'],
  ['tokens', -1, '-1'],
  ['tokens', Number.NaN, 'NaN'],
])('rule with %s %o is rejected', (field, value, shown) => {
  const rule = { ...bucket('r', 10, 1), [field]: value };
  const { throttler } = setUp([]);
  for (const error of [
    thrown(() => new MultiThrottler([rule])),
    thrown(() => throttler.addRule(rule)),
  ]) {
    const known = field === 'id' ? {} : { ruleId: 'r' };
    check(error, InvalidRuleError, 'InvalidRuleError', 'INVALID_RULE', { field, value, ...known });
    expect(error.message).toContain(field);
    expect(error.message).toContain(shown);
  }
  expect(throttler.getStatus()).toEqual({});
});

test.each([
  ['maxCapacity', -1],
  ['maxCapacity', 2.5],
  ['maxCapacity', Number.NaN],
  ['maxCapacity', '2'],
  ['maxCapacity', true],
  ['unref', 1],
])('configuration with %s %o is rejected', (field, value) => {
  const error = thrown(() => new MultiThrottler([], { [field]: value }));
  check(error, InvalidConfigError, 'InvalidConfigError', 'INVALID_CONFIG', { field, value });
  expect(error.message).toContain(field);
  expect(error.message).toContain(String(value));
});

test('closed throttler has its error', async () => {
  const { throttler } = setUp([bucket('a', 1, 0, 0)]);
  const waiting = refusal(throttler.throttle({ a: 1 }));
  throttler.close();
  const later = refusal(throttler.throttle({ a: 1 }));
  const added = thrown(() => throttler.addRule(bucket('a', 1)));
  for (const error of [await waiting, await later, added]) {
    check(error, ThrottlerClosedError, 'ThrottlerClosedError', 'CLOSED', {});
  }
});

test('cleared request has its error', async () => {
  const { throttler } = setUp([bucket('a', 1, 0, 0)]);
  const waiting = refusal(throttler.throttle({ a: 1 }));
  throttler.clear();
  const error = await waiting;
  check(error, ThrottlerError, 'ThrottlerError', 'CLEARED', {});
  expect(error.constructor).toBe(ThrottlerError);
});

test('errors have a fixed order', async () => {
  const { throttler } = setUp([bucket('a', 5, 1, 0), bucket('b', 5, 0, 0)], { maxCapacity: 0 });
  const code = async (cost: object) =>
    (await refusal(throttler.throttle(cost as Record<string, number>, { maxWait: 0 }))).code;
  expect(await code({ a: 9, b: Number.NaN, x: 1 })).toBe('UNKNOWN_RULE');
  expect(await code({ a: 9, b: '1', x: 1 })).toBe('UNKNOWN_RULE');
  expect(await code({ x: -1, a: 9, b: 1 })).toBe('UNKNOWN_RULE');
  expect(await code({ a: 9, b: Number.NaN })).toBe('INVALID_COST');
  expect(await code({ a: 9, b: '1' })).toBe('INVALID_COST');
  expect(await code({ b: -1, a: 9 })).toBe('INVALID_COST');
  expect(await code({ a: 9, b: 1 })).toBe('COST_EXCEEDS_CAPACITY');
  expect(await code({ a: 5, b: 5 })).toBe('QUEUE_OVERFLOW');
  const roomy = setUp([bucket('a', 5, 1, 0)]).throttler;
  expect((await refusal(roomy.throttle({ a: 1 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
});

test.each([
  ['priority', 'urgent' as Priority],
  ['priority', null],
  ['priority', 1],
  ['maxWait', -1],
  ['maxWait', Number.NaN],
  ['maxWait', '100'],
  ['signal', {}],
  ['signal', 'stop'],
])('option %s %o is rejected', async (field, value) => {
  const { throttler } = setUp([bucket('a', 1)]);
  const error = await refusal(throttler.throttle({ a: 1 }, { [field]: value }));
  expect(error).toBeInstanceOf(InvalidConfigError);
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', field });
  expect(error.message).toContain(field);
  expect(throttler.getStatus().a?.tokens).toBe(1);
});

test('rejected request takes nothing', async () => {
  const { throttler } = setUp([bucket('a', 5), bucket('b', 5), bucket('c', 1, 0, 0)], {
    maxCapacity: 0,
  });
  for (const cost of [
    { a: 1, x: 1 },
    { a: 1, b: -1 },
    { a: 1, b: 6 },
    { a: 1, c: 1 },
  ]) {
    await refusal(throttler.throttle(cost as Record<string, number>));
  }
  expect(throttler.getStatus()).toMatchObject({ a: { tokens: 5 }, b: { tokens: 5 } });
});
