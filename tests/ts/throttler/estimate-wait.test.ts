// Requests that do not wait: tryThrottle and estimateWait.

import {
  concurrency,
  InvalidConfigError,
  rollingWindow,
  type ThrottleCost,
  tokenBucket,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

describe('tryThrottle', () => {
  test('takes all costs now or none', () => {
    const { clock, throttler } = setUp([bucket('a', 5), bucket('b', 2)]);
    expect(throttler.tryThrottle({ a: 2, b: 2 })).toBe(true);
    expect(tokens(throttler)).toEqual({ a: 3, b: 0 });
    expect(throttler.tryThrottle({ a: 1, b: 1 })).toBe(false);
    expect(tokens(throttler)).toEqual({ a: 3, b: 0 });
    expect(throttler.tryThrottle({})).toBe(true);
    expect([clock.armed, throttler.isRunning()]).toEqual([0, false]);
  });

  test('takes nothing that waiters need', async () => {
    const { clock, throttler } = setUp([bucket('weight', 10), bucket('orders', 1, 1 / 100, 0)]);
    const order = follow(clock, throttler.throttle({ weight: 8, orders: 1 }));
    expect(throttler.tryThrottle({ weight: 3 })).toBe(false);
    expect(throttler.tryThrottle({ weight: 2 })).toBe(true);
    expect(throttler.tryThrottle({ weight: 3 }, { priority: 'low' })).toBe(false);
    expect(throttler.tryThrottle({ weight: 8 }, { priority: 'critical' })).toBe(true);
    await clock.advance(1000);
    expect(order.state).toBe('waiting');
  });

  test('replans waiters after it took tokens', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 10, 0)]);
    const normal = follow(clock, throttler.throttle({ a: 5 }));
    await clock.advance(40);
    expect(throttler.tryThrottle({ a: 4 }, { priority: 'critical' })).toBe(true);
    await clock.advance(100);
    expect([normal.at, clock.peak]).toEqual([90, 1]);
  });

  test('grants due waiters first when a timer is late', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const waiting = follow(clock, throttler.throttle({ a: 1 }));
    clock.step(100);
    expect(throttler.tryThrottle({ a: 1 })).toBe(false);
    // Without waiters no timer is needed.
    expect(clock.pending).toBe(0);
    await clock.advance(0);
    expect(waiting).toMatchObject({ state: 'granted', at: 100 });
  });

  test('returns true also if the clock fails then', () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 10, 4)]);
    throttler.throttle({ a: 8 }, { priority: 'low' });
    clock.clearTimeout = () => {
      throw new RangeError('broken');
    };
    expect(throttler.tryThrottle({ a: 4 }, { priority: 'critical' })).toBe(true);
    expect(tokens(throttler)).toEqual({ a: 0 });
  });
});

describe('estimateWait', () => {
  test('changes nothing', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 4)]);
    expect([3, 4, 5, 10].map((a) => throttler.estimateWait({ a }))).toEqual([0, 0, 100, 600]);
    expect(throttler.estimateWait({})).toBe(0);
    expect([tokens(throttler).a, throttler.isRunning(), clock.armed]).toEqual([4, false, 0]);
    await clock.advance(50);
    expect(throttler.estimateWait({ a: 5 })).toBe(50);
  });

  test('is exact behind waiters', async () => {
    const rules = [
      bucket('a', 10, 1 / 32, 3),
      rollingWindow({ id: 'b', limit: 6, interval: 512 }),
      tokenBucket({ id: 'c', capacity: 4, refillRate: 1 / 64, allowDebt: true }),
    ];
    const costs: ThrottleCost[] = [
      { a: 4 },
      { a: 1, b: 3 },
      { b: 6 },
      { c: 9 },
      { a: 2, c: 1 },
      { a: 1 },
      { b: 1, c: 5 },
    ];
    const { clock, throttler } = setUp(rules);
    const pending: (() => void)[] = [];
    for (let i = 0; i < 40; i++) {
      const cost = costs[(i * 5) % costs.length] as ThrottleCost;
      const wait = throttler.estimateWait(cost);
      const outcome = follow(clock, throttler.throttle(cost));
      const at = clock.now();
      if (i % 3 === 0) await clock.advance((i * 37) % 200);
      // Later requests must not have delayed it.
      pending.push(() => expect(outcome.at).toBe(at + wait));
    }
    await clock.advance(1e6);
    for (const check of pending) check();
  });
  test('depends on the priority', () => {
    const { throttler } = setUp([bucket('a', 10, 1 / 10, 0)]);
    throttler.throttle({ a: 5 });
    expect(throttler.estimateWait({ a: 1 }, { priority: 'critical' })).toBe(10);
    expect(throttler.estimateWait({ a: 1 })).toBe(60);
    expect(throttler.estimateWait({ a: 1 }, { priority: 'low' })).toBe(60);
  });

  test('includes pauses, modes and endless waits', async () => {
    const { throttler } = setUp(
      [bucket('a', 10), bucket('b', 10, 0, 0), concurrency({ id: 'tasks', limit: 1 })],
      {
        modes: { careful: { buffer: 0.5 } },
      },
    );
    expect(throttler.estimateWait({ b: 1 })).toBe(Number.POSITIVE_INFINITY);
    throttler.setMode('careful', 70);
    throttler.setTokens('a', 4);
    expect(throttler.estimateWait({ a: 6 })).toBe(70);
    throttler.pause({ ms: 90 });
    expect(throttler.estimateWait({ a: 6 })).toBe(90);
    throttler.pause();
    expect(throttler.estimateWait({ a: 1 })).toBe(Number.POSITIVE_INFINITY);
    throttler.resume();
    throttler.setMode('normal');
    // The estimate does not depend on the method that would submit the request.
    expect(throttler.estimateWait({ tasks: 1 })).toBe(0);
    const permit = await throttler.acquire({ tasks: 1 });
    expect(throttler.estimateWait({ tasks: 1 })).toBe(Number.POSITIVE_INFINITY);
    permit.release();
    expect(throttler.estimateWait({ tasks: 1 })).toBe(0);
  });

  test('ignores a full queue', () => {
    const { throttler } = setUp([bucket('a', 1, 1 / 100, 0)], { maxCapacity: 0 });
    expect(throttler.estimateWait({ a: 1 })).toBe(100);
  });

  test('settles due waiters without a timer', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const waiting = follow(clock, throttler.throttle({ a: 1 }));
    clock.step(100);
    expect(throttler.estimateWait({ a: 1 })).toBe(100);
    expect(clock.pending).toBe(0);
    await clock.advance(0);
    expect(waiting.at).toBe(100);
  });
});

describe('tryThrottle and estimateWait throw like throttle rejects', () => {
  const reason = new RangeError('no');
  const getter = {
    get a(): number {
      throw reason;
    },
  };
  const bad: [string, unknown][] = [
    ['an unknown rule', { a: 1, x: 0 }],
    ['no number', { a: '1' }],
    ['NaN', { a: Number.NaN }],
    ['a negative number', { a: -1 }],
    ['Infinity', { a: Number.POSITIVE_INFINITY }],
    ['no cost', undefined],
    ['null', null],
    ['a Map', new Map()],
    ['__proto__', JSON.parse('{"__proto__":1}')],
    ['what a getter throws', getter],
  ];

  test.each(bad)('%s', async (_, cost) => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = await refusal(throttler.throttle(cost as ThrottleCost));
    for (const method of ['tryThrottle', 'estimateWait'] as const) {
      const other = thrown(() => throttler[method](cost as ThrottleCost));
      if (error === (reason as unknown)) expect(other).toBe(reason);
      expect(other.constructor).toBe(error.constructor);
      expect(other.message).toBe(error.message);
      expect({ ...other }).toEqual({ ...error });
    }
    expect(tokens(throttler)).toEqual({ a: 10 });
  });

  test.each([{ priority: 'urgent' }, { priority: null }, 5, 'low'])('options %o', (options) => {
    const { throttler } = setUp([bucket('a', 10)]);
    for (const method of ['tryThrottle', 'estimateWait'] as const) {
      expect(thrown(() => throttler[method]({ a: 1 }, options as object))).toBeInstanceOf(
        InvalidConfigError,
      );
    }
    expect(tokens(throttler)).toEqual({ a: 10 });
  });

  test('options null counts as absent', async () => {
    const { throttler } = setUp([bucket('a', 3)]);
    const none = null as unknown as undefined;
    await throttler.throttle({ a: 1 }, none);
    expect(throttler.tryThrottle({ a: 1 }, none)).toBe(true);
    expect(throttler.estimateWait({ a: 1 }, none)).toBe(0);
  });

  test('tryThrottle alone rejects a cost above the capacity', () => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    expect(thrown(() => throttler.tryThrottle({ a: 11 })).code).toBe('COST_EXCEEDS_CAPACITY');
    expect(throttler.estimateWait({ a: 11 })).toBe(Number.POSITIVE_INFINITY);
    expect(throttler.estimateWait({ a: 11, b: 1 }, { priority: 'critical' })).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(tokens(throttler)).toEqual({ a: 10, b: 10 });
  });

  test('estimateWait reports unknown rules and invalid costs before it estimates', () => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    expect(thrown(() => throttler.estimateWait({ a: 11, x: 1 })).code).toBe('UNKNOWN_RULE');
    expect(thrown(() => throttler.estimateWait({ a: 11, b: -1 })).code).toBe('INVALID_COST');
  });

  test('after close', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    throttler.close();
    expect(thrown(() => throttler.tryThrottle({})).code).toBe('CLOSED');
    expect(thrown(() => throttler.estimateWait({})).code).toBe('CLOSED');
  });
});
