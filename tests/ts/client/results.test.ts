// Answers that are read out of what methods return and throw, and runtimes without channels.

import { hasSubscribers } from 'node:diagnostics_channel';
import { binanceSpot, okx } from 'multi-throttler/exchange';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Watched } from '../support/recorder.ts';
import { serve } from '../support/server.ts';
import { fetchClient, setUp, WEIGHT } from './rig.ts';

const server = serve();
const ONE = { send: () => ({ WEIGHT: 1 }) };
const headers = { 'retry-after': '7' };

/** A class whose name alone says what it is. */
class TooManyRequestsError extends Error {
  override name = 'TooManyRequestsError';
}

class RateLimitBanError extends Error {
  override name = 'RateLimitBanError';
}

afterEach(() => vi.unstubAllGlobals());

describe("read: 'result'", () => {
  const settles = (how: () => Promise<unknown>) => ({ send: how });

  test.each([
    ['a response', { status: 200, headers, data: 1 }],
    ['a Response of fetch', new Response('ok', { headers })],
  ])('%s that is returned is reported with its headers', async (_, value) => {
    const client = settles(async () => value);
    const { throttler } = setUp(client, { calls: ONE, read: 'result' });
    expect(await client.send()).toBe(value);
    expect(throttler.told).toMatchObject([{ status: 200, permit: {} }]);
    expect(throttler.header('retry-after')).toBe('7');
  });

  test.each([
    ['an error with a response', { response: { status: 429, headers } }, 429, '7'],
    ['an error with a status code', { response: { statusCode: 418, headers } }, 418, '7'],
    ['a status and headers of its own', { status: 429, headers }, 429, '7'],
    ['a status as its code', { code: 429, headers }, 429, '7'],
    ['a cause with a response', { cause: { response: { status: 429, headers } } }, 429, '7'],
    ['a class for 429', new TooManyRequestsError(), 429, null],
    ['a class for 418', new RateLimitBanError(), 418, null],
  ])('%s that is thrown is reported', async (_, error, status, wait) => {
    const client = settles(() => Promise.reject(error));
    const { throttler } = setUp(client, { calls: ONE, read: 'result' });
    await expect(client.send()).rejects.toBe(error);
    expect(throttler.told).toMatchObject([{ status, permit: {} }]);
    expect(throttler.header('retry-after')).toBe(wait);
  });

  test.each([
    ['a bare body', { code: '50011', msg: 'Too Many Requests', data: [] }],
    ['a body in the error', { body: { code: '50011' } }],
    ['a body as text', new Error('{"code":"50011","msg":"Too Many Requests"}')],
    ['a body in a response without a status', { response: { data: { code: '50011' } } }],
  ])('a refusal in %s pauses', async (_, error) => {
    const client = settles(() => Promise.reject(error));
    const profile = { ...okx, costs: () => ({ WEIGHT: 1 }) } as never;
    const call = { send: () => ({ method: 'GET', path: '/x' }) };
    const { throttler } = setUp(client, { calls: call, profile, read: 'result' });
    await expect(client.send()).rejects.toBe(error);
    expect(throttler.told).toMatchObject([{ status: 429, rules: ['WEIGHT'] }]);
  });

  test('a value whose fields throw is returned, and its permit is released', async () => {
    const value = {
      get data(): unknown {
        throw new Error('not loaded');
      },
    };
    const client = settles(async () => value);
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    const { throttler } = setUp(client, { calls: ONE, onError, read: 'result' });
    expect(await client.send()).toBe(value);
    expect(throttler.released).toEqual(['released']);
    expect(errors).toMatchObject([{ message: 'not loaded' }]);
  });

  test('long lists, which are data, are not searched for refusals', async () => {
    const searched: unknown[] = [];
    const lists = [
      Array.from({ length: 100 }, () => ({})),
      Array.from({ length: 101 }, () => ({})),
    ];
    const client = settles(async () => lists.shift());
    const profile = { costs: () => ({}), body: (content: unknown) => void searched.push(content) };
    setUp(client, { calls: ONE, profile: profile as never, read: 'result' });
    await client.send();
    await client.send();
    expect(searched.map((list) => (list as unknown[]).length)).toEqual([100]);
  });

  test('an error that tells of no answer counts as sent', async () => {
    const client = settles(() => Promise.reject(new Error('socket hang up')));
    const { throttler, used } = setUp(client, { calls: ONE, read: 'result' });
    await expect(client.send()).rejects.toThrow('socket hang up');
    expect([throttler.told, throttler.released, used()]).toEqual([[], ['released'], 1]);
  });

  test('requests of a call are neither reported nor charged', async () => {
    const client = { send: async () => void (await fetchClient(server.url)) };
    const { throttler } = setUp(client, { calls: ONE, read: 'result' });
    await client.send();
    expect(throttler.told).toMatchObject([{ status: 200 }]);
    expect(throttler.asked).toHaveLength(1);
  });
});

describe('read by a function', () => {
  test('gets the outcome, the cost and the profile, and its report goes with the permit', async () => {
    const client = { send: async () => 'value' };
    const seen: unknown[] = [];
    const { throttler } = setUp(client, {
      calls: ONE,
      profile: binanceSpot,
      read: (outcome, call) => {
        seen.push(outcome, call);
        return { status: 429, headers };
      },
    });
    await client.send();
    expect(seen).toEqual([{ value: 'value' }, { cost: { WEIGHT: 1 }, profile: binanceSpot }]);
    expect(throttler.told).toMatchObject([{ status: 429, permit: {} }]);
  });

  test('that fails or returns nothing costs no result', async () => {
    const errors: unknown[] = [];
    const broken = new Error('unreadable');
    const client = { send: async () => 'value' };
    const { throttler } = setUp(client, {
      calls: ONE,
      read: ({ value }) => {
        if (value === 'value') throw broken;
        return undefined;
      },
      onError: (error) => errors.push(error),
    });
    expect(await client.send()).toBe('value');
    expect(errors).toEqual([broken]);
    expect([throttler.told, throttler.released]).toEqual([[], ['released']]);
  });
});

describe('a runtime without channels', () => {
  /** A copy of the entry point that has found none of Node's modules, as in a browser. */
  async function withoutNode(): Promise<typeof import('multi-throttler/client').throttleClient> {
    const copy = `${import.meta.resolve('multi-throttler/client')}?without-node`;
    const { throttleClient } = await import(/* @vite-ignore */ copy);
    vi.stubGlobal('process', undefined);
    return throttleClient;
  }

  test('reads results, and refunds no failure that may have been sent', async () => {
    const throttleClient = await withoutNode();
    const response = { status: 200, headers, data: {} };
    const outcomes = [Promise.resolve(response), Promise.reject(new TypeError('Failed to fetch'))];
    const client = { send: () => outcomes.shift() as Promise<unknown> };
    const throttler = new Watched([WEIGHT]);
    const { detach } = throttleClient(client, throttler, { calls: ONE });
    expect(hasSubscribers('undici:request:create')).toBe(false);
    expect(await client.send()).toBe(response);
    await expect(client.send()).rejects.toThrow('Failed to fetch');
    expect(throttler.told).toMatchObject([{ status: 200, permit: {} }]);
    expect(throttler.released).toEqual(['released', 'released']);
    detach();
  });
});
