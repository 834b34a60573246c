// Share and modes: the limits in force for each priority, and for how long.

import {
  concurrency,
  fixedWindow,
  InvalidConfigError,
  MultiThrottler,
  type MultiThrottlerConfig,
  rollingWindow,
  tokenBucket,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const capacityOf = (throttler: MultiThrottler, id = 'a') => throttler.getStatus()[id]?.capacity;

/** Returns the most that critical and other requests may use. */
function usable(limit: number, config: MultiThrottlerConfig): [number, number] {
  const count = (priority: 'critical' | 'low') => {
    const { throttler } = setUp([rollingWindow({ id: 'a', limit, interval: 1000 })], config);
    let granted = 0;
    while (granted <= limit && throttler.tryThrottle({ a: 1 }, { priority })) granted++;
    return granted;
  };
  return [count('critical'), count('low')];
}

describe('limit in force', () => {
  test.each([
    [0.1, 0.2, 2160, 1728],
    [0.05, 0.1, 2280, 2052],
    [0.05, 0.05, 2280, 2166],
  ])('of 2400 with buffer %d and reserve %d', (buffer, reserve, critical, others) => {
    expect(usable(2400, { modes: { normal: { buffer, reserve } } })).toEqual([critical, others]);
  });

  test.each([
    [0.5, 2400, 1200],
    [0.29, 100, 29],
    [1 / 3, 10, 3],
    [0.001, 10, 1],
    [1, 10, 10],
  ])('share %d of %d is %d', (share, limit, expected) => {
    const { throttler } = setUp([rollingWindow({ id: 'a', limit, interval: 1000 })], { share });
    expect(throttler.getStatus()).toEqual({
      a: { tokens: expected, capacity: expected, utilization: 0 },
    });
  });

  test('applies share, then buffer, then reserve', () => {
    expect(usable(100, { share: 0.55, modes: { normal: { buffer: 0.1, reserve: 0.1 } } })).toEqual([
      49, 45,
    ]);
  });

  test('applies to each algorithm and scales the refill', async () => {
    const rules = [
      bucket('bucket', 10, 1 / 10),
      rollingWindow({ id: 'rolling', limit: 10, interval: 1000 }),
      fixedWindow({ id: 'fixed', limit: 10, interval: 1000 }),
      fixedWindow({ id: 'first', limit: 10, interval: 1000, anchor: 'first-request' }),
      concurrency({ id: 'tasks', limit: 10 }),
    ];
    const { clock, throttler } = setUp(rules, { share: 0.5 });
    expect(Object.values(tokens(throttler))).toEqual([5, 5, 5, 5, 5]);
    throttler.setTokens('bucket', 0);
    await clock.advance(40);
    expect(tokens(throttler).bucket).toBe(2);
  });
});

describe('reserve', () => {
  test('bounds the total usage', async () => {
    const { throttler } = setUp([bucket('a', 100)], { modes: { normal: { reserve: 0.2 } } });
    await throttler.throttle({ a: 70 }, { priority: 'critical' });
    expect(throttler.tryThrottle({ a: 11 })).toBe(false);
    expect(throttler.tryThrottle({ a: 10 })).toBe(true);
    expect(throttler.tryThrottle({ a: 1 })).toBe(false);
    expect(throttler.tryThrottle({ a: 20 }, { priority: 'critical' })).toBe(true);
    expect(tokens(throttler)).toEqual({ a: 0 });
  });

  test('makes others wait for the refill', async () => {
    const { clock, throttler } = setUp([bucket('a', 100, 1)], {
      modes: { normal: { reserve: 0.2 } },
    });
    await throttler.throttle({ a: 80 });
    const normal = follow(clock, throttler.throttle({ a: 5 }));
    await clock.advance(100);
    expect(normal.at).toBe(5);
  });
});

describe('setMode', () => {
  const modes = { careful: { buffer: 0.5 }, orders: { reserve: 0.5 } };

  test('has normal as its start and default', () => {
    const { throttler } = setUp([bucket('a', 100)]);
    expect(throttler.mode).toBe('normal');
    throttler.setMode('normal', 5);
    expect([throttler.mode, capacityOf(throttler)]).toEqual(['normal', 100]);
  });

  test('keeps usage', async () => {
    const { throttler } = setUp([rollingWindow({ id: 'a', limit: 100, interval: 1000 })], {
      modes,
    });
    await throttler.throttle({ a: 70 });
    throttler.setMode('careful');
    expect(throttler.getStatus()).toEqual({ a: { tokens: 0, capacity: 50, utilization: 1 } });
    throttler.setMode('normal');
    expect(throttler.getStatus().a).toMatchObject({ tokens: 30, capacity: 100 });
  });

  test('replans waiters', async () => {
    const { clock, throttler } = setUp([rollingWindow({ id: 'a', limit: 100, interval: 1000 })], {
      modes,
    });
    throttler.setMode('careful');
    await throttler.throttle({ a: 50 });
    const waiting = follow(clock, throttler.throttle({ a: 20 }));
    await clock.advance(100);
    expect(waiting.state).toBe('waiting');
    throttler.setMode('orders', 5);
    await clock.advance(4);
    expect([waiting.state, throttler.mode]).toEqual(['waiting', 'orders']);
    await clock.advance(1);
    expect(waiting.at).toBe(105);
  });

  test('with a duration ends without a timer of its own', async () => {
    const { clock, throttler } = setUp([bucket('a', 100)], { modes });
    throttler.setMode('careful', 100);
    expect(clock.armed).toBe(0);
    await clock.advance(99.5);
    expect([throttler.mode, capacityOf(throttler)]).toEqual(['careful', 50]);
    await clock.advance(0.5);
    expect([throttler.mode, capacityOf(throttler)]).toEqual(['normal', 100]);
  });

  test('with a duration grants waiters at its end', async () => {
    const { clock, throttler } = setUp([bucket('a', 100)], { modes });
    throttler.setMode('careful', 100);
    await throttler.throttle({ a: 1 });
    const waiting = follow(clock, throttler.throttle({ a: 51 }));
    await clock.advance(1000);
    expect([waiting.at, clock.pending, clock.peak]).toEqual([100, 0, 1]);
  });

  test('replaces an earlier mode and duration', async () => {
    const { clock, throttler } = setUp([bucket('a', 100)], { modes });
    throttler.setMode('careful', 10);
    throttler.setMode('orders');
    await clock.advance(1000);
    expect(throttler.mode).toBe('orders');
    throttler.setMode('careful', Number.POSITIVE_INFINITY);
    throttler.setMode('orders', 0);
    expect(throttler.mode).toBe('normal');
    throttler.setMode('orders', undefined);
    expect(throttler.mode).toBe('orders');
  });

  test('rejects only costs beyond the share', async () => {
    const config = { share: 0.5, modes: { normal: { buffer: 0.5, reserve: 0.2 } } };
    const { throttler } = setUp([rollingWindow({ id: 'a', limit: 200, interval: 1000 })], config);
    expect(await refusal(throttler.throttle({ a: 101 }))).toMatchObject({
      code: 'COST_EXCEEDS_CAPACITY',
      cost: 101,
      capacity: 100,
    });
    await throttler.throttle({ a: 100 }, { priority: 'low' });
  });

  test('grants a cost above the limit in force alone', async () => {
    const rule = rollingWindow({ id: 'a', limit: 5, interval: 1000 });
    const { clock, throttler } = setUp([rule], { modes: { normal: { buffer: 0.5 } } });
    await throttler.throttle({ a: 1 });
    expect(await refusal(throttler.throttle({ a: 5 }, { maxWait: 1000 }))).toMatchObject({
      code: 'WAIT_TIMEOUT',
    });
    const large = follow(clock, throttler.throttle({ a: 5 }));
    // A request that is granted now would still count when the large one can go.
    await clock.advance(1);
    const small = follow(clock, throttler.throttle({ a: 1 }));
    const wait = throttler.estimateWait({ a: 1 });
    await clock.advance(999);
    expect([large.state, small.state]).toEqual(['waiting', 'waiting']);
    await clock.advance(1);
    expect([large.state, small.state]).toEqual(['granted', 'waiting']);
    expect(throttler.getStatus().a).toEqual({ tokens: 0, capacity: 2, utilization: 1 });
    await clock.advance(1001);
    expect(small.state).toBe('granted');
    expect(wait).toBeGreaterThanOrEqual(1999);
    expect(wait).toBeLessThan(2000);
  });

  test('grants a cost above what the reserve leaves alone', async () => {
    const { throttler } = setUp([bucket('a', 100)], { modes: { normal: { reserve: 0.4 } } });
    await throttler.throttle({ a: 1 }, { priority: 'critical' });
    expect(throttler.tryThrottle({ a: 61 })).toBe(false);
    expect(throttler.tryThrottle({ a: 61 }, { priority: 'critical' })).toBe(true);
    const idle = setUp([bucket('a', 100)], { modes: { normal: { reserve: 0.4 } } });
    expect(idle.throttler.tryThrottle({ a: 61 })).toBe(true);
  });

  test('keeps a limit of 1', async () => {
    const { throttler } = setUp([bucket('a', 1)], { modes });
    throttler.setMode('careful');
    expect(throttler.getStatus()).toEqual({ a: { tokens: 1, capacity: 1, utilization: 0 } });
    await throttler.throttle({ a: 1 });
  });

  test('scales the jitter of a bucket with the rate', () => {
    const rule = tokenBucket({ id: 'a', capacity: 100, refillRate: 0.1, jitter: 100 });
    const { throttler } = setUp([rule], { modes });
    expect(capacityOf(throttler)).toBe(90);
    throttler.setMode('careful');
    expect(capacityOf(throttler)).toBe(45);
  });

  test('applies to rules added or changed later', () => {
    const { throttler } = setUp([bucket('a', 100)], { modes });
    throttler.setMode('careful');
    throttler.addRule(bucket('b', 50));
    throttler.updateRule('a', { capacity: 200 });
    expect([capacityOf(throttler), capacityOf(throttler, 'b')]).toEqual([100, 25]);
  });

  test.each(['__proto__', 'constructor', 'toString', '', 'a b', '🚦'])(
    '%o is a name like any other',
    (name) => {
      const named = Object.defineProperty({}, name, { value: { buffer: 0.5 }, enumerable: true });
      const { throttler } = setUp([bucket('a', 100)], { modes: named });
      throttler.setMode(name);
      expect([throttler.mode, capacityOf(throttler)]).toEqual([name, 50]);
      const unknown = setUp([bucket('a', 100)], { modes }).throttler;
      expect(thrown(() => unknown.setMode(name)).code).toBe('INVALID_CONFIG');
      expect([unknown.mode, capacityOf(unknown)]).toEqual(['normal', 100]);
    },
  );

  test.each([
    ['mode', ['brust'], '"brust"', 'brust'],
    ['mode', ['Careful'], '"Careful"', 'Careful'],
    ['mode', [undefined], 'undefined', 'undefined'],
    ['mode', [null], 'null', 'null'],
    ['mode', [1], '1', 1],
    ['durationMs', ['careful', -1], '-1', -1],
    ['durationMs', ['careful', Number.NaN], 'NaN', Number.NaN],
    ['durationMs', ['careful', '5'], '"5"', '5'],
    ['durationMs', ['careful', null], 'null', 'null'],
    ['durationMs', ['brust', -1], '-1', -1],
  ])('rejects %s: %o', (field, args, shown, value) => {
    const { throttler } = setUp([bucket('a', 100)], { modes });
    const error = thrown(() => throttler.setMode(...(args as [string, number])));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect({ ...error }).toEqual({ code: 'INVALID_CONFIG', field, value });
    expect(error.message).toContain(`${field} must be `);
    expect(error.message).toContain(`, got ${shown}`);
    expect([throttler.mode, capacityOf(throttler)]).toEqual(['normal', 100]);
  });

  test('is without effect after close', () => {
    const { throttler } = setUp([], { modes });
    throttler.setMode('careful');
    throttler.close();
    expect(throttler.mode).toBe('normal');
    expect(thrown(() => throttler.setMode('careful')).code).toBe('CLOSED');
  });
});

test.each([
  ['share', 0, 'share'],
  ['share', -0.5, 'share'],
  ['share', 1.01, 'share'],
  ['share', Number.NaN, 'share'],
  ['share', '0.5', 'share'],
  ['share', null, 'share'],
  ['modes', null, 'modes'],
  ['modes', [], 'modes'],
  ['modes', 'careful', 'modes'],
  ['modes', { m: null }, 'modes.m'],
  ['modes', { m: 0.5 }, 'modes.m'],
  ['modes', { m: { buffer: 1 } }, 'modes.m.buffer'],
  ['modes', { m: { buffer: -0.1 } }, 'modes.m.buffer'],
  ['modes', { m: { reserve: Number.NaN } }, 'modes.m.reserve'],
  ['modes', { m: { reserve: Number.POSITIVE_INFINITY } }, 'modes.m.reserve'],
  ['modes', { m: { reserve: '0.5' } }, 'modes.m.reserve'],
])('configuration with %s %o is rejected', (name, value, field) => {
  const error = thrown(() => new MultiThrottler([], { [name]: value }));
  expect(error).toBeInstanceOf(InvalidConfigError);
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', field });
  expect(error.message).toContain(`${field} must be `);
});

test('unknown field of a mode is rejected with the known ones', () => {
  const modes = { m: { reserved: 0.5 } as object };
  const error = thrown(() => new MultiThrottler([], { modes }));
  expect(error).toBeInstanceOf(InvalidConfigError);
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'modes.m.reserved', value: 0.5 });
  expect(error.message).toBe('unknown field "reserved" for modes.m; known fields: buffer, reserve');
});

test('the modes are told as they are configured, with normal first', () => {
  const { throttler } = setUp([bucket('a', 100)]);
  expect(throttler.modes).toEqual({ normal: {} });
  const modes = { burst: { buffer: 0.1 }, normal: { reserve: 0.2 } };
  throttler.configure({ modes });
  modes.burst.buffer = 0.5;
  expect(throttler.modes).toEqual({ normal: { reserve: 0.2 }, burst: { buffer: 0.1 } });
  expect(Object.keys(throttler.modes)).toEqual(['normal', 'burst']);
  throttler.configure({ share: 0.5 });
  expect(() => throttler.configure({ modes: { burst: { buffer: 2 } } })).toThrow(
    InvalidConfigError,
  );
  expect(Object.keys(throttler.modes)).toEqual(['normal', 'burst']);
});
