// Cloudflare Workers: both clocks read 0 while a module is loaded, and Unix time in a request.

import { fixedWindow, MultiThrottler, rollingWindow, tokenBucket } from 'multi-throttler';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

/** 2026-11-30 10:00:00.250 UTC */
const FIRST_REQUEST = Date.UTC(2026, 10, 30, 10, 0, 0, 250);

let now: number;

beforeEach(() => {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(Date, 'now').mockImplementation(() => now);
});

afterEach(() => vi.restoreAllMocks());

const tokensOf = (throttler: MultiThrottler, id = 'a') => throttler.getStatus()[id]?.tokens;

describe('calls of a module count from the first real time', () => {
  test('the tokens of a bucket', () => {
    const throttler = new MultiThrottler([
      tokenBucket({ id: 'a', capacity: 10, refillRate: 0.01, tokens: 0 }),
    ]);
    now = FIRST_REQUEST;
    expect(tokensOf(throttler)).toBe(0);
    now += 150;
    expect(tokensOf(throttler)).toBe(1.5);
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('a request that takes the fast path', async () => {
    const throttler = new MultiThrottler([
      tokenBucket({ id: 'a', capacity: 2, refillRate: 0.01, tokens: 1 }),
    ]);
    await throttler.throttle({ a: 1 });
    now = FIRST_REQUEST;
    expect(throttler.estimateWait({ a: 1 })).toBe(100);
    now += 100;
    await throttler.throttle({ a: 1 });
    expect(tokensOf(throttler)).toBe(0);
  });

  test('a pause', () => {
    const throttler = new MultiThrottler([tokenBucket({ id: 'a', capacity: 1, refillRate: 1 })]);
    throttler.pause({ ms: 500 });
    now = FIRST_REQUEST;
    expect(throttler.estimateWait({ a: 1 })).toBe(500);
    now += 499;
    expect(throttler.tryThrottle({ a: 1 })).toBe(false);
    now += 1;
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('a mode', () => {
    const modes = { careful: { buffer: 0.5 } };
    const throttler = new MultiThrottler([tokenBucket({ id: 'a', capacity: 10, refillRate: 1 })], {
      modes,
    });
    throttler.setMode('careful', 1000);
    now = FIRST_REQUEST;
    expect(throttler.mode).toBe('careful');
    now += 1000;
    expect(throttler.mode).toBe('normal');
  });

  test('usage of a rolling window', () => {
    const throttler = new MultiThrottler([rollingWindow({ id: 'a', limit: 1, interval: 700 })]);
    throttler.setTokens('a', 0);
    now = FIRST_REQUEST;
    expect(throttler.estimateWait({ a: 1 })).toBeCloseTo(700, 6);
  });

  test('usage of a fixed window, in the window of the first request', () => {
    const throttler = new MultiThrottler([fixedWindow({ id: 'a', limit: 5, interval: 60_000 })]);
    throttler.setTokens('a', 2);
    now = FIRST_REQUEST;
    expect(tokensOf(throttler)).toBe(2);
    now += 59_750;
    expect(tokensOf(throttler)).toBe(5);
  });

  test('a snapshot, which counts as just made', () => {
    const rules = [tokenBucket({ id: 'a', capacity: 10, refillRate: 0.01 })];
    now = FIRST_REQUEST;
    const before = new MultiThrottler(rules);
    before.setTokens('a', 0);
    before.pause({ ms: 2000 });
    const snapshot = before.snapshot();

    now = 0;
    const throttler = new MultiThrottler(rules);
    throttler.restore(snapshot);
    now = FIRST_REQUEST + 1000;
    expect(tokensOf(throttler)).toBe(0);
    expect(throttler.estimateWait({ a: 1 })).toBe(2000);
  });
});

test('a throttler made within a request starts at the time of the request', () => {
  now = FIRST_REQUEST;
  const throttler = new MultiThrottler([
    tokenBucket({ id: 'a', capacity: 1, refillRate: 0.01, tokens: 0 }),
  ]);
  now += 50;
  expect(tokensOf(throttler)).toBe(0.5);
});

test('clocks that begin with 0 and run, as fake timers do', () => {
  const throttler = new MultiThrottler([
    tokenBucket({ id: 'a', capacity: 10, refillRate: 0.01, tokens: 0 }),
  ]);
  expect(tokensOf(throttler)).toBe(0);
  now = 250;
  expect(tokensOf(throttler)).toBe(2.5);
  now = 365 * 86_400_000;
  expect(tokensOf(throttler)).toBe(10);
});
