// A throttled fetch that a program makes the global one.

import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { throttledFetch } from 'multi-throttler/exchange';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const costs = () => ({ REQUESTS: 1 });

function throttler() {
  return new MultiThrottler([rollingWindow({ id: 'REQUESTS', limit: 5, interval: 60_000 })]);
}

beforeEach(() => {
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => new Response('sent')),
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test('a throttled fetch that is the global one sends with the one before, and pays once', async () => {
  const sending = vi.mocked(globalThis.fetch);
  const one = throttler();
  globalThis.fetch = throttledFetch(one, { costs });
  const response = await fetch('http://localhost/');
  expect(await response.text()).toBe('sent');
  expect(sending).toHaveBeenCalledTimes(1);
  expect(one.getStatus().REQUESTS?.tokens).toBe(4);
});

test('two throttled fetches made global in turn send once, and pay once each', async () => {
  const sending = vi.mocked(globalThis.fetch);
  const [inner, outer] = [throttler(), throttler()];
  globalThis.fetch = throttledFetch(inner, { costs });
  globalThis.fetch = throttledFetch(outer, { costs });
  await fetch('http://localhost/');
  expect(sending).toHaveBeenCalledTimes(1);
  expect([inner, outer].map((one) => one.getStatus().REQUESTS?.tokens)).toEqual([4, 4]);
});

test('a throttled fetch that is not the global one sends with the global one of the call', async () => {
  const throttled = throttledFetch(throttler(), { costs });
  const later = vi.fn(async () => new Response('later'));
  vi.stubGlobal('fetch', later);
  expect(await (await throttled('http://localhost/')).text()).toBe('later');
});
