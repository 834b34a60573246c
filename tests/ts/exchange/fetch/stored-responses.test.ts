// Responses out of a browser's cache, which have an old Date and no Age.

import { fixedWindow, MultiThrottler } from 'multi-throttler';
import { rateLimitHeaders, throttledFetch } from 'multi-throttler/exchange';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

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

describe('the first response of a server, in a browser', () => {
  beforeEach(() => void vi.stubGlobal('importScripts', () => undefined));
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const seconds = (age: number) => age * 1000;
  const lastModified = (age: number) => new Date(START - seconds(age)).toUTCString();

  /** Whether a response of 25 s ago is believed, alone and after another one of the same age. */
  async function isBelieved(
    headers: Record<string, string>,
    init: RequestInit = {},
    response = 'http://exchange.test/book',
  ) {
    const rules = [fixedWindow({ id: 'W', limit: 100, interval: 60_000 })];
    const throttler = new MultiThrottler(rules, { headers: rateLimitHeaders('W') });
    const send = throttledFetch(throttler, {
      costs: () => ({ W: 1 }),
      fetch: async () => {
        const date = new Date(Date.now() - seconds(25)).toUTCString();
        const answer = new Response('{}', {
          headers: { date, 'x-ratelimit-remaining': '50', ...headers },
        });
        return Object.defineProperty(answer, 'url', { value: response });
      },
    });
    await send('http://exchange.test/book', init);
    return { believed: throttler.getStatus().W?.tokens === 50, send, throttler };
  }

  test.each<[string, Record<string, string>]>([
    ['fresh for a minute', { 'cache-control': 'public, max-age=60' }],
    ['fresh by Expires', { expires: new Date(START + seconds(60)).toUTCString() }],
    ['fresh by a tenth of its age', { 'last-modified': lastModified(600) }],
    ['stale, but given out meanwhile', { 'cache-control': 'max-age=1, stale-while-revalidate=60' }],
  ])('is not believed if it may be a copy: %s', async (_, headers) => {
    expect((await isBelieved(headers)).believed).toBe(false);
  });

  test.each<[string, Record<string, string>, RequestInit?]>([
    ['fresh for a shorter time', { 'cache-control': 'max-age=10' }],
    ['stale', { expires: new Date(START - seconds(60)).toUTCString(), etag: '"a"' }],
    ['asked about each time', { 'cache-control': 'no-cache, max-age=60' }],
    ['never stored', { 'cache-control': 'no-store, max-age=60' }],
    ['without a word on caches', {}],
    ['a POST', { 'cache-control': 'max-age=60' }, { method: 'POST', body: 'a' }],
    ['past the cache', { 'cache-control': 'max-age=60' }, { cache: 'no-store' }],
  ])('is believed: %s', async (_, headers, init) => {
    expect((await isBelieved(headers, init)).believed).toBe(true);
  });

  test('is not believed if a service worker answers', async () => {
    vi.stubGlobal('navigator', { serviceWorker: { controller: {} } });
    expect((await isBelieved({})).believed).toBe(false);
  });

  /** Lets the browser tell of a request. */
  const tell = (entry: object) =>
    vi
      .spyOn(performance, 'getEntriesByName')
      .mockImplementation(() => [{ startTime: performance.now(), ...entry }] as never);

  test.each<[string, object, boolean]>([
    ['out of the cache', { deliveryType: 'cache', transferSize: 0, decodedBodySize: 2 }, false],
    ['out of the cache', { requestStart: 5, transferSize: 0, decodedBodySize: 2 }, false],
    [
      'out of the cache of WebKit',
      { requestStart: 6, transferSize: 300, decodedBodySize: 0, nextHopProtocol: '' },
      false,
    ],
    [
      'from the network, without a body',
      { requestStart: 6, transferSize: 300, decodedBodySize: 0, nextHopProtocol: 'h2' },
      true,
    ],
    ['from the network', { deliveryType: '', transferSize: 302, decodedBodySize: 2 }, true],
    ['from another origin', { requestStart: 0, transferSize: 0, decodedBodySize: 2 }, false],
    ['before', { startTime: -5, transferSize: 302, decodedBodySize: 2 }, false],
  ])('as the browser tells: %s, %j', async (_, entry, expected) => {
    tell(entry);
    const { believed } = await isBelieved({ 'cache-control': 'max-age=60' });
    expect(believed).toBe(expected);
  });

  test.each<[string, object, boolean]>([
    ['another origin', { requestStart: 0, transferSize: 0, decodedBodySize: 2 }, true],
    ['out of the cache', { requestStart: 5, transferSize: 0, decodedBodySize: 2 }, false],
  ])('without a word on caches, as the browser tells: %s, %j', async (_, entry, expected) => {
    tell(entry);
    expect((await isBelieved({})).believed).toBe(expected);
  });

  test('is no measure for the next one before the browser has told of it', async () => {
    const entries = tell({ transferSize: 0, decodedBodySize: 0 });
    const startTime = performance.now();
    const { believed, send, throttler } = await isBelieved({ 'cache-control': 'max-age=60' });
    expect(believed).toBe(false);
    await vi.advanceTimersByTimeAsync(10_000);
    // The body of the first one has come from the network: this clock is ahead by 25 s.
    entries.mockImplementation(() => [{ startTime, transferSize: 302 }] as never);
    await send('http://exchange.test/book');
    expect(throttler.getStatus().W?.tokens).toBe(50);
  });
});

test('outside of browsers the first response is believed', async () => {
  const [first] = await lastUsage([25_000]);
  expect(first?.tokens).toBe(50);
});
