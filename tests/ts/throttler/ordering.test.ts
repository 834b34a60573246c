// Overtaking: work-conserving and strict order, and aging.

import {
  InvalidConfigError,
  MultiThrottler,
  type MultiThrottlerConfig,
  type Priority,
  rollingWindow,
  type ThrottleCost,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bucket, follow, setUp, thrown, tokens } from '../support/helpers.ts';

const weightAndOrders = (orders: number) => [
  bucket('weight', 10, 1 / 100),
  bucket('orders', 1, 1 / 1000, orders),
];

describe('ordering work-conserving, the default', () => {
  test('lets market data overtake a blocked order', async () => {
    const { clock, throttler } = setUp(weightAndOrders(0));
    const order = follow(clock, throttler.throttle({ weight: 4, orders: 1 }));
    const data = [1, 2, 3].map(() => follow(clock, throttler.throttle({ weight: 2 })));
    await clock.advance(0);
    expect(data.map(({ state }) => state)).toEqual(['granted', 'granted', 'granted']);
    await clock.advance(1000);
    expect(order).toMatchObject({ state: 'granted', at: 1000 });
  });

  test('keeps the weight that a blocked order needs', async () => {
    const { clock, throttler } = setUp(weightAndOrders(0));
    const order = follow(clock, throttler.throttle({ weight: 10, orders: 1 }));
    // One of weight would be refilled in 100 ms, but the order goes in 50.
    await clock.advance(950);
    const data = follow(clock, throttler.throttle({ weight: 1 }));
    await clock.advance(49);
    expect([order.state, data.state, tokens(throttler).weight]).toEqual(['waiting', 'waiting', 10]);
    await clock.advance(1);
    expect(order).toMatchObject({ state: 'granted', at: 1000 });
    await clock.advance(100);
    expect(data).toMatchObject({ state: 'granted', at: 1100 });
  });

  test('passes a blocked order with weight that is refilled before the order goes', async () => {
    const { clock, throttler } = setUp(weightAndOrders(0));
    const order = follow(clock, throttler.throttle({ weight: 10, orders: 1 }));
    const data = follow(clock, throttler.throttle({ weight: 10 }));
    await clock.advance(1000);
    expect([order, data]).toMatchObject([
      { state: 'granted', at: 1000 },
      { state: 'granted', at: 0 },
    ]);
  });

  test('overtakes at exactly the demand ahead plus its cost', async () => {
    const { clock, throttler } = setUp([bucket('weight', 10), bucket('orders', 2, 0, 0)]);
    throttler.throttle({ weight: 3, orders: 1 });
    throttler.throttle({ weight: 4, orders: 1 });
    const tooMuch = follow(clock, throttler.throttle({ weight: 4 }));
    const fits = follow(clock, throttler.throttle({ weight: 0, orders: 0 }));
    const behind = follow(clock, throttler.throttle({ weight: 3 }, { priority: 'critical' }));
    await clock.advance(0);
    expect([tooMuch, fits, behind].map(({ state }) => state)).toEqual([
      'waiting',
      'granted',
      'granted',
    ]);
    expect(tokens(throttler)).toEqual({ weight: 7, orders: 0 });
    const other = setUp([bucket('weight', 10), bucket('orders', 2, 0, 0)]);
    other.throttler.throttle({ weight: 7, orders: 1 });
    const exact = follow(other.clock, other.throttler.throttle({ weight: 3 }));
    await other.clock.advance(0);
    expect(exact.state).toBe('granted');
  });

  test('makes a small request wait behind a large one', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 10, 5)]);
    const large = follow(clock, throttler.throttle({ a: 10 }));
    const small = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(60);
    expect([large.at, small.at]).toEqual([50, 60]);
  });

  test('lets requests use rules without waiters', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0), bucket('b', 1)]);
    throttler.throttle({ a: 1 });
    const other = follow(clock, throttler.throttle({ b: 1 }));
    await clock.advance(0);
    expect(other.state).toBe('granted');
  });
});

describe('ordering strict-fifo', () => {
  test('blocks all behind the first waiter', async () => {
    const { clock, throttler } = setUp([...weightAndOrders(0), bucket('other', 1)], {
      ordering: 'strict-fifo',
    });
    const first = follow(clock, throttler.throttle({ orders: 1 }));
    const others = [{ weight: 1 }, { other: 1 }].map((cost) =>
      follow(clock, throttler.throttle(cost)),
    );
    const free = follow(clock, throttler.throttle({ other: 0 }));
    const critical = follow(clock, throttler.throttle({ weight: 1 }, { priority: 'critical' }));
    await clock.advance(999);
    expect(others.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    expect([free.at, critical.at]).toEqual([0, 0]);
    await clock.advance(1);
    expect([first, ...others].map(({ at }) => at)).toEqual([1000, 1000, 1000]);
  });

  test('unblocks when the first waiter leaves', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0), bucket('b', 1)], {
      ordering: 'strict-fifo',
    });
    const controller = new AbortController();
    throttler.throttle({ a: 1 }, { signal: controller.signal }).catch(() => {});
    const next = follow(clock, throttler.throttle({ b: 1 }));
    controller.abort();
    await clock.advance(0);
    expect(next.state).toBe('granted');
  });
});

test('work-conserving grants no later than strict-fifo', async () => {
  // Both orders get the same arrivals. A simple generator makes failures reproducible.
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let round = 0; round < 60; round++) {
    const arrivals = Array.from({ length: 40 }, () => ({
      gap: random(4) === 0 ? random(300) : 0,
      cost: Object.fromEntries(
        ['a', 'b', 'c'].filter(() => random(2) === 0).map((id) => [id, 1 + random(8)]),
      ) as ThrottleCost,
    }));
    const grants = async (ordering: 'work-conserving' | 'strict-fifo') => {
      const clock = new VirtualClock();
      const rules = [
        bucket('a', 10, 1 / 16),
        bucket('b', 8, 1 / 32, 2),
        rollingWindow({ id: 'c', limit: 9, interval: 256 }),
      ];
      const throttler = new MultiThrottler(rules, { clock, ordering });
      const outcomes = [];
      for (const { gap, cost } of arrivals) {
        await clock.advance(gap);
        outcomes.push(follow(clock, throttler.throttle(cost)));
      }
      await clock.advance(1e6);
      expect([clock.pending, clock.peak <= 1]).toEqual([0, true]);
      return outcomes.map(({ at }) => at as number);
    };
    const [conserving, strict] = [await grants('work-conserving'), await grants('strict-fifo')];
    for (const [i, at] of conserving.entries()) expect(at).toBeLessThanOrEqual(strict[i] as number);
  }
});

describe('aging', () => {
  /**
   * Submits one request of each priority behind many critical ones, of which one is granted per 10
   * ms.
   */
  async function served(config: MultiThrottlerConfig) {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)], config);
    const ask = (priority: Priority) => follow(clock, throttler.throttle({ a: 1 }, { priority }));
    const [low, normal] = [ask('low'), ask('normal')];
    for (let i = 0; i < 100; i++) {
      ask('critical');
      await clock.advance(10);
    }
    return { low, normal, throttler, clock };
  }

  test('off lets low priorities starve', async () => {
    const { low, normal } = await served({});
    expect([low.state, normal.state]).toEqual(['waiting', 'waiting']);
  });

  test('raises a waiter by one class each time', async () => {
    const { low, normal } = await served({ aging: 200 });
    // The normal request is critical from 200 on and came before all critical ones; the low one is
    // critical from 400 on.
    expect([normal.at, low.at]).toEqual([200, 400]);
  });

  test('of Infinity is off', async () => {
    const { low } = await served({ aging: Number.POSITIVE_INFINITY });
    expect(low.state).toBe('waiting');
  });

  test('keeps queue lengths by requested priority', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)], { aging: 10 });
    throttler.throttle({ a: 1 }, { priority: 'low' });
    await clock.advance(100);
    expect([throttler.getQueueLength('low'), throttler.getQueueLength('critical')]).toEqual([1, 0]);
  });

  test('opens the reserve when a waiter becomes critical', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 0)], {
      aging: 100,
      modes: { normal: { reserve: 0.5 } },
    });
    await throttler.throttle({ a: 5 });
    const normal = follow(clock, throttler.throttle({ a: 1 }));
    const low = follow(clock, throttler.throttle({ a: 1 }, { priority: 'low' }));
    await clock.advance(1000);
    expect([normal.at, low.at]).toEqual([100, 200]);
    expect(clock.pending).toBe(0);
  });

  test('needs no timer for critical waiters', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)], { aging: 10 });
    throttler.throttle({ a: 1 }, { priority: 'critical' });
    throttler.throttle({ a: 1 }, { priority: 'low' });
    await clock.advance(1e6);
    expect([clock.fired, clock.pending]).toEqual([2, 0]);
  });
});

test.each([
  ['ordering', 'fifo', 'one of work-conserving, strict-fifo', '"fifo"'],
  ['ordering', null, 'one of work-conserving, strict-fifo', 'null'],
  ['ordering', true, 'one of work-conserving, strict-fifo', 'true'],
  ['aging', 0, 'a number of milliseconds above 0', '0'],
  ['aging', -1, 'a number of milliseconds above 0', '-1'],
  ['aging', Number.NaN, 'a number of milliseconds above 0', 'NaN'],
  ['aging', '5', 'a number', '"5"'],
  ['aging', null, 'a number', 'null'],
])('configuration with %s %o is rejected', (field, value, expected, shown) => {
  const error = thrown(() => new MultiThrottler([], { [field]: value }));
  expect(error).toBeInstanceOf(InvalidConfigError);
  expect(error).toMatchObject({
    code: 'INVALID_CONFIG',
    field,
    value: value === null ? 'null' : value,
  });
  expect(error.message).toBe(`${field} must be ${expected}, got ${shown}`);
});

test('undefined options count as absent', () => {
  const config = {
    ordering: undefined,
    overflow: undefined,
    share: undefined,
    modes: undefined,
    aging: undefined,
  };
  expect(tokens(new MultiThrottler([bucket('a', 5)], config))).toEqual({ a: 5 });
});
