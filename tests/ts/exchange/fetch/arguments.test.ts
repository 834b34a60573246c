// The arguments that reach the inner fetch: those of the call, as they were at the call.

import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { type ThrottledFetchOptions, throttledFetch } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../support/helpers.ts';
import { refuseFirst, serve } from '../../support/server.ts';

const URL = 'http://exchange.test/order';

/** A throttled fetch whose inner one keeps its arguments. */
function setUp(options: Partial<ThrottledFetchOptions> = {}) {
  const throttler = new MultiThrottler([rollingWindow({ id: 'W', limit: 100, interval: 60_000 })]);
  const calls: unknown[][] = [];
  const fetch = throttledFetch(throttler, {
    costs: () => ({ W: 1 }),
    fetch: async (...args) => {
      calls.push(args);
      return new Response('{}');
    },
    ...options,
  });
  return { fetch: fetch as (input: unknown, init?: object) => Promise<Response>, calls, throttler };
}

describe('members of init', () => {
  test.each([
    'dispatcher',
    'agent',
    'cf',
    'next',
    'proxy',
    'tls',
    'unix',
    'verbose',
    'duplex',
    'client',
    'unknown',
  ])('%s reaches fetch as it is', async (name) => {
    const { fetch, calls } = setUp();
    const value = { of: name };
    await fetch(URL, { method: 'POST', body: 'a=1', [name]: value });
    expect(calls[0]?.[0]).toBe(URL);
    expect((calls[0] as [string, Record<string, unknown>])[1][name]).toBe(value);
  });

  test('are not added where there are none', async () => {
    const { fetch, calls } = setUp();
    await fetch(URL);
    await fetch(URL, undefined);
    expect(calls).toEqual([[URL], [URL]]);
  });

  test('are read from a Request in place of init too', async () => {
    const { fetch, calls } = setUp();
    const init = new Request(URL, { method: 'PUT', headers: { a: 'b' } });
    await fetch(URL, init);
    expect(calls[0]).toEqual([URL, init]);
    expect(calls[0]?.[1]).toBe(init);
  });
});

test('a Request reaches fetch as it is, also one of a subclass', async () => {
  class NextRequest extends Request {
    readonly nextUrl = 'next';
  }
  const { fetch, calls } = setUp();
  const request = new NextRequest(URL, { method: 'POST', body: 'a' });
  await fetch(request);
  expect(calls[0]).toHaveLength(1);
  expect(calls[0]?.[0]).toBe(request);
});

describe('changes after the call do not reach fetch', () => {
  test.each<[string, () => object, (init: never) => unknown]>([
    ['body', () => ({ body: 'a' }), (init: { body: string }) => Object.assign(init, { body: 'b' })],
    [
      'headers',
      () => ({ headers: { sign: 'a' } }),
      (init: { headers: object }) => Object.assign(init.headers, { sign: 'b' }),
    ],
    [
      'pairs of headers',
      () => ({ headers: [['sign', 'a']] }),
      (init: { headers: string[][] }) => init.headers[0]?.splice(1, 1, 'b'),
    ],
    [
      'Headers',
      () => ({ headers: new Headers({ sign: 'a' }) }),
      (init: { headers: Headers }) => init.headers.set('sign', 'b'),
    ],
    [
      'URLSearchParams',
      () => ({ body: new URLSearchParams({ sign: 'a' }) }),
      (init: { body: URLSearchParams }) => init.body.set('sign', 'b'),
    ],
    [
      'bytes',
      () => ({ body: new TextEncoder().encode('a') }),
      (init: { body: Uint8Array }) => init.body.fill(0),
    ],
    ['a Buffer', () => ({ body: Buffer.from('a') }), (init: { body: Buffer }) => init.body.fill(0)],
    [
      'a buffer',
      () => ({ body: new TextEncoder().encode('a').buffer }),
      (init: { body: ArrayBuffer }) => new Uint8Array(init.body).fill(0),
    ],
  ])('%s', async (_, init, change) => {
    const { fetch, calls } = setUp();
    const changed = { method: 'POST', ...init() };
    const response = fetch(URL, changed);
    change(changed as never);
    await response;
    const sent = new Request(URL, calls[0]?.[1] as RequestInit);
    const original = new Request(URL, { method: 'POST', ...init() });
    expect([await sent.text(), sent.headers.get('sign'), sent.headers.get('content-type')]).toEqual(
      [await original.text(), original.headers.get('sign'), original.headers.get('content-type')],
    );
  });

  test('a form with a file', async () => {
    const { fetch, calls } = setUp();
    const form = new FormData();
    form.append('file', new File(['x'], 'a.txt'));
    form.append('sign', 'a');
    const response = fetch(URL, { method: 'POST', body: form });
    form.set('sign', 'b');
    await response;
    const { body } = (calls[0] as unknown[])[1] as { body: FormData };
    expect(body.get('sign')).toBe('a');
    expect((body.get('file') as File).name).toBe('a.txt');
  });

  test('a URL', async () => {
    const { fetch, calls } = setUp();
    const url = new globalThis.URL(URL);
    const response = fetch(url);
    url.pathname = '/other';
    await response;
    expect(String(calls[0]?.[0])).toBe(URL);
  });
});

describe('costs and priority see', () => {
  const seen = async (...args: [unknown, object?]) => {
    let request: Request | undefined;
    const { fetch } = setUp({
      costs: (view) => {
        request = view;
        return { W: 1 };
      },
    });
    await fetch(...args);
    return request as Request;
  };

  test('URL, method and headers of init', async () => {
    const init = { method: 'post', headers: { 'X-Key': 'k' }, body: 'a=1' };
    const request = await seen(new globalThis.URL(URL), init);
    expect(request).toMatchObject({ url: URL, method: 'POST' });
    expect(request.headers.get('x-key')).toBe('k');
    expect(request.clone().method).toBe('POST');
  });

  test('those of a Request, unless init has others', async () => {
    const request = new Request(URL, { method: 'PUT', headers: { a: '1' }, body: 'x' });
    expect(await seen(request)).toBe(request);
    const view = await seen(new Request(request), { method: 'PATCH' });
    expect([view.method, view.url, view.headers.get('a')]).toEqual(['PATCH', URL, '1']);
  });

  test('a path and credentials, where a custom fetch takes them', async () => {
    expect(await seen('/api/order', { method: 'delete' })).toMatchObject({
      url: '/api/order',
      method: 'DELETE',
    });
    expect((await seen('http://user:password@exchange.test/')).method).toBe('GET');
  });

  test('a body that no stream is read for', async () => {
    const stream = new Blob(['a']).stream();
    await seen(URL, { method: 'POST', body: stream, duplex: 'half' });
    expect(stream.locked).toBe(false);
  });
});

describe('a call that fetch rejects takes nothing', () => {
  test.each([
    ['GET with a body', { body: 'a' }],
    ['a forbidden method', { method: 'CONNECT' }],
    ['a malformed header', { headers: { 'a b': 'c' } }],
  ])('%s', async (_, init) => {
    const { fetch, throttler } = setUp({ fetch: undefined });
    expect(await refusal(fetch(URL, init))).toBeInstanceOf(TypeError);
    expect(throttler.getStatus().W?.tokens).toBe(100);
  });
});

describe('over HTTP', () => {
  const server = serve();
  const send = throttledFetch(
    new MultiThrottler([rollingWindow({ id: 'W', limit: 100, interval: 1000 })]),
    {
      costs: () => ({ W: 1 }),
    },
  );

  test('a form is sent again with all its parts, under a boundary that fits', async () => {
    server.answer = refuseFirst;
    const body = new FormData();
    body.append('file', new File(['contents'], 'a.txt', { type: 'text/plain' }));
    body.append('side', 'BUY');
    await send(server.url, { method: 'POST', body });
    expect(server.received).toHaveLength(2);
    for (const { headers, body } of server.received) {
      const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1] as string;
      expect(String(body).split(`--${boundary}`)).toHaveLength(4);
      expect(String(body)).toContain('filename="a.txt"');
    }
  });

  test('a Request is sent again with its length, type and headers', async () => {
    server.answer = refuseFirst;
    const headers = { 'x-key': 'k', 'content-type': 'application/json' };
    const request = new Request(server.url, { method: 'POST', body: '{"side":"BUY"}', headers });
    await send(request);
    expect(request.bodyUsed).toBe(true);
    expect(server.received).toHaveLength(2);
    const [first, second] = server.received.map(({ headers, body }) => ({
      ...headers,
      body: String(body),
    }));
    expect(second).toEqual(first);
    expect(first).toMatchObject({ 'content-length': '14', body: '{"side":"BUY"}' });
  });

  test('a Request whose body is a stream is sent again up to a megabyte', async () => {
    const sizes = [1000, 1024 * 1024 + 1];
    const tries: number[] = [];
    for (const size of sizes) {
      server.received.length = 0;
      server.answer = refuseFirst;
      const body = new Blob([new Uint8Array(size)]).stream();
      const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
      const response = await send(new Request(server.url, init));
      tries.push(server.received.length);
      expect(server.received.every((received) => received.body.length === size)).toBe(true);
      expect(response.status).toBe(tries.at(-1) === 2 ? 200 : 429);
    }
    expect(tries).toEqual([2, 1]);
  });

  test('HEAD, 204 and redirects come as from fetch', async () => {
    expect((await send(server.url, { method: 'HEAD' })).body).toBeNull();
    server.answer = (response) => void response.writeHead(204).end();
    expect((await send(server.url)).body).toBeNull();
    server.answer = (response, { path }) =>
      void response.writeHead(path === '/' ? 302 : 200, { location: '/there' }).end();
    expect(await send(server.url)).toMatchObject({ redirected: true, url: `${server.url}/there` });
    expect((await send(server.url, { redirect: 'manual' })).status).toBe(302);
    await expect(send(server.url, { redirect: 'error' })).rejects.toThrow(TypeError);
  });

  test('keepalive is passed on', async () => {
    const response = await send(server.url, { method: 'POST', body: 'a', keepalive: true });
    expect(await response.text()).toBe('ok');
  });
});
