// The contract's "behaviour that is fixed", sentence by sentence, as far as other files do not test
// it in detail.

import { MultiThrottler } from 'multi-throttler';
import { expect, test, vi } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

test('throttle never throws but rejects', async () => {
  const { throttler } = setUp([bucket('a', 1, 0, 0)], { maxCapacity: 0 });
  const detached = throttler.throttle as unknown as (
    cost: unknown,
    options?: unknown,
  ) => Promise<void>;
  const throwing = {
    get priority(): never {
      throw new Error('mine');
    },
  };
  const calls: (() => Promise<void>)[] = [
    () => throttler.throttle({ x: 1 }),
    () => throttler.throttle({ a: -1 }),
    () => throttler.throttle({ a: 2 }),
    () => throttler.throttle({ a: 1 }),
    () => throttler.throttle(null as unknown as Record<string, number>),
    () => throttler.throttle({ a: 1 }, 5 as never),
    () => throttler.throttle({ a: 1 }, 'critical' as never),
    () => throttler.throttle({ a: 1 }, throwing),
    () => throttler.throttle({ a: 1 }, { maxWait: -1 }),
    () => detached({ a: 1 }),
    () => detached.call({}, { a: 1 }),
  ];
  for (const call of calls) {
    const promise = call();
    expect(promise).toBeInstanceOf(Promise);
    expect(await refusal(promise)).toBeInstanceOf(Error);
  }
});

test('throttle resolves with undefined', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10)]);
  const results = Promise.all([throttler.throttle({ a: 1 }), throttler.throttle({ a: 1 })]);
  await clock.advance(10);
  expect(await results).toEqual([undefined, undefined]);
});

test('options may be absent, undefined or empty', async () => {
  const { throttler } = setUp([bucket('a', 9)]);
  const none = { priority: undefined, signal: undefined, maxWait: undefined };
  for (const options of [undefined, {}, none, Object.create(null)])
    await throttler.throttle({ a: 1 }, options);
  expect(tokens(throttler)).toEqual({ a: 5 });
});

test('possible grants are made before throttle returns', () => {
  const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
  throttler.throttle({ a: 3, b: 4 });
  expect(tokens(throttler)).toEqual({ a: 7, b: 6 });
  expect(throttler.isRunning()).toBe(false);
});

test('grant takes from all rules or none', async () => {
  const { clock, throttler } = setUp([bucket('plenty', 10), bucket('scarce', 2, 1 / 100, 0)]);
  const outcome = follow(clock, throttler.throttle({ plenty: 5, scarce: 2 }));
  for (const scarce of [0, 0.5, 1, 1.5]) {
    expect(tokens(throttler)).toEqual({ plenty: 10, scarce });
    await clock.advance(50);
  }
  expect(outcome).toMatchObject({ state: 'granted', at: 200 });
  expect(tokens(throttler)).toEqual({ plenty: 5, scarce: 0 });
});

test('grant is never early', async () => {
  for (const [capacity, rate, cost, due] of [
    [1, 1 / 7, 1, 7],
    [3, 1 / 3, 2.5, 7.5],
    [10, 1200 / 60_000, 10, 500],
    [1, 0.1 + 0.2, 1, 1 / (0.1 + 0.2)],
  ] as const) {
    const { clock, throttler } = setUp([bucket('a', capacity, rate, 0)]);
    const outcome = follow(clock, throttler.throttle({ a: cost }));
    await clock.advance(due - 1e-9);
    throttler.setTokens('unknown', 1);
    expect(outcome.state).toBe('waiting');
    await clock.advance(2e-9);
    expect(outcome.state).toBe('granted');
  }
});

test('early timers do not grant early', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  clock.lateness = 0;
  clock.step(-40);
  await clock.advance(100);
  expect(outcome.state).toBe('waiting');
  await clock.advance(40);
  expect(outcome).toMatchObject({ state: 'granted', at: 100 });
});

test('buckets refill while idle up to capacity', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0)]);
  const seen: number[] = [];
  for (let i = 0; i < 5; i++) {
    seen.push(throttler.getStatus().a?.tokens ?? Number.NaN);
    await clock.advance(300);
  }
  expect(seen).toEqual([0, 3, 6, 9, 10]);
  expect(clock.armed).toBe(0);
});

test('getStatus lists all rules in order', async () => {
  const { clock, throttler } = setUp([bucket('b', 8, 1 / 100, 2), bucket('a', 3)]);
  expect(Object.keys(throttler.getStatus())).toEqual(['b', 'a']);
  await clock.advance(100);
  expect(throttler.getStatus()).toEqual({
    b: { tokens: 3, capacity: 8, utilization: 1 - 3 / 8 },
    a: { tokens: 3, capacity: 3, utilization: 0 },
  });
});

test('getStatus returns a copy', async () => {
  const { throttler } = setUp([bucket('a', 3)]);
  const status = throttler.getStatus();
  Object.assign(status.a ?? {}, { tokens: 99 });
  expect(tokens(throttler)).toEqual({ a: 3 });
});

test('isRunning is true only while a request waits', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10)]);
  expect(throttler.isRunning()).toBe(false);
  throttler.throttle({ a: 1 });
  expect(throttler.isRunning()).toBe(false);
  throttler.throttle({ a: 1 });
  expect([throttler.isRunning(), throttler.getQueueLength()]).toEqual([true, 1]);
  await clock.advance(10);
  expect([throttler.isRunning(), throttler.getQueueLength()]).toEqual([false, 0]);
});

test('requests are granted in order of arrival', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 10, 0)]);
  const order: number[] = [];
  for (const [i, a] of [5, 1, 3, 1].entries()) throttler.throttle({ a }).then(() => order.push(i));
  await clock.advance(100);
  expect(order).toEqual([0, 1, 2, 3]);
});

test('small requests do not starve a large one', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 10, 0)]);
  const large = follow(clock, throttler.throttle({ a: 10 }));
  for (let i = 0; i < 10; i++) {
    throttler.throttle({ a: 1 });
    await clock.advance(10);
  }
  expect(large).toMatchObject({ state: 'granted', at: 100 });
});

test('blocked request does not block unrelated ones', async () => {
  const { clock, throttler } = setUp([bucket('blocked', 1, 0, 0), bucket('free', 1)]);
  throttler.throttle({ blocked: 1 });
  const other = follow(clock, throttler.throttle({ free: 1 }));
  const empty = follow(clock, throttler.throttle({}));
  const zero = follow(clock, throttler.throttle({ blocked: 0 }));
  await clock.advance(0);
  expect([other.state, empty.state, zero.state]).toEqual(['granted', 'granted', 'granted']);
});

test('request does not overtake at the cost of others', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0), bucket('b', 1)]);
  const both = follow(clock, throttler.throttle({ a: 2, b: 1 }));
  const onlyB = follow(clock, throttler.throttle({ b: 1 }));
  await clock.advance(200);
  expect(both).toMatchObject({ state: 'granted', at: 200 });
  expect(onlyB.state).toBe('waiting');
});

test('reset fills all rules and grants waiters', async () => {
  const { clock, throttler } = setUp([bucket('a', 3, 0, 0), bucket('b', 2, 1 / 10, 0)]);
  const outcomes = [1, 1, 1, 1].map((a) => follow(clock, throttler.throttle({ a })));
  throttler.reset();
  expect(tokens(throttler)).toEqual({ a: 0, b: 2 });
  await clock.advance(0);
  expect(outcomes.map(({ state }) => state)).toEqual(['granted', 'granted', 'granted', 'waiting']);
});

test('setTokens clamps, ignores unknown ids, grants waiters', async () => {
  const { clock, throttler } = setUp([bucket('a', 5), bucket('b', 5)]);
  const set = (value: number) => {
    throttler.setTokens('a', value);
    return tokens(throttler).a;
  };
  expect([2.5, -3, 99, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(set)).toEqual([
    2.5, 0, 5, 5, 0,
  ]);
  throttler.setTokens('unknown', 3);
  expect(Object.keys(tokens(throttler))).toEqual(['a', 'b']);
  const waiting = follow(clock, throttler.throttle({ a: 2 }));
  throttler.setTokens('a', 1);
  await clock.advance(0);
  expect(waiting.state).toBe('waiting');
  throttler.setTokens('a', 2);
  expect(tokens(throttler)).toEqual({ a: 0, b: 5 });
  await clock.advance(0);
  expect(waiting.state).toBe('granted');
  expect(thrown(() => throttler.setTokens('a', Number.NaN)).code).toBe('INVALID_RULE');
});

test('global timers are looked up on use', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const throttler = new MultiThrottler([bucket('a', 1, 1 / 100)]);
    throttler.throttle({ a: 1 });
    let granted = false;
    throttler.throttle({ a: 1 }).then(() => {
      granted = true;
    });
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(99);
    expect(granted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(granted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('global timers get whole milliseconds, rounded up', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const throttler = new MultiThrottler([bucket('a', 1, 1 / 7.5, 0)]);
    const setTimeout = vi.spyOn(globalThis, 'setTimeout');
    throttler.throttle({ a: 1 });
    expect(setTimeout.mock.calls.map(([, ms]) => ms)).toEqual([8]);
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
});
