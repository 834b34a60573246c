// With the system's clock most requests are granted by a fast path, which custom clocks do not
// have. The results are equal.

import {
  type Clock,
  fixedWindow,
  MultiThrottler,
  rollingWindow,
  type ThrottleCost,
  tokenBucket,
} from 'multi-throttler';
import { afterEach, expect, test, vi } from 'vitest';
import { bucket, generator, refusal, thrown, tokens } from '../support/helpers.ts';

const PRIORITIES = ['critical', 'normal', 'low'] as const;

/** Rules for more slots than the fast path can remember. */
const OTHERS = Array.from({ length: 70 }, (_, i) => `other ${i}`);

const rules = () => [
  tokenBucket({ id: 'bucket', capacity: 20, refillRate: 1 / 8 }),
  ...OTHERS.map((id) => tokenBucket({ id, capacity: 1e6, refillRate: 0 })),
  rollingWindow({ id: 'rolling', limit: 15, interval: 128, jitter: 4 }),
  fixedWindow({ id: 'calendar', limit: 30, interval: 256 }),
  fixedWindow({ id: 'first', limit: 12, interval: 64, anchor: 'first-request' }),
  tokenBucket({ id: 'key:*', capacity: 4, refillRate: 1 / 32 }),
];

afterEach(() => {
  vi.useRealTimers();
});

test('fast path knows a rule in a reused slot', async () => {
  const throttler = new MultiThrottler([bucket('a', 10), bucket('b', 10)]);
  for (let i = 0; i < 2; i++) await throttler.throttle({ a: 1, b: 1 });
  throttler.removeRule('a');
  throttler.addRule(bucket('c', 10));
  expect((await refusal(throttler.throttle({ a: 1, b: 1 }))).code).toBe('UNKNOWN_RULE');
  await throttler.throttle({ c: 1, b: 1 });
  expect(tokens(throttler)).toEqual({ b: 7, c: 9 });
});

test('fast path rejects after close', async () => {
  const throttler = new MultiThrottler([bucket('a', 10)]);
  await throttler.throttle({ a: 1 });
  throttler.close();
  expect((await refusal(throttler.throttle({ a: 1 }))).code).toBe('CLOSED');
});

test('fast path keeps a used-up window when Unix time steps back', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  vi.setSystemTime(1_700_000_000_500);
  const throttler = new MultiThrottler([fixedWindow({ id: 'a', limit: 2, interval: 1000 })]);
  for (let i = 0; i < 2; i++) await throttler.throttle({ a: 1 });
  await vi.advanceTimersByTimeAsync(600);
  vi.setSystemTime(1_700_000_000_700);
  const third = throttler.throttle({ a: 1 });
  expect(throttler.getQueueLength()).toBe(1);
  await vi.advanceTimersByTimeAsync(300);
  await third;
});

test('fast path stays closed if a clock closes in addRule', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const throttler = new MultiThrottler([bucket('a', 10)]);
  await throttler.throttle({ a: 1 });
  vi.spyOn(performance, 'now').mockImplementationOnce(() => {
    throttler.close();
    return 0;
  });
  expect(thrown(() => throttler.addRule(bucket('a', 10))).code).toBe('CLOSED');
  expect((await refusal(throttler.throttle({ a: 1 }))).code).toBe('CLOSED');
});

test.each([1, 2, 3])('fast path equals the slow path, seed %i', async (seed) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  const random = generator(seed);
  const clock: Clock = {
    now: () => performance.now(),
    wallNow: () => Date.now(),
    setTimeout: (callback, ms) => setTimeout(callback, Math.ceil(ms)),
    clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
  };
  const config = { modes: { careful: { buffer: 0.25, reserve: 0.5 } } };
  const throttlers = [
    new MultiThrottler(rules(), config),
    new MultiThrottler(rules(), { clock, ...config }),
  ] as const;
  const grants: [number[], number[]] = [[], []];

  const changes: ((throttler: MultiThrottler) => void)[] = [
    (t) => t.setMode('careful', 50),
    (t) => t.pause({ ms: 20, rules: ['bucket'] }),
    (t) => t.setTokens('bucket', 20),
    (t) => t.syncUsage({ calendar: 10, bucket: 3 }),
    // The last rule has the slot of a removed one.
    ...['other 3', 'newcomer'].flatMap((id) => [
      (t: MultiThrottler) => void t.removeRule(id),
      (t: MultiThrottler) => t.addRule(tokenBucket({ id, capacity: 1e6, refillRate: 0 })),
    ]),
  ];
  const ids = [
    'other 3',
    'newcomer',
    'bucket',
    'rolling',
    'calendar',
    'first',
    'key:a',
    'key:b',
    'other 0',
    'other 64',
  ];
  for (let i = 0; i < 1000; i++) {
    if (random(10) === 0) {
      const change = changes[random(changes.length)] as (typeof changes)[number];
      for (const throttler of throttlers) change(throttler);
    }
    if (random(40) === 0) {
      vi.setSystemTime(Date.now() + random(500));
      // Within a millisecond Unix time is not read again.
      await vi.advanceTimersByTimeAsync(1);
    }
    const costs: ThrottleCost = {};
    for (let count = random(4); count >= 0; count--) {
      costs[ids[random(ids.length)] as string] = random(7) === 0 ? 0 : 1 + random(2);
    }
    const options = random(3) === 0 ? undefined : { priority: PRIORITIES[random(3)] };
    for (const [of, throttler] of throttlers.entries()) {
      throttler.throttle(costs, options).then(
        () => grants[of]?.push(i),
        // The rule was removed.
        () => grants[of]?.push(-i),
      );
    }
    if (random(3) > 0) await vi.advanceTimersByTimeAsync(random(100));
    const [short, long] = throttlers;
    expect([tokens(short), short.getQueueLength()]).toEqual([tokens(long), long.getQueueLength()]);
  }
  await vi.advanceTimersByTimeAsync(1e6);
  expect(grants[0]).toEqual(grants[1]);
  expect(grants[0].length).toBe(1000);
});
