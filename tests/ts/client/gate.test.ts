// Calls of gated methods: waits, arguments, errors, calls within calls.

import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { hasSubscribers, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { concurrency, MultiThrottler, rollingWindow } from 'multi-throttler';
import { throttleClient } from 'multi-throttler/client';
import { binanceSpot, hyperliquid } from 'multi-throttler/exchange';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Watched } from '../support/recorder.ts';
import { serve } from '../support/server.ts';
import { fetchClient, httpClient, setUp, WEIGHT } from './rig.ts';

const server = serve();
const SOCKETS = concurrency({ id: 'SOCKETS', limit: 1 });

test('a call waits, then runs with its own arguments and this', async () => {
  const client = {
    name: 'mine',
    async send(this: { name: string }, a: number, b: string) {
      return [this.name, a, b];
    },
  };
  const { throttler } = setUp(client, { calls: { send: (a: number) => ({ WEIGHT: a }) } });
  throttler.pause({ ms: 6000 });
  const sending = client.send(7, 'x');
  expect(throttler.getQueueLength()).toBe(1);
  throttler.clock.advance(6000);
  expect(await sending).toEqual(['mine', 7, 'x']);
  expect(throttler.asked).toMatchObject([{ cost: { WEIGHT: 7 } }]);
  expect(throttler.released).toEqual(['released']);
});

test('a call without a cost passes as it is', () => {
  const client = { send: () => 'at once' };
  const { throttler } = setUp(client, { calls: { send: () => undefined } });
  expect(client.send()).toBe('at once');
  expect(throttler.asked).toEqual([]);
});

test('calls that are not of the throttler pass as they are', async () => {
  const client = { send: async (path: string) => path };
  const { throttler } = setUp(client, {
    profile: { costs: () => ({ WEIGHT: 1 }) } as never,
    calls: { send: (path) => ({ method: 'GET', path }) },
    only: ({ path }) => path.startsWith('/fapi/'),
  });
  await client.send('/api/v3/depth');
  expect(throttler.asked).toEqual([]);
  await client.send('/fapi/v1/depth');
  expect(throttler.asked).toHaveLength(1);
});

test('an error of the reader or of the costs rejects the call, which sends nothing', async () => {
  const client = { send: async () => fetchClient(server.url) };
  const broken = new Error('no such symbol');
  setUp(client, {
    calls: {
      send: () => {
        throw broken;
      },
    },
  });
  await expect(client.send()).rejects.toBe(broken);
  const unpriced = { send: async () => fetchClient(server.url) };
  setUp(unpriced, { calls: { send: () => ({ method: 'GET', path: '/' }) } });
  await expect(unpriced.send()).rejects.toThrow(/profile must be given for calls without a cost/);
  expect(server.received).toEqual([]);
});

test('a wrong name of a method leaves the others as they were', () => {
  const send = async () => 'sent';
  const client = { send };
  const throttler = new MultiThrottler([WEIGHT]);
  const calls = { send: () => ({ WEIGHT: 1 }), sendBatch: () => ({ WEIGHT: 2 }) };
  expect(() => throttleClient(client, throttler, { calls })).toThrow(/calls\.sendBatch must be/);
  expect(client.send).toBe(send);
});

test('a call that is exempt from a rule leaves the costs of the profile as they are', async () => {
  const costs = { WEIGHT: 3, SOCKETS: 1 };
  const client = { subscribe: async () => 'done', send: async () => 'done' };
  const call = { method: 'GET', path: '/' };
  const calls = { subscribe: () => ({ ...call, exempt: ['WEIGHT'] }), send: () => call };
  const profile = { costs: () => costs } as never;
  const { throttler } = setUp(client, { profile, calls }, [WEIGHT, SOCKETS]);
  await client.subscribe();
  await client.send();
  expect(throttler.asked).toMatchObject([{ cost: { SOCKETS: 1 } }, { cost: costs }]);
  expect(costs).toEqual({ WEIGHT: 3, SOCKETS: 1 });
  expect(throttler.asked[0]?.cost).toEqual({ SOCKETS: 1 });
});

test.each([
  ['binanceSpot', binanceSpot, { REQUEST_WEIGHT: 6 }, 0],
  ['hyperliquid', hyperliquid, { IP: 120 }, 1],
] as const)(
  'a list is looked at only where a cost goes by it: %s',
  async (name, known, cost, times) => {
    const after = vi.fn(known.costs.after);
    const costs = Object.assign(known.costs.bind(undefined), known.costs, { after });
    const client = { send: async (_params: object) => [] };
    const path = name === 'hyperliquid' ? '/info' : '/api/v3/openOrders';
    const method = name === 'hyperliquid' ? 'POST' : 'GET';
    const throttler = new Watched(known.rules);
    const { detach } = throttleClient(client, throttler, {
      profile: { costs },
      calls: { send: (params) => ({ method, path, params }) },
      read: 'result',
    });
    onTestFinished(detach);
    await client.send({ symbol: 'BTCUSDT', type: 'userFills' });
    expect(throttler.asked).toMatchObject([{ cost }]);
    expect(after).toHaveBeenCalledTimes(times);
  },
);

test('priority and maxWait are asked for each call, and a signal ends its wait', async () => {
  const client = { send: async (_path: string, _signal?: AbortSignal) => 'sent' };
  const { throttler } = setUp(client, {
    profile: { costs: () => ({ WEIGHT: 1 }) } as never,
    calls: { send: (path, signal) => ({ method: 'GET', path, signal }) },
    priority: (call) => (call.path === '/order' ? 'critical' : 'low'),
    maxWait: (call) => (call.path === '/order' ? 100 : undefined),
  });
  throttler.pause({ ms: 1000 });
  await expect(client.send('/order')).rejects.toMatchObject({ code: 'WAIT_TIMEOUT' });
  const controller = new AbortController();
  const waiting = client.send('/depth', controller.signal);
  controller.abort(new Error('changed my mind'));
  await expect(waiting).rejects.toThrow('changed my mind');
  expect(throttler.asked.map(({ options }) => options)).toMatchObject([
    { priority: 'critical', maxWait: 100 },
    { priority: 'low', maxWait: undefined },
  ]);
});

test('calls wait by rank', async () => {
  const sent: number[] = [];
  const client = { send: async (n: number) => sent.push(n) };
  let rank = 0;
  const { throttler } = setUp(client, {
    calls: { send: () => ({ WEIGHT: 1 }) },
    priority: () => ({ rank: rank++ }),
  });
  throttler.pause({ ms: 1000 });
  const calls = [0, 1, 2].map((n) => client.send(n));
  expect(throttler.asked.map(({ options }) => options?.priority)).toEqual(
    [0, 1, 2].map((rank) => ({ rank })),
  );
  throttler.clock.advance(1000);
  await Promise.all(calls);
  expect(sent).toEqual([2, 1, 0]);
});

describe('renew', () => {
  test('gets the wait, and its arguments are sent', async () => {
    const client = { send: async (timestamp: number) => timestamp };
    setUp(client, {
      calls: { send: () => ({ WEIGHT: 1 }) },
      renew: (method, [timestamp], waited) => {
        expect([method, waited >= 0]).toEqual(['send', true]);
        return [(timestamp as number) + 5];
      },
    });
    expect(await client.send(10)).toBe(15);
  });

  test('that fails refunds the call', async () => {
    const client = { send: async () => fetchClient(server.url) };
    const { throttler, used } = setUp(client, {
      calls: { send: () => ({ WEIGHT: 1 }) },
      renew: () => {
        throw new Error('no clock');
      },
    });
    await expect(client.send()).rejects.toThrow('no clock');
    expect(throttler.released).toEqual(['refunded']);
    expect([used(), server.received.length]).toEqual([0, 0]);
  });
});

describe('a call within a call', () => {
  /** The clock of a server is asked for within each order, as `bybit-api` can do. */
  const nested = () => ({
    call(path: string): Promise<unknown> {
      const send = () => fetchClient(`${server.url}${path}`);
      return path === '/order' ? this.call('/time').then(send) : send();
    },
  });
  const costs = { '/order': { WEIGHT: 5, SOCKETS: 1 }, '/time': { WEIGHT: 2, SOCKETS: 1 } };
  const profile = { costs: (_: string, path: '/order') => costs[path] } as never;
  const calls = { call: (path: string) => ({ method: 'GET', path }) };

  test('takes its weight, but no second permit of concurrency, and ends', async () => {
    const client = nested();
    const { throttler, used } = setUp(client, { profile, calls }, [WEIGHT, SOCKETS]);
    await client.call('/order');
    expect(used()).toBe(7);
    expect(throttler.left('SOCKETS')).toBe(1);
    expect(throttler.told.map(({ status, permit }) => [status, permit !== undefined])).toEqual([
      [200, true],
      [200, true],
    ]);
  });

  test('that is the same call pays only what is missing', async () => {
    const client = {
      getOrder: async (id: number) => client.call('GET', `/order?id=${id}`),
      call: async (_method: string, path: string) => fetchClient(server.url + path),
    };
    const { throttler, used } = setUp(client, {
      profile: { costs: (_: string, path: string) => ({ WEIGHT: path.length }) } as never,
      calls: {
        getOrder: () => ({ method: 'GET', path: '/order' }),
        call: (method: string, path: string) => ({ method, path }),
      },
    });
    await client.getOrder(12);
    expect(used()).toBe('/order?id=12'.length);
    expect(throttler.told).toHaveLength(1);
    await client.call('GET', '/order?id=7');
    expect(used()).toBe('/order?id=12'.length + '/order?id=7'.length);
  });

  test('under another throttler pays there, and both get the answer', async () => {
    const client = { send: async () => fetchClient(server.url) };
    const first = setUp(client, { calls: { send: () => ({ WEIGHT: 3 }) } });
    const second = setUp(client, { calls: { send: () => ({ WEIGHT: 4 }) } });
    await client.send();
    expect([first.used(), second.used()]).toEqual([3, 4]);
    expect([first.throttler.told.length, second.throttler.told.length]).toEqual([1, 1]);
  });

  test('of code that an earlier call has left running is a call of its own', async () => {
    let later: () => Promise<unknown> = async () => undefined;
    const client = {
      async send(path: string) {
        // A timer of the client would run in the same way.
        if (path === '/first') later = AsyncResource.bind(() => client.send('/second'));
        return fetchClient(server.url + path);
      },
    };
    const { throttler, used } = setUp(
      client,
      { calls: { send: () => ({ WEIGHT: 1, SOCKETS: 1 }) } },
      [WEIGHT, SOCKETS],
    );
    await client.send('/first');
    await later();
    expect(used()).toBe(2);
    expect(throttler.asked.map(({ cost }) => Object.keys(cost).length)).toEqual([2, 2]);
  });
});

describe('calls within calls of two throttlers', () => {
  const get = (path: string) => ({ method: 'GET', path });
  const calls = { get, both: () => get('/1') };
  const profile = { costs: () => ({ WEIGHT: 1 }) } as never;

  function twoGates(orders: readonly (keyof typeof calls)[][]) {
    const send = httpClient();
    const client = {
      get: (path: string) => send(`${server.url}${path}`),
      async both() {
        await client.get('/1');
        await client.get('/2');
      },
    };
    const gates = orders.map((methods) => {
      const readers = Object.fromEntries(methods.map((name) => [name, calls[name]]));
      return setUp(client, { calls: readers as never, profile });
    });
    return { client, gates };
  }

  test.each([
    ['the first gates both methods', [['get', 'both'], ['get']]],
    ['the second gates both methods', [['get'], ['get', 'both']]],
    [
      'both gate both methods',
      [
        ['get', 'both'],
        ['get', 'both'],
      ],
    ],
    ['the methods are gated in turn', [['get', 'both'], ['both']]],
  ] as [string, (keyof typeof calls)[][]][])(
    'pay and report each request once: %s',
    async (_, orders) => {
      const { client, gates } = twoGates(orders);
      await client.both();
      expect(gates.map(({ used }) => used())).toEqual([2, 2]);
      for (const { throttler } of gates) {
        expect(throttler.told.map(({ status }) => status)).toEqual([200, 200]);
        expect(new Set(throttler.told.map(({ permit }) => permit)).size).toBe(2);
      }
    },
  );
});

describe('detach', () => {
  test('restores methods, serves waiting calls, and ends all subscriptions', async () => {
    class Client {
      async send() {
        return httpClient()(server.url);
      }
    }
    const client = new Client();
    const other = new Client();
    const { throttler, detach, used } = setUp(client, { calls: { send: () => ({ WEIGHT: 1 }) } });
    expect(Object.hasOwn(other, 'send')).toBe(false);
    throttler.pause({ ms: 1000 });
    const waiting = client.send();
    detach();
    detach();
    expect(Object.hasOwn(client, 'send')).toBe(false);
    await client.send();
    expect(throttler.told).toEqual([]);
    throttler.clock.advance(1000);
    await waiting;
    expect(used()).toBe(1);
    expect(throttler.told).toMatchObject([{ status: 200 }]);
    const ignore = () => undefined;
    subscribe('http.client.request.start', ignore);
    unsubscribe('http.client.request.start', ignore);
    expect(hasSubscribers('http.client.request.start')).toBe(false);
  });

  test('lets calls pass, in whatever order two throttlers of a client are detached', async () => {
    for (const isFirst of [true, false]) {
      const client = { send: async () => 'sent' };
      const calls = { send: () => ({ WEIGHT: 1 }) };
      const first = setUp(client, { calls });
      const second = setUp(client, { calls });
      await client.send();
      expect([first.used(), second.used()]).toEqual([1, 1]);
      const [before, after] = isFirst ? [first, second] : [second, first];
      before.detach();
      await client.send();
      expect([before.used(), after.used()]).toEqual([1, 2]);
      after.detach();
      await client.send();
      expect([before.used(), after.used()]).toEqual([1, 2]);
    }
  });

  test('leaves a method that was replaced meanwhile', () => {
    const client = { send: async () => 'original' };
    const { detach } = setUp(client, { calls: { send: () => undefined } });
    const own = async () => 'own';
    client.send = own;
    detach();
    expect(client.send).toBe(own);
  });
});

describe('wrong arguments are rejected', () => {
  test('with all methods as they were', () => {
    const send = async () => 1;
    const client = { send };
    const calls = { send: () => ({ W: 1 }), other: () => ({ W: 1 }) };
    expect(() => throttleClient(client, throttler, { calls })).toThrow(/calls\.other must be/);
    expect(client.send).toBe(send);
  });

  test.each([Object.seal, Object.freeze, Object.preventExtensions])(
    'for a client by %o',
    (lock) => {
      class Client {
        async send() {
          return 1;
        }
      }
      const client = lock(new Client());
      expect(() => throttleClient(client, throttler, { calls })).toThrow(
        /client must be one whose method send can be replaced/,
      );
    },
  );

  const throttler = new MultiThrottler([rollingWindow({ id: 'W', limit: 1, interval: 1000 })]);
  const client = { send: async () => 1 };
  const calls = { send: () => ({ W: 1 }) };
  test.each([
    [{ calls: 1 }, /calls must be a list of a client/],
    [{ calls: { send: 1 } }, /calls\.send must be a function/],
    [{ calls: { other: () => undefined } }, /calls\.other must be the name of a method/],
    [{ calls, profile: {} }, /profile must be an ExchangeProfile/],
    [{ calls, extra: 'no' }, /extra must be charge or ignore/],
    [{ calls, read: 'body' }, /read must be http, result or a function/],
    [{ calls, maxWait: -1 }, /maxWait must be a number of 0 or more/],
    [{ calls, only: 1 }, /only must be a function/],
    [{ calls, renew: 1 }, /renew must be a function/],
    [{ calls, onError: 1 }, /onError must be a function/],
    [{ calls, version: 3 }, /version must be a version/],
    [{ calls, prioriy: 'low' }, /unknown field "prioriy" for options of throttleClient/],
    [undefined, /options must be an object/],
  ])('%j', (options, text) => {
    expect(() => throttleClient(client, throttler, options as never)).toThrow(text);
  });

  test('a throttler or a client that is none', () => {
    expect(() => throttleClient(client, {} as never, { calls })).toThrow(/throttler must be/);
    expect(() => throttleClient(1 as never, throttler, { calls })).toThrow(/client must be/);
  });
});

test('async hooks end with the last gate and the last call of it', async () => {
  const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
  onTestFinished(() => disable.mockRestore());
  let settle = () => {};
  const client = {
    send: () =>
      new Promise<void>((resolve) => {
        settle = resolve;
      }),
  };
  const { detach } = setUp(client, { calls: { send: () => ({ WEIGHT: 1 }) } });
  const call = client.send();
  await new Promise(setImmediate);
  detach();
  expect(disable).not.toHaveBeenCalled();
  settle();
  await call;
  expect(disable).toHaveBeenCalledOnce();
  // It is on again for the next gate.
  const again = setUp(client, { calls: { send: () => ({ WEIGHT: 1 }) } });
  const next = client.send();
  await new Promise(setImmediate);
  settle();
  await next;
  expect(again.used()).toBe(1);
});
