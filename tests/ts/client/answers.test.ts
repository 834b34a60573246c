// Answers over HTTP: each goes with the permit of its own call.

import { Agent, get } from 'node:http';
import { bybit, okx } from 'multi-throttler/exchange';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { serve } from '../support/server.ts';
import { fetchClient, httpClient, setUp } from './rig.ts';

const server = serve();
const ONE = { send: () => ({ WEIGHT: 1 }) };

describe.each([
  ['node:http', httpClient(new Agent({ keepAlive: true, maxSockets: 2 }))],
  ['fetch', fetchClient],
])('over %s', (_, send) => {
  test('200 calls at once get one report each, of their own answers', async () => {
    server.answer = (response, { path }) => void response.setHeader('x-of', path).end(path);
    const client = { send: (number: number) => send(`${server.url}/${number}`) };
    const { throttler } = setUp(client, { calls: { send: (n: number) => ({ WEIGHT: n % 2 }) } });
    /** The requests in the order of their permits, which is that of their calls. */
    const permits: unknown[] = [];
    const { acquire } = throttler;
    throttler.acquire = async (...args) => {
      const permit = await acquire.apply(throttler, args);
      permits.push(permit);
      return permit;
    };
    await Promise.all(Array.from({ length: 200 }, (_, number) => client.send(number)));
    const told = throttler.told.map(({ headers, permit }) => [
      new Headers(headers as HeadersInit).get('x-of'),
      `/${permits.indexOf(permit)}`,
    ]);
    expect(told).toHaveLength(200);
    for (const [of, own] of told) expect(of).toBe(own);
  });

  test('requests beyond the first are charged, and reported with permits of their own', async () => {
    server.answer = (response, _, number) => void response.writeHead(number < 3 ? 503 : 200).end();
    const client = {
      async send() {
        for (;;) {
          const { status } = await send(`${server.url}/order`);
          if (status === 200) return 'done';
        }
      },
    };
    const { throttler, used } = setUp(client, { calls: { send: () => ({ WEIGHT: 5 }) } });
    await client.send();
    expect(used()).toBe(15);
    expect(throttler.told.map(({ status }) => status)).toEqual([503, 503, 200]);
    expect(new Set(throttler.told.map(({ permit }) => permit)).size).toBe(3);
    expect(throttler.released).toHaveLength(3);
  });

  test('extra: ignore leaves requests beyond the first to usage headers', async () => {
    const client = {
      async send() {
        await send(server.url);
        await send(server.url);
      },
    };
    const { throttler, used } = setUp(client, { calls: ONE, extra: 'ignore' });
    await client.send();
    expect(used()).toBe(1);
    expect(throttler.told.map(({ permit }) => permit !== undefined)).toEqual([true, false]);
  });

  test('a request to another path is charged as that, and leaves the permit alone', async () => {
    server.answer = (response, { path }) => void response.setHeader('x-of', path).end('{}');
    const client = {
      async send(path: string) {
        await send(`${server.url}/api/v3/time`);
        return send(server.url + path);
      },
    };
    const costs = (_: string, path: string) => ({ WEIGHT: path === '/api/v3/time' ? 2 : 40 });
    const { throttler, used } = setUp(client, {
      profile: { costs } as never,
      calls: { send: (path: string) => ({ method: 'GET', path }) },
    });
    await client.send('/api/v3/account?omit=true');
    expect(used()).toBe(42);
    const [hidden, own] = throttler.told.map(({ headers, permit }) => ({
      of: new Headers(headers as HeadersInit).get('x-of'),
      permit,
    }));
    expect([hidden?.of, own?.of]).toEqual(['/api/v3/time', '/api/v3/account?omit=true']);
    expect(own?.permit).toBeDefined();
    expect(hidden?.permit).not.toBe(own?.permit);
  });

  test('a refusal that the client sleeps on is reported when its body has come', async () => {
    server.answer = (response, _, number) => {
      response.writeHead(number === 1 ? 429 : 200, { 'retry-after': '7' }).end('{}');
    };
    let wake: () => void = () => undefined;
    const slept = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const client = {
      async send() {
        const { status } = await send(server.url);
        if (status === 429) await slept;
        return (await send(server.url)).status;
      },
    };
    const { throttler } = setUp(client, {
      profile: { costs: () => ({ WEIGHT: 1 }), body: () => undefined } as never,
      calls: ONE,
    });
    const report = new Promise<void>((resolve) => {
      const { report: tell } = throttler;
      throttler.report = (one) => {
        tell.call(throttler, one);
        resolve();
      };
    });
    const sending = client.send();
    await report;
    expect(throttler.told).toMatchObject([{ status: 429 }]);
    expect(throttler.estimateWait({ WEIGHT: 1 })).toBe(7000);
    wake();
    expect(await sending).toBe(200);
  });

  test('a request that is lost on the way counts as sent', async () => {
    server.answer = (response) => void response.socket?.destroy();
    const client = { send: () => send(server.url) };
    const { throttler, used } = setUp(client, { calls: ONE });
    await expect(client.send()).rejects.toThrow();
    expect(used()).toBe(1);
    expect([throttler.told, throttler.released]).toEqual([[], ['released']]);
  });
});

test('a call that fails before it sends is refunded', async () => {
  const broken = new Error('bad key');
  const client = { send: () => Promise.reject(broken) };
  const { throttler, used } = setUp(client, { calls: ONE });
  await expect(client.send()).rejects.toBe(broken);
  expect(used()).toBe(0);
  expect(throttler.released).toEqual(['refunded']);
});

test.each(['bun', 'deno', 'electron', 'WebSocketPair'])(
  'a call that fails counts as sent where fetch may be silent: %s',
  async (name) => {
    const versions = { ...process.versions, [name]: '1' };
    vi.stubGlobal('process', Object.create(process, { versions: { value: versions } }));
    if (name === 'WebSocketPair') vi.stubGlobal(name, class {});
    onTestFinished(() => void vi.unstubAllGlobals());
    const client = { send: () => Promise.reject(new Error('network')) };
    const { throttler, used } = setUp(client, { calls: ONE });
    await expect(client.send()).rejects.toThrow('network');
    expect(used()).toBe(1);
    expect(throttler.released).toEqual(['released']);
  },
);

describe('a redirect', () => {
  test('is one answer with the request that follows it', async () => {
    server.answer = (response, { path }) => {
      if (path === '/order') response.writeHead(302, { location: '/moved' });
      response.end('{}');
    };
    const client = { send: () => fetchClient(`${server.url}/order`) };
    const { throttler, used } = setUp(client, { calls: { send: () => ({ WEIGHT: 5 }) } });
    await client.send();
    expect(server.received.map(({ path }) => path)).toEqual(['/order', '/moved']);
    expect(used()).toBe(5);
    expect(throttler.told.map(({ status }) => status)).toEqual([200]);
    expect(throttler.told[0]?.permit).toBeDefined();
  });

  test('that is not followed is the answer', async () => {
    server.answer = (response) => void response.writeHead(302, { location: '/moved' }).end();
    const client = { send: () => httpClient()(server.url) };
    const { throttler } = setUp(client, { calls: ONE });
    await client.send();
    expect(throttler.told.map(({ status }) => status)).toEqual([302]);
  });
});

describe('refusals with status 200', () => {
  const body = '{"retCode":10006,"retMsg":"Too many visits!"}';
  const order = { method: 'POST', path: '/v5/order/create', params: { category: 'linear' } };

  test('are read out of what the method returns', async () => {
    server.answer = (response) => void response.end(body);
    const client = {
      send: async () => JSON.parse((await fetchClient(`${server.url}${order.path}`)).body),
    };
    const { throttler } = setUp(client, { profile: bybit, calls: { send: () => order } }, [
      ...bybit.rules,
    ]);
    expect(await client.send()).toEqual(JSON.parse(body));
    expect(throttler.told).toMatchObject([
      { status: 429, rules: ['linear:POST /v5/order/create'], permit: {} },
    ]);
  });

  test('are read out of what the method throws', async () => {
    const thrown = { code: '50011', msg: 'Too Many Requests', data: [] };
    server.answer = (response) => void response.end(JSON.stringify(thrown));
    const client = {
      send: () =>
        fetchClient(`${server.url}/api/v5/market/ticker`).then(() => Promise.reject(thrown)),
    };
    const call = { method: 'GET', path: '/api/v5/market/ticker', params: {} };
    const { throttler } = setUp(client, { profile: okx, calls: { send: () => call } }, [
      ...okx.rules,
    ]);
    await expect(client.send()).rejects.toBe(thrown);
    expect(throttler.told).toMatchObject([
      { status: 429, rules: ['20/2s:GET /api/v5/market/ticker'] },
    ]);
  });
});

test('the tunnel through a proxy is no request', async () => {
  const client = {
    send: () =>
      new Promise<unknown>((resolve, reject) => {
        const options = { method: 'CONNECT', path: 'exchange.test:443', agent: new Agent() };
        get(server.url, options).on('error', reject).on('close', resolve).end();
      }),
  };
  const { throttler, used } = setUp(client, { calls: ONE });
  await client.send().catch(() => undefined);
  expect(throttler.told).toEqual([]);
  expect(used()).toBeLessThanOrEqual(1);
});

test('an error of a body reader costs no result, and is surfaced', async () => {
  const errors: unknown[] = [];
  const broken = new Error('unreadable');
  const client = { send: () => fetchClient(server.url) };
  const { throttler } = setUp(client, {
    profile: {
      costs: () => ({ WEIGHT: 1 }),
      body: () => {
        throw broken;
      },
    } as never,
    calls: ONE,
    onError: (error) => errors.push(error),
  });
  expect((await client.send()).status).toBe(200);
  expect(errors).toContain(broken);
  expect(throttler.told).toMatchObject([{ status: 200 }]);
});
