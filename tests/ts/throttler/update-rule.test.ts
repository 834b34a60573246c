import {
  concurrency,
  fixedWindow,
  InvalidRuleError,
  type RulePatch,
  rollingWindow,
  ThrottlerClosedError,
  tokenBucket,
  UnknownRuleError,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, setUp, thrown, tokens } from '../support/helpers.ts';

describe('updateRule and usage', () => {
  test('keeps tokens of a bucket up to the new capacity', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    await throttler.throttle({ a: 3 });
    throttler.updateRule('a', { capacity: 20 });
    expect(throttler.getStatus().a).toMatchObject({ tokens: 7, capacity: 20 });
    throttler.updateRule('a', { capacity: 5 });
    expect(throttler.getStatus().a).toMatchObject({ tokens: 5, capacity: 5 });
  });

  test('applies a new rate from now on', async () => {
    const { clock, throttler } = setUp([bucket('a', 100, 1 / 10, 0)]);
    await clock.advance(100);
    throttler.updateRule('a', { refillRate: 1 });
    await clock.advance(50);
    expect(tokens(throttler)).toEqual({ a: 60 });
  });

  test('may set tokens too', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    throttler.updateRule('a', { capacity: 20, tokens: 15 });
    expect(tokens(throttler)).toEqual({ a: 15 });
    throttler.updateRule('a', { tokens: 99 });
    expect(tokens(throttler)).toEqual({ a: 20 });
  });

  test.each([
    ['rolling', rollingWindow({ id: 'a', limit: 10, interval: 1000 })],
    ['of the calendar', fixedWindow({ id: 'a', limit: 10, interval: 1000 })],
    [
      'from the first request',
      fixedWindow({ id: 'a', limit: 10, interval: 1000, anchor: 'first-request' }),
    ],
  ])('keeps usage of a window %s', async (_, rule) => {
    const { throttler } = setUp([rule]);
    await throttler.throttle({ a: 7 });
    throttler.updateRule('a', { limit: 20 });
    expect(throttler.getStatus().a).toMatchObject({ tokens: 13, capacity: 20 });
    throttler.updateRule('a', { limit: 5 });
    expect(throttler.getStatus().a).toMatchObject({ tokens: 0, capacity: 5 });
    throttler.updateRule('a', { limit: 9 });
    expect(tokens(throttler)).toEqual({ a: 2 });
  });

  test('may allow and forbid debt', async () => {
    const { throttler } = setUp([tokenBucket({ id: 'a', capacity: 2, refillRate: 0 })]);
    throttler.updateRule('a', { allowDebt: true });
    expect(throttler.tryThrottle({ a: 5 })).toBe(true);
    expect(tokens(throttler)).toEqual({ a: -3 });
    throttler.updateRule('a', { allowDebt: false });
    expect(tokens(throttler)).toEqual({ a: 0 });
    expect(thrown(() => throttler.tryThrottle({ a: 5 })).code).toBe('COST_EXCEEDS_CAPACITY');
  });
});

describe('updateRule and waiters', () => {
  test('grants them at once or at the new instant', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0), bucket('b', 10, 1 / 100, 0)]);
    const [sooner, atOnce] = [{ a: 5 }, { b: 5 }].map((cost) =>
      follow(clock, throttler.throttle(cost)),
    );
    await clock.advance(100);
    throttler.updateRule('a', { refillRate: 1 / 10 });
    throttler.updateRule('b', { tokens: 5 });
    await clock.advance(1000);
    expect([sooner?.at, atOnce?.at, clock.peak]).toEqual([140, 100, 1]);
  });

  test('delays them with a slower rate', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 10, 0)]);
    const later = follow(clock, throttler.throttle({ a: 5 }));
    await clock.advance(20);
    throttler.updateRule('a', { refillRate: 1 / 100 });
    await clock.advance(1000);
    expect(later.at).toBe(320);
  });

  test('rejects those beyond the new capacity', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0)]);
    const [large, small] = [6, 5].map((a) => follow(clock, throttler.throttle({ a })));
    throttler.updateRule('a', { capacity: 5 });
    await clock.advance(0);
    expect(large).toMatchObject({
      state: 'rejected',
      at: 0,
      reason: { name: 'CostExceedsCapacityError', ruleId: 'a', cost: 6, capacity: 5 },
    });
    await clock.advance(1000);
    expect(small?.at).toBe(500);
  });

  test('clears the timer without waiters', () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0)]);
    throttler.throttle({ a: 6 }).catch(() => {});
    expect(clock.pending).toBe(1);
    throttler.updateRule('a', { capacity: 5 });
    expect([clock.pending, throttler.isRunning()]).toEqual([0, false]);
  });
});

describe('updateRule patches', () => {
  test('may be empty, undefined or descriptive', () => {
    const { throttler } = setUp([
      bucket('a', 10, 0, 4),
      rollingWindow({ id: 'b', limit: 5, interval: 100 }),
    ]);
    const before = throttler.getStatus();
    throttler.updateRule('a', {});
    throttler.updateRule('a', {
      capacity: undefined,
      allowDebt: undefined,
    } as unknown as RulePatch);
    throttler.updateRule('a', { intervalType: 'HOUR', intervalNum: 2 });
    throttler.updateRule('b', { interval: undefined } as unknown as RulePatch);
    expect(throttler.getStatus()).toEqual(before);
  });

  test('may describe a rate as exchangeInfo does', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    throttler.updateRule('a', {
      capacity: 20,
      refillRate: 1 / 3,
      intervalType: 'DAY',
      intervalNum: 1,
    });
    expect(throttler.getStatus().a).toMatchObject({ tokens: 10, capacity: 20 });
  });

  test.each([
    ['a', { capacity: 0 }, 'capacity', 0],
    ['a', { capacity: -1 }, 'capacity', -1],
    ['a', { capacity: Number.NaN }, 'capacity', Number.NaN],
    ['a', { capacity: 2 ** 53 }, 'capacity', 2 ** 53],
    ['a', { capacity: '5' }, 'capacity', '5'],
    ['a', { capacity: null }, 'capacity', 'null'],
    ['a', { refillRate: -1 }, 'refillRate', -1],
    ['a', { refillRate: Number.POSITIVE_INFINITY }, 'refillRate', Number.POSITIVE_INFINITY],
    ['a', { tokens: -1 }, 'tokens', -1],
    ['a', { tokens: Number.NaN }, 'tokens', Number.NaN],
    ['a', { allowDebt: 1 }, 'allowDebt', 1],
    ['a', { jitter: 1e9 }, 'jitter', 1e9],
    ['a', { id: 'b' }, 'id', 'b'],
    ['a', { algorithm: 'concurrency' }, 'algorithm', 'concurrency'],
    ['a', { limit: 5 }, 'limit', 5],
    ['a', { capasity: 5 }, 'capasity', 5],
    ['w', { limit: 0 }, 'limit', 0],
    ['w', { interval: 0 }, 'interval', 0],
    ['w', { interval: Number.NaN }, 'interval', Number.NaN],
    ['w', { capacity: 5 }, 'capacity', 5],
    ['w', { anchor: 'first-request' }, 'anchor', 'first-request'],
    ['t', { limit: Number.NaN }, 'limit', Number.NaN],
    ['t', { interval: 5 }, 'interval', 5],
    ['t', { jitter: -1 }, 'jitter', -1],
  ])('of %s reject %o and change nothing', async (id, patch, field, value) => {
    const rules = [
      bucket('a', 10, 1 / 100),
      fixedWindow({ id: 'w', limit: 10, interval: 1000 }),
      concurrency({ id: 't', limit: 10 }),
    ];
    const { throttler } = setUp(rules);
    await throttler.acquire({ a: 3, w: 3, t: 3 });
    const before = throttler.getStatus();
    const error = thrown(() => throttler.updateRule(id, { ...patch } as RulePatch));
    expect(error).toBeInstanceOf(InvalidRuleError);
    expect({ ...error }).toEqual({ code: 'INVALID_RULE', ruleId: id, field, value });
    expect(error.message).toMatch(
      new RegExp(`^Rule ${id}: (${field} must be |unknown field "${field}" for )`),
    );
    expect(throttler.getStatus()).toEqual(before);
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    ['a', '"a"'],
    [[], 'an array'],
  ])('reject %o', (patch, shown) => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = thrown(() => throttler.updateRule('a', patch as RulePatch));
    expect(error).toBeInstanceOf(InvalidRuleError);
    expect(error.message).toBe(`patch must be an object, got ${shown}`);
  });

  test('that throw when read change nothing', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const reason = new RangeError('no');
    const patch = {
      capacity: 5,
      get refillRate(): number {
        throw reason;
      },
    };
    expect(thrown(() => throttler.updateRule('a', patch))).toBe(reason);
    expect(throttler.getStatus().a?.capacity).toBe(10);
  });

  test('may call back from a getter', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const patch = {
      get capacity() {
        throttler.tryThrottle({ a: 4 });
        return 20;
      },
    };
    throttler.updateRule('a', patch);
    expect(throttler.getStatus().a).toMatchObject({ tokens: 6, capacity: 20 });
  });
});

test('updateRule throws for an unknown id', () => {
  const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
  for (const id of ['x', '', '__proto__', 'A']) {
    const error = thrown(() => throttler.updateRule(id, { capacity: 5 }));
    expect(error).toBeInstanceOf(UnknownRuleError);
    expect({ ...error }).toEqual({ code: 'UNKNOWN_RULE', ruleId: id });
    expect(error.message).toBe(`Unknown throttle rule: ${id}. Available rules: a, b`);
  }
});

test('updateRule throws after close', () => {
  const { throttler } = setUp([bucket('a', 10)]);
  throttler.close();
  expect(thrown(() => throttler.updateRule('a', { capacity: 5 }))).toBeInstanceOf(
    ThrottlerClosedError,
  );
});
