// Responses out of a browser's cache, which have an old Date and no Age.

import { fixedWindow, MultiThrottler } from 'multi-throttler';
import { rateLimitHeaders, throttledFetch } from 'multi-throttler/exchange';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const START = Date.UTC(2026, 10, 21, 12);

beforeEach(() => void vi.useFakeTimers({ now: START }));
afterEach(() => void vi.useRealTimers());

/** Sends requests to a server; `dates` are the ages of its responses in milliseconds. */
async function lastUsage(
  ages: number[],
  headers: Record<string, string> = { 'cache-control': 'max-age=60' },
) {
  const rules = [fixedWindow({ id: 'W', limit: 100, interval: 60_000 })];
  const throttler = new MultiThrottler(rules, { headers: rateLimitHeaders('W') });
  const send = throttledFetch(throttler, {
    costs: () => ({ W: 1 }),
    fetch: async () => {
      const date = new Date(Date.now() - (ages.shift() as number)).toUTCString();
      return new Response('{}', { headers: { date, 'x-ratelimit-remaining': '50', ...headers } });
    },
  });
  const seen: { wait: number; tokens: number }[] = [];
  while (ages.length > 0) {
    await send('http://exchange.test/book');
    seen.push({
      wait: throttler.estimateWait({ W: 51 }),
      tokens: throttler.getStatus().W?.tokens ?? 0,
    });
    await vi.advanceTimersByTimeAsync(10_000);
  }
  return seen;
}

test('a copy moves no clock', async () => {
  const [, copy] = await lastUsage([0, 10_000]);
  expect(copy?.wait).toBe(50_000);
});

test('a copy tells nothing about usage', async () => {
  const rules = [fixedWindow({ id: 'W', limit: 100, interval: 60_000 })];
  const throttler = new MultiThrottler(rules, { headers: rateLimitHeaders('W') });
  let remaining = 90;
  const send = throttledFetch(throttler, {
    costs: () => ({ W: 0 }),
    fetch: async () => {
      const headers = {
        date: new Date(START).toUTCString(),
        etag: '"a"',
        'x-ratelimit-remaining': `${remaining}`,
      };
      return new Response('{}', { headers });
    },
  });
  await send('http://exchange.test/book');
  await vi.advanceTimersByTimeAsync(10_000);
  remaining = 5;
  await send('http://exchange.test/book');
  expect(throttler.getStatus().W?.tokens).toBe(90);
});

test('a response of a server behind another is none', async () => {
  const [, second] = await lastUsage([0, 2000]);
  expect(second?.wait).toBeGreaterThan(50_000);
});

test('a response that no cache may store is believed', async () => {
  const [, second] = await lastUsage([0, 10_000], {});
  expect(second?.wait).toBeGreaterThan(55_000);
});
