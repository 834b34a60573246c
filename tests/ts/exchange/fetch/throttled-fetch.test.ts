import { createServer } from 'node:http';
import { rollingWindow } from 'multi-throttler';
import {
  binanceSpot,
  bybit,
  costTable,
  okx,
  type ThrottledFetchOptions,
  throttledFetch,
} from 'multi-throttler/exchange';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reactions } from '../../support/clock.ts';
import { follow, refusal, thrown } from '../../support/helpers.ts';
import { Watched } from '../../support/recorder.ts';

const URL = 'http://exchange.test/api/v3/depth?limit=100';

/** A fetch whose answers are these statuses, then 200. */
function setUp(statuses: (number | Error)[] = [], options: Partial<ThrottledFetchOptions> = {}) {
  const throttler = new Watched([rollingWindow({ id: 'W', limit: 10, interval: 60_000 })]);
  const sent: { method: string; url: string; body: string }[] = [];
  const fetch = throttledFetch(throttler, {
    costs: () => ({ W: 3, FREE: 0 }),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push({ method: request.method, url: request.url, body: await request.text() });
      const status = statuses.shift() ?? 200;
      if (status instanceof Error) throw status;
      const headers = { 'x-mbx-used-weight-1m': '3', 'retry-after': '1' };
      return new Response(`answer ${sent.length}`, { status, headers });
    },
    ...options,
  });
  throttler.addRule(rollingWindow({ id: 'FREE', limit: 1, interval: 1000 }));
  return { throttler, clock: throttler.clock, sent, fetch };
}

describe('a response', () => {
  test('is returned unchanged, paid and reported', async () => {
    const { fetch, throttler, sent } = setUp();
    const response = await fetch(URL);
    expect(await response.text()).toBe('answer 1');
    expect(sent).toEqual([{ method: 'GET', url: URL, body: '' }]);
    expect(throttler.left('W')).toBe(7);
    expect(throttler.released).toEqual(['released']);
    expect(throttler.told).toHaveLength(1);
    expect(throttler.told[0]).toMatchObject({
      status: 200,
      rules: undefined,
      permit: { waited: 0 },
    });
    expect(throttler.header('X-MBX-USED-WEIGHT-1M')).toBe('3');
  });

  test('is charged by its request body, if that is readable', async () => {
    const { throttler, fetch } = setUp([], {
      profile: okx,
      costs: (request, body) => okx.costs(request.method, request.url, body),
    });
    for (const rule of okx.rules) throttler.addRule(rule);
    const orders = [
      { instId: 'BTC-USDT-SWAP' },
      { instId: 'BTC-USDT-SWAP' },
      { instId: 'ETH-USDT-SWAP' },
    ];
    const path = 'https://www.okx.com/api/v5/trade';
    await fetch(`${path}/batch-orders`, { method: 'POST', body: JSON.stringify(orders) });
    await fetch(`${path}/order`, {
      method: 'POST',
      body: new URLSearchParams({ instId: 'BTC-USDT-SWAP' }),
    });
    await fetch(
      new Request(`${path}/order`, { method: 'POST', body: '{"instId":"BTC-USDT-SWAP"}' }),
    );
    const id = (name: string) => `POST /api/v5/trade/${name}`;
    expect(throttler.asked.map(({ cost }) => cost)).toEqual([
      {
        ACCOUNT_ORDERS: 3,
        [`300/2s:${id('batch-orders')}:BTC-USDT-SWAP`]: 2,
        [`300/2s:${id('batch-orders')}:ETH-USDT-SWAP`]: 1,
      },
      { ACCOUNT_ORDERS: 1, [`60/2s:${id('order')}:BTC-USDT-SWAP`]: 1 },
      { ACCOUNT_ORDERS: 1, [`60/2s:${id('order')}:-`]: 1 },
    ]);
  });

  test('is returned if a rule of its request was removed', async () => {
    const { throttler, fetch } = setUp([], {
      pauses: 'charged',
      fetch: async () => {
        throttler.removeRule('W');
        return new Response('answer', { status: 429, headers: { 'retry-after': '5' } });
      },
      retries: 0,
    });
    expect(await (await fetch(URL)).text()).toBe('answer');
    expect(throttler.released).toEqual(['released']);
    expect(throttler.estimateWait({ FREE: 1 })).toBe(5000);
  });

  test('comes when the rules grant the request', async () => {
    const { fetch, clock, sent } = setUp();
    await Promise.all([fetch(URL), fetch(URL), fetch(URL)]);
    const fourth = follow(clock, fetch(URL));
    await reactions();
    expect(sent).toHaveLength(3);
    await clock.advance(60_001);
    expect(fourth.state).toBe('granted');
  });

  test.each([400, 404, 418, 500, 503])('of status %i is not repeated', async (status) => {
    const { fetch, throttler, sent } = setUp([status]);
    expect((await fetch(URL)).status).toBe(status);
    expect(sent).toHaveLength(1);
    expect(throttler.told.map((report) => report.status)).toEqual([status]);
  });

  test('comes for a Request, a URL and init', async () => {
    const { fetch, sent } = setUp();
    await fetch(new globalThis.URL(URL));
    await fetch(new Request(URL, { method: 'PUT', body: 'a' }));
    await fetch(new Request(URL), { method: 'POST', body: 'b' });
    expect(sent.map(({ method, body }) => method + body)).toEqual(['GET', 'PUTa', 'POSTb']);
  });
});

describe('a refusal', () => {
  test('is repeated after the pause, and paid again', async () => {
    const { fetch, throttler, clock, sent } = setUp([429, 429]);
    const response = fetch(URL);
    expect(await clock.until(response)).toBe(2000);
    expect((await response).status).toBe(200);
    expect(sent).toHaveLength(3);
    expect(throttler.left('W')).toBe(1);
    expect(throttler.told.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(throttler.released).toEqual(['released', 'released', 'released']);
  });

  test('is returned after the last retry', async () => {
    const { fetch, clock, sent } = setUp([429, 429, 429, 429]);
    const response = fetch(URL);
    await clock.until(response);
    expect((await response).status).toBe(429);
    expect(await (await response).text()).toBe('answer 3');
    expect(sent).toHaveLength(3);
  });

  test('is returned at once with 0 retries', async () => {
    const { fetch, sent } = setUp([429], { retries: 0 });
    expect((await fetch(URL)).status).toBe(429);
    expect(sent).toHaveLength(1);
  });

  test.each([
    ['a text', () => 'x=1'],
    ['parameters', () => new URLSearchParams('x=1')],
    ['bytes', () => new TextEncoder().encode('x=1')],
    ['a blob', () => new Blob(['x=1'])],
  ])('is repeated with its body: %s', async (_, body) => {
    const { fetch, clock, sent } = setUp([429]);
    await clock.until(fetch(URL, { method: 'POST', body: body() }));
    expect(sent.map((request) => request.body)).toEqual(['x=1', 'x=1']);
  });

  test('of a Request with a body is repeated', async () => {
    const { fetch, clock, sent } = setUp([429]);
    await clock.until(fetch(new Request(URL, { method: 'POST', body: 'x=1' })));
    expect(sent.map((request) => request.body)).toEqual(['x=1', 'x=1']);
  });

  test('has its body cancelled before the next try', async () => {
    let cancelled = 0;
    const refusal = () =>
      new Response(new ReadableStream({ cancel: () => void cancelled++ }), { status: 429 });
    const { fetch, clock } = setUp([], { fetch: async () => refusal(), retries: 1 });
    await clock.until(fetch(URL));
    expect(cancelled).toBe(1);
  });

  test('of a stream is returned', async () => {
    const { fetch, sent } = setUp([429]);
    const stream = new Blob(['x=1']).stream();
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    expect((await fetch(URL, init)).status).toBe(429);
    expect(sent.map((request) => request.body)).toEqual(['x=1']);
  });

  test('in a body counts if the profile reads bodies', async () => {
    const answers = ['{"retCode":10006}', '{"retCode":0}'];
    const throttler = new Watched([
      rollingWindow({ id: '10/s:GET /x', limit: 10, interval: 1000 }),
    ]);
    const fetch = throttledFetch(throttler, {
      costs: () => ({ '10/s:GET /x': 1 }),
      fetch: async () => new Response(answers.shift()),
      body: bybit.body,
      pauses: bybit.pauses,
    });
    const response = fetch(URL);
    await throttler.clock.until(response);
    expect(await (await response).text()).toBe('{"retCode":0}');
    expect(throttler.told).toMatchObject([
      { status: 429, rules: ['10/s:GET /x'] },
      { status: 200, rules: ['10/s:GET /x'] },
    ]);
  });

  test('of an address is a ban, and pauses all rules', async () => {
    const throttler = new Watched([rollingWindow({ id: 'IP', limit: 10, interval: 1000 })]);
    const fetch = throttledFetch(throttler, {
      costs: () => ({ IP: 1 }),
      fetch: async () => new Response('403, access too frequent', { status: 403 }),
      body: bybit.body,
      pauses: bybit.pauses,
    });
    expect((await fetch(URL)).status).toBe(403);
    expect(throttler.told).toMatchObject([{ status: 418, rules: undefined }]);
    expect(throttler.header('retry-after')).toBe('600');
  });

  test('with 418 stays a ban, though its body speaks of too many requests alone', async () => {
    const throttler = new Watched([rollingWindow({ id: 'IP', limit: 10, interval: 1000 })]);
    const fetch = throttledFetch(throttler, {
      costs: () => ({ IP: 1 }),
      fetch: async () => new Response('{"code":-1003,"msg":"Way too much"}', { status: 418 }),
      body: binanceSpot.body,
      pauses: 'charged',
    });
    expect((await fetch(URL)).status).toBe(418);
    expect(throttler.told).toMatchObject([{ status: 418, rules: undefined }]);
  });
});

describe('a request that fails', () => {
  test('on the network counts as sent and is not repeated', async () => {
    const error = new TypeError('fetch failed');
    const { fetch, throttler, sent } = setUp([error]);
    await expect(fetch(URL)).rejects.toBe(error);
    expect(sent).toHaveLength(1);
    expect(throttler.released).toEqual(['released']);
    expect(throttler.left('W')).toBe(7);
    expect(throttler.told).toEqual([]);
  });

  test('by a signal that had aborted takes nothing', async () => {
    const { fetch, throttler, sent } = setUp();
    const reason = new Error('changed my mind');
    expect(await refusal(fetch(URL, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(throttler.left('W')).toBe(10);
    expect(sent).toEqual([]);
  });

  test('by an abort while it waits leaves the queue', async () => {
    const { fetch, throttler, sent } = setUp();
    await Promise.all([fetch(URL), fetch(URL), fetch(URL)]);
    const controller = new AbortController();
    const request = refusal(fetch(new Request(URL, { signal: controller.signal })));
    await reactions();
    expect(throttler.getQueueLength()).toBe(1);
    controller.abort();
    expect(await request).toMatchObject({ name: 'AbortError' });
    expect(throttler.getQueueLength()).toBe(0);
    expect(sent).toHaveLength(3);
  });

  test('by an abort between grant and sending is refunded', async () => {
    const { fetch, throttler, sent } = setUp();
    const controller = new AbortController();
    const request = refusal(fetch(URL, { signal: controller.signal }));
    // Granted by now, synchronously, but not yet sent.
    expect(throttler.left('W')).toBe(7);
    controller.abort();
    await request;
    expect(throttler.released).toEqual(['refunded']);
    expect(throttler.left('W')).toBe(10);
    expect(sent).toEqual([]);
  });

  test('in the throttler rejects with its error', async () => {
    const { fetch, throttler, sent } = setUp([], { costs: () => ({ NONE: 1 }) });
    expect(await refusal(fetch(URL))).toMatchObject({ code: 'UNKNOWN_RULE' });
    throttler.close();
    expect(await refusal(fetch(URL))).toMatchObject({ code: 'CLOSED' });
    expect(sent).toEqual([]);
  });

  test.each([
    ['no URL', ':'],
    ['a Request whose body was used', used()],
  ])('as fetch would reject it takes nothing: %s', async (_, input) => {
    const { fetch, throttler } = setUp();
    await expect((async () => fetch(await input))()).rejects.toThrow(TypeError);
    expect(throttler.asked).toEqual([]);
  });

  test('as costs throws takes nothing', async () => {
    const error = new Error('mine');
    const { fetch, throttler } = setUp([], {
      costs: () => {
        throw error;
      },
    });
    await expect(fetch(URL)).rejects.toBe(error);
    expect(throttler.asked).toEqual([]);
  });
});

test.each(['priority', 'maxWait'] as const)(
  'an error of %s rejects, and nothing is sent',
  async (name) => {
    const error = new Error('mine');
    const { fetch, throttler, sent } = setUp([], {
      [name]: () => {
        throw error;
      },
    });
    await expect(fetch(URL)).rejects.toBe(error);
    expect(throttler.asked).toEqual([]);
    expect(sent).toEqual([]);
  },
);

test('the priority is a fixed one, or by request', async () => {
  const fixed = setUp([], { priority: 'critical' });
  await fixed.fetch(URL);
  expect(fixed.throttler.asked[0]?.options?.priority).toBe('critical');
  const told = setUp([], {
    priority: ({ method }) => (method === 'POST' ? 'critical' : undefined),
  });
  await told.fetch(URL);
  await told.fetch(URL, { method: 'POST' });
  expect(told.throttler.asked.map(({ options }) => options?.priority)).toEqual([
    undefined,
    'critical',
  ]);
  const bad = setUp([], { priority: 'urgent' as never });
  expect(await refusal(bad.fetch(URL))).toMatchObject({ code: 'INVALID_CONFIG' });
});

test('calls wait by rank', async () => {
  const { clock, fetch, sent, throttler } = setUp([], {
    costs: () => ({ W: 1 }),
    priority: ({ url }) => ({ class: 'low', rank: Number(url.split('#')[0]?.slice(-1)) }),
  });
  throttler.pause({ ms: 100 });
  const calls = [1, 3, 2].map((limit) => fetch(`http://exchange.test/depth?limit=${limit}`));
  await reactions();
  expect(throttler.getQueueLength('low')).toBe(3);
  await clock.advance(100);
  await Promise.all(calls);
  expect(sent.map(({ url }) => url.slice(-1))).toEqual(['3', '2', '1']);
  const bad = setUp([], { priority: { rank: 1001 } });
  expect(await refusal(bad.fetch(URL))).toMatchObject({ code: 'INVALID_CONFIG' });
});

test.each([
  [undefined, 'options must be an object'],
  [{}, 'costs must be a function, got undefined'],
  [
    { costs: costTable({ default: {}, endpoints: {} }) },
    'costs must be a function of the request, (request) => table(request.method, request.url), in place of a table',
  ],
  [{ costs: () => ({}), retries: -1 }, 'retries must be a whole number of 0 or more, got -1'],
  [{ costs: () => ({}), retries: Number.POSITIVE_INFINITY }, 'retries must be'],
  [{ costs: () => ({}), fetch: 'node' }, 'fetch must be a function, got "node"'],
  [{ costs: () => ({}), body: 5 }, 'body must be a function, got 5'],
  [{ costs: () => ({}), pauses: 'none' }, 'pauses must be all or charged, got "none"'],
])('invalid options are refused: %j', (options, text) => {
  const { throttler } = setUp();
  expect(thrown(() => throttledFetch(throttler, options as never)).message).toContain(text);
});

test.each(['maxwait', 'retry', 'signal', 'headers', 'jitter'])(
  'the unknown option %s is refused with the known names',
  (name) => {
    const { throttler } = setUp();
    const options = { costs: () => ({}), retries: 0, [name]: 5 };
    const error = thrown(() => throttledFetch(throttler, options));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: name, value: 5 });
    expect(error.message).toBe(
      `unknown field "${name}" for throttledFetch options; known fields: ` +
        'costs, profile, priority, maxWait, prepare, retries, fetch, body, pauses, onError',
    );
    throttledFetch(throttler, { ...options, [name]: undefined });
  },
);

test.each([undefined, {}, 'throttler'])('an invalid throttler is refused: %j', (throttler) => {
  const error = thrown(() => throttledFetch(throttler as never, { costs: () => ({}) }));
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'throttler' });
});

describe('over HTTP', () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    response
      .writeHead(bodies.length === 1 ? 429 : 200, {
        'X-Answer': `${bodies.length}`,
        'Retry-After': '0',
      })
      .end(`${bodies.length}`);
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => void server.close());

  test('with the global fetch', async () => {
    const { port } = server.address() as { port: number };
    const throttler = new Watched([rollingWindow({ id: 'W', limit: 10, interval: 60_000 })]);
    const fetch = throttledFetch(throttler, { costs: () => ({ W: 1 }) });
    const response = await fetch(`http://127.0.0.1:${port}/order`, {
      method: 'POST',
      body: '{"side":"BUY"}',
    });
    expect(await response.text()).toBe('2');
    expect(bodies).toEqual(['{"side":"BUY"}', '{"side":"BUY"}']);
    expect(throttler.header('x-answer')).toBe('2');
  });
});

async function used(): Promise<Request> {
  const request = new Request(URL, { method: 'POST', body: 'x' });
  await request.text();
  return request;
}
