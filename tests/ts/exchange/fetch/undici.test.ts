// Members of `init` that a Request would lose, with undici and Node's own fetch over HTTP.

import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { type AnyFetch, throttledFetch } from 'multi-throttler/exchange';
import {
  Agent,
  type Dispatcher,
  interceptors,
  MockAgent,
  ProxyAgent,
  Request as UndiciRequest,
  fetch as undiciFetch,
} from 'undici';
import { describe, expect, test } from 'vitest';
import { refuseFirst, serve } from '../../support/server.ts';

const server = serve();

const wrap = (fetch: AnyFetch | undefined) =>
  throttledFetch(new MultiThrottler([rollingWindow({ id: 'W', limit: 100, interval: 1000 })]), {
    costs: () => ({ W: 1 }),
    fetch,
  }) as AnyFetch;

/** Counts the requests that go through a dispatcher. */
function counted(agent: Dispatcher = new Agent()) {
  const count = { requests: 0 };
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    count.requests++;
    return dispatch(options, handler);
  });
  return { dispatcher, count };
}

/** Node passes its own, older options to the dispatcher, which the npm package reads as well. */
describe.each([
  ['fetch of undici', undiciFetch],
  ['fetch of Node', globalThis.fetch],
  ['the global fetch', undefined],
] as const)('%s', (_, fetch) => {
  test('sends through the dispatcher of init', async () => {
    const { dispatcher, count } = counted();
    const response = await wrap(fetch)(server.url, { method: 'POST', body: 'a=1', dispatcher });
    expect(await response.text()).toBe('ok');
    expect(count.requests).toBe(1);
  });

  test('sends through the dispatcher again after a 429', async () => {
    server.answer = refuseFirst;
    const { dispatcher, count } = counted();
    const response = await wrap(fetch)(server.url, { method: 'POST', body: 'a=1', dispatcher });
    expect(await response.text()).toBe('2');
    expect(count.requests).toBe(2);
    expect(server.received.map(({ body }) => String(body))).toEqual(['a=1', 'a=1']);
  });
});

test('a MockAgent answers, and nothing reaches the network', async () => {
  const agent = new MockAgent();
  agent.disableNetConnect();
  agent.get(server.url).intercept({ path: '/order', method: 'POST' }).reply(200, 'mocked');
  const init = { method: 'POST', body: 'a=1', dispatcher: agent };
  const response = await wrap(undiciFetch)(`${server.url}/order`, init);
  expect(await response.text()).toBe('mocked');
  expect(server.received).toEqual([]);
});

test('a ProxyAgent tunnels each try', async () => {
  let tunnels = 0;
  const proxy = createServer().on('connect', (request, socket) => {
    tunnels++;
    const [host, port] = (request.url as string).split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${port}`, proxyTunnel: true });
  try {
    server.answer = refuseFirst;
    const response = await wrap(undiciFetch)(server.url, {
      method: 'POST',
      body: 'a=1',
      dispatcher,
    });
    expect(await response.text()).toBe('2');
    expect(tunnels).toBeGreaterThan(0);
    expect(server.received).toHaveLength(2);
  } finally {
    await dispatcher.destroy();
    proxy.close();
  }
});

test('a Request of undici is sent as it is, and again after a 429', async () => {
  server.answer = refuseFirst;
  const { dispatcher, count } = counted();
  const request = new UndiciRequest(server.url, { method: 'POST', body: 'a=1', dispatcher });
  const response = await wrap(undiciFetch)(request);
  expect(await response.text()).toBe('2');
  expect(count.requests).toBe(2);
  expect(request.bodyUsed).toBe(true);
  expect(server.received.map(({ body }) => String(body))).toEqual(['a=1', 'a=1']);
});

test('interceptors of undici see the request', async () => {
  server.answer = (response, _, number) => {
    response.writeHead(number === 1 ? 307 : 200, { location: '/moved' }).end();
  };
  const dispatcher = new Agent().compose(interceptors.dns());
  const response = await wrap(undiciFetch)(server.url, { method: 'POST', body: 'a=1', dispatcher });
  expect(response.redirected).toBe(true);
  expect(server.received.map(({ path, body }) => path + String(body))).toEqual([
    '/a=1',
    '/moveda=1',
  ]);
});
