// The statistics of a throttler.

import { concurrency, fixedWindow, MultiThrottler, rollingWindow } from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, refusal, setUp, thrown } from '../support/helpers.ts';

test('a new throttler has counted nothing', () => {
  const { throttler } = setUp([bucket('a', 10)]);
  expect(throttler.getStats()).toEqual({
    granted: 0,
    rejected: {},
    aborted: 0,
    waiting: { critical: 0, normal: 0, low: 0 },
    wait: { p50: 0, p95: 0, p99: 0, max: 0 },
    peakUtilization: { a: 0 },
    throttleFactor: 0,
    mode: 'normal',
    consecutive429: 0,
    pausedUntil: null,
    timersFired: 0,
  });
});

test('grants are counted on every path, with their waits', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 0.01)]);
  await throttler.throttle({ a: 1 });
  await throttler.throttle({ a: 1 }, { priority: 'low' });
  expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  (await throttler.acquire({ a: 1 })).release();
  await throttler.run({ a: 1 }, () => 'done');
  await throttler.throttle({});
  const waits = throttler.throttle({ a: 10 });
  expect(throttler.getStats()).toMatchObject({ granted: 6, waiting: { normal: 1 } });
  await clock.advance(500);
  await waits;
  const stats = throttler.getStats();
  expect(stats).toMatchObject({ granted: 7, waiting: { normal: 0 }, timersFired: 1 });
  expect(stats.peakUtilization).toEqual({ a: 1 });
  expect(stats.wait).toMatchObject({ p50: 0, max: 500 });
  expect(Math.abs(stats.wait.p99 / 500 - 1)).toBeLessThanOrEqual(1 / 32);
});

test('rejections are counted by their code, and aborts apart from them', async () => {
  const { clock, throttler } = setUp(
    [bucket('a', 10, 0.01, 0), concurrency({ id: 'c', limit: 1 })],
    {
      maxCapacity: 2,
    },
  );
  const controller = new AbortController();
  const reasons = [
    throttler.throttle({ b: 1 }),
    throttler.throttle({ a: Number.NaN }),
    throttler.throttle(7 as never),
    throttler.throttle({ a: '1' as never }),
    throttler.throttle({ a: 11 }),
    throttler.throttle({ c: 1 }),
    throttler.throttle({ a: 1 }, { maxWait: 5 }),
    throttler.throttle({ a: 1 }, { signal: controller.signal }),
    throttler.throttle({ a: 1 }, { maxWait: 200 }),
    throttler.throttle({ a: 1 }),
  ].map(refusal);
  thrown(() => throttler.tryThrottle({ b: 1 }));
  throttler.pause();
  await clock.advance(300);
  controller.abort();
  throttler.throttle({ a: 1 }).catch(() => {});
  throttler.clear();
  await Promise.all(reasons);
  const rejected = {
    UNKNOWN_RULE: 2,
    INVALID_COST: 3,
    COST_EXCEEDS_CAPACITY: 1,
    NEEDS_PERMIT: 1,
    WAIT_TIMEOUT: 2,
    QUEUE_OVERFLOW: 1,
    CLEARED: 1,
  };
  expect(throttler.getStats()).toMatchObject({ granted: 0, aborted: 1, rejected });
});

test('an estimate counts no rejection', () => {
  const { throttler } = setUp([bucket('a', 10)]);
  for (const cost of [{ b: 1 }, { a: Number.NaN }, 7])
    thrown(() => throttler.estimateWait(cost as never));
  throttler.close();
  thrown(() => throttler.estimateWait({ a: 1 }));
  expect(throttler.getStats().rejected).toEqual({});
});

test('a closed throttler keeps its counts and peaks', async () => {
  const { throttler } = setUp([bucket('a', 10)]);
  await throttler.throttle({ a: 4 });
  const waits = refusal(throttler.throttle({ a: 9 }));
  throttler.close();
  expect((await waits).code).toBe('CLOSED');
  await refusal(throttler.throttle({ a: 1 }));
  expect(throttler.getStats()).toMatchObject({
    granted: 1,
    rejected: { CLOSED: 2 },
    peakUtilization: { a: 0.4 },
  });
  throttler.close();
  expect(throttler.getStats().peakUtilization).toEqual({ a: 0.4 });
});

test('the state of the server is told', async () => {
  const { clock, throttler } = setUp([fixedWindow({ id: 'a', limit: 10, interval: 1000 })], {
    modes: { burst: {} },
  });
  throttler.setMode('burst');
  throttler.report({ status: 429, headers: { 'retry-after': '2' } });
  expect(throttler.getStats()).toMatchObject({
    mode: 'burst',
    consecutive429: 1,
    pausedUntil: clock.wallNow() + 2000,
  });
  throttler.pause();
  expect(throttler.getStats().pausedUntil).toBe(Number.POSITIVE_INFINITY);
  throttler.resume();
  throttler.syncUsage({ a: 9 });
  expect(throttler.getStats()).toMatchObject({ pausedUntil: null, throttleFactor: 1 });
});

test('a peak that has passed is remembered, by rule', async () => {
  const { clock, throttler } = setUp([
    rollingWindow({ id: 'a', limit: 10, interval: 100 }),
    rollingWindow({ id: '7', limit: 10, interval: 100 }),
    rollingWindow({ id: 'k:*', limit: 10, interval: 100 }),
  ]);
  await throttler.throttle({ a: 5, 'k:x': 3 });
  await throttler.throttle({ a: 3 });
  await clock.advance(1000);
  await throttler.throttle({ a: 2, 7: 1 });
  const peaks = throttler.getStats().peakUtilization;
  expect(Object.keys(peaks).sort()).toEqual(['7', 'a', 'k:*']);
  expect(peaks.a).toBeCloseTo(0.8);
  expect(peaks['7']).toBeCloseTo(0.1);
  expect(peaks['k:*']).toBeCloseTo(0.3);
});

test('a request that is due is granted before anything is read', () => {
  const { clock, throttler } = setUp([rollingWindow({ id: 'r', limit: 1, interval: 100 })]);
  throttler.throttle({ r: 1 });
  throttler.throttle({ r: 1 });
  // Time goes on, and no timer fires.
  clock.step(150);
  expect(throttler.getStatus().r?.tokens).toBe(0);
  throttler.throttle({ r: 1 });
  clock.step(150);
  expect(throttler.getQueueLength()).toBe(0);
  throttler.throttle({ r: 1 });
  clock.step(150);
  expect(throttler.isRunning()).toBe(false);
  throttler.throttle({ r: 1 });
  clock.step(150);
  expect(throttler.getStats()).toMatchObject({ granted: 5, waiting: { normal: 0 } });
});

test('the system clock has the fast path counted too', async () => {
  const throttler = new MultiThrottler([bucket('a', 1000)]);
  for (let i = 0; i < 500; i++) await throttler.throttle({ a: 1 });
  const { granted, peakUtilization } = throttler.getStats();
  expect(granted).toBe(500);
  expect(peakUtilization.a).toBe(0.5);
});
