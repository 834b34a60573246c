// Errors of readers after a request was sent, which never cost its response.

import { type HeaderReader, rollingWindow } from 'multi-throttler';
import { type ThrottledFetchOptions, throttledFetch } from 'multi-throttler/exchange';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Watched } from '../../support/recorder.ts';

const URL = 'http://exchange.test/order';

function setUp(options: Partial<ThrottledFetchOptions> = {}, headers?: HeaderReader) {
  const throttler = new Watched([rollingWindow({ id: 'W', limit: 9, interval: 1000 })], {
    headers,
  });
  const errors: unknown[] = [];
  const fetch = throttledFetch(throttler, {
    costs: () => ({ W: 1 }),
    fetch: async () => new Response('done', { status: 429, headers: { 'retry-after': '7' } }),
    onError: (error) => errors.push(error),
    ...options,
  });
  return { throttler, fetch, errors };
}

afterEach(() => vi.restoreAllMocks());

const error = new Error('mine');
const broken = () => {
  throw error;
};

describe('the response comes', () => {
  test.each<[string, Partial<ThrottledFetchOptions>, HeaderReader?]>([
    ['header reader', {}, broken],
    ['body reader', { body: broken }],
    ['function of', { body: () => ({ status: 429, of: broken }), pauses: 'charged' }],
  ])('where the %s throws', async (_, options, headers) => {
    const { fetch, throttler, errors } = setUp({ ...options, retries: 0 }, headers);
    expect(await (await fetch(URL)).text()).toBe('done');
    expect(errors).toEqual([error]);
    expect(throttler.released).toEqual(['released']);
  });

  test('and its refusal pauses all the same', async () => {
    for (const [options, headers] of [
      [{}, broken],
      [{ body: broken }, undefined],
    ] as const) {
      const { fetch, throttler } = setUp({ ...options, retries: 0 }, headers);
      await fetch(URL);
      expect(throttler.estimateWait({ W: 1 })).toBe(7000);
    }
  });

  test('where an asynchronous onError rejects, which is warned of', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { fetch } = setUp({ body: broken, retries: 0, onError: async () => broken() });
    expect((await fetch(URL)).status).toBe(429);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warn.mock.calls).toEqual([[expect.stringContaining('could not be reported'), error]]);
  });

  test('where report throws, and is then not repeated', async () => {
    const { fetch, throttler, errors } = setUp();
    throttler.report = broken;
    expect((await fetch(URL)).status).toBe(429);
    expect(errors).toEqual([error]);
    expect(throttler.released).toEqual(['released']);
  });

  test('where the clock fails at the release', async () => {
    const { fetch, throttler, errors } = setUp({ retries: 0 });
    const acquire = throttler.acquire.bind(throttler);
    throttler.acquire = async (...args) =>
      Object.assign(await acquire(...args), { release: broken });
    expect((await fetch(URL)).status).toBe(429);
    expect(errors).toEqual([error]);
  });
});

describe('without onError', () => {
  test('the first error is a warning', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const ok = async () => new Response();
    const { fetch } = setUp({ onError: undefined, fetch: ok }, broken);
    await fetch(URL);
    await fetch(URL);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('could not be reported'), error]]);
  });

  test('an error of onError itself is one as well', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const own = new Error('of onError');
    const { fetch } = setUp(
      {
        retries: 0,
        onError: () => {
          throw own;
        },
      },
      broken,
    );
    expect((await fetch(URL)).status).toBe(429);
    expect(warn.mock.calls).toEqual([[expect.any(String), own]]);
  });
});

describe('responses of mocks', () => {
  test.each<[string, unknown]>([
    ['an opaque response', Response.error()],
    ['an object without headers', { status: 200, ok: true, json: async () => ({}) }],
    ['an object with headers as a record', { status: 200, headers: { 'x-a': '1' } }],
    ['a status that HTTP does not have', { status: 99 }],
    ['nothing at all', undefined],
  ])('%s is returned as it is', async (_, response) => {
    const { fetch, throttler } = setUp({ fetch: async () => response, body: () => undefined });
    expect(await fetch(URL)).toBe(response);
    expect(throttler.released).toEqual(['released']);
  });

  test('a fetch that throws or returns no promise behaves as one that does', async () => {
    const response = new Response();
    expect(await setUp({ fetch: (() => response) as never }).fetch(URL)).toBe(response);
    await expect(setUp({ fetch: broken }).fetch(URL)).rejects.toBe(error);
  });

  test('the global fetch is the one of the call, as mocks replace it later', async () => {
    const { fetch } = setUp({ fetch: undefined });
    const response = new Response();
    vi.spyOn(globalThis, 'fetch').mockResolvedValue(response);
    expect(await fetch(URL)).toBe(response);
  });
});
