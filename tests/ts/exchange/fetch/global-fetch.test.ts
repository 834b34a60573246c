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

/** Puts a wrapper around the global `fetch`, as tracers do. */
function wrapGlobalFetch(pause?: () => Promise<unknown>) {
  const inner = globalThis.fetch;
  const wrapper = vi.fn((async (input, init) => {
    if (pause) await pause();
    return inner(input, { ...init, headers: { traceparent: '1' } });
  }) as typeof fetch);
  globalThis.fetch = wrapper;
  return wrapper;
}

test('a wrapper that is put at once around a throttled fetch calls it once for a call', async () => {
  const sending = vi.mocked(globalThis.fetch);
  const one = throttler();
  const own = throttledFetch(one, { costs });
  globalThis.fetch = own;
  const wrapper = wrapGlobalFetch();
  for (const call of [fetch, fetch, own]) await call('http://localhost/');
  expect(one.getStatus().REQUESTS?.tokens).toBe(2);
  expect(sending).toHaveBeenCalledTimes(3);
  expect(wrapper.mock.calls.length).toBeGreaterThanOrEqual(2);
  expect(sending.mock.calls[0]?.[1]).toEqual({ headers: { traceparent: '1' } });
});

test('a wrapper that is put later around a throttled fetch may call it at any time', async () => {
  const sending = vi.mocked(globalThis.fetch);
  const one = throttler();
  globalThis.fetch = throttledFetch(one, { costs });
  await Promise.resolve();
  const wrapper = wrapGlobalFetch(() => Promise.resolve());
  for (let call = 0; call < 3; call++) await fetch('http://localhost/');
  expect(one.getStatus().REQUESTS?.tokens).toBe(2);
  expect(sending).toHaveBeenCalledTimes(3);
  expect(wrapper).toHaveBeenCalledTimes(3);
});

test('a wrapper beside calls at the same time leaves each of them its permit', async () => {
  const one = throttler();
  const own = throttledFetch(one, { costs });
  globalThis.fetch = own;
  wrapGlobalFetch();
  await Promise.all([
    fetch('http://localhost/1'),
    own('http://localhost/2'),
    fetch('http://localhost/3'),
  ]);
  expect(one.getStatus().REQUESTS?.tokens).toBe(2);
});
