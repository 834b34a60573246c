import ccxt from 'ccxt';
import { concurrency, rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { describe, expect, test, vi } from 'vitest';
import { reactions } from '../support/clock.ts';
import { follow, refusal } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';
import { account, call, setUp, useServer } from './rig.ts';

const server = useServer();

describe('a call', () => {
  test('pays before it goes, and its answer is reported', async () => {
    const { exchange, throttler } = setUp(server);
    const headers = { 'X-MBX-USED-WEIGHT-1M': '20' };
    server.answers.push({ headers, body: { accountType: 'SPOT' } });
    expect(await account(exchange)).toMatchObject({ accountType: 'SPOT' });
    expect(throttler.left('REQUEST_WEIGHT')).toBe(5);
    expect(throttler.told).toMatchObject([
      { status: 200, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS'] },
    ]);
    expect(throttler.header('x-mbx-used-weight-1m')).toBe('20');
    expect(throttler.told[0]?.permit).toMatchObject({ waited: 0 });
  });

  test('waits, and is signed when it goes', async () => {
    const { exchange, clock } = setUp(server);
    await account(exchange);
    let now = 1000;
    exchange.nonce = () => now;
    const second = follow(clock, account(exchange));
    await reactions();
    expect(server.requests).toHaveLength(1);
    now = 61_000;
    await clock.advance(60_001);
    await expect.poll(() => second.state).toBe('granted');
    expect(server.requests[1]?.query.get('timestamp')).toBe('61000');
  });

  test('fails with the error of the throttler', async () => {
    const { exchange, throttler } = setUp(server);
    throttler.removeRule('RAW_REQUESTS');
    expect(await refusal(account(exchange))).toMatchObject({
      code: 'UNKNOWN_RULE',
      ruleId: 'RAW_REQUESTS',
    });
    throttler.close();
    expect(await refusal(account(exchange))).toMatchObject({ code: 'CLOSED' });
    expect(server.requests).toEqual([]);
  });

  test('that cannot be signed is refunded', async () => {
    const { exchange, throttler } = setUp(server);
    exchange.apiKey = '';
    await expect(account(exchange)).rejects.toThrow(ccxt.AuthenticationError);
    expect(throttler.left('REQUEST_WEIGHT')).toBe(25);
  });

  test('of an exchange that was sealed meanwhile fails, and is not in flight for ever', async () => {
    const throttler = new Watched([concurrency({ id: 'BUSY', limit: 1 })]);
    const exchange = server.exchange('binance');
    attachThrottler(exchange, { throttler, costs: () => ({ BUSY: 1 }) });
    await account(exchange);
    Object.seal(exchange);
    await expect(account(exchange)).rejects.toThrow('not extensible');
    expect(throttler.left('BUSY')).toBe(1);
  });

  test.each([
    ['kraken', 'privatePostCancelOrder'],
    ['kucoin', 'publicGetTimestamp'],
  ])('of %s takes null for no parameters', async (id, name) => {
    const exchange = server.exchange(id);
    const { throttler } = attachThrottler(exchange);
    server.answers.push({ body: { code: '200000', error: [] } });
    await call(exchange, name, null);
    expect(server.requests).toHaveLength(1);
    throttler.close();
  });

  test('that fails on its way counts as sent', async () => {
    const { exchange, throttler } = setUp(server);
    server.answers.push('hang up');
    await expect(account(exchange)).rejects.toThrow(ccxt.NetworkError);
    expect(throttler.left('REQUEST_WEIGHT')).toBe(5);
    expect(throttler.told).toEqual([]);
  });

  test('pays whether or not ccxt has its own throttling on', async () => {
    const { exchange, throttler } = setUp(server, {}, { enableRateLimit: false });
    await account(exchange);
    expect(throttler.asked).toHaveLength(1);
  });

  test('does not go through ccxt’s own throttler', async () => {
    const { exchange } = setUp(server);
    exchange.throttle = () => Promise.reject(new Error('asked'));
    await account(exchange);
  });

  test('waits in the class that was asked for', async () => {
    const { exchange, throttler } = setUp(server, {
      priority: (api, method, path) =>
        `${api} ${method} ${path}` === 'private POST order' ? 'critical' : undefined,
    });
    await call(exchange, 'privatePostOrder');
    await account(exchange);
    expect(throttler.asked.map(({ options }) => options?.priority)).toEqual([
      'critical',
      undefined,
    ]);
  });

  test('waits by the rank that was asked for', async () => {
    const ranks: { [path: string]: number } = { order: 2, time: 7 };
    const { exchange, throttler } = setUp(server, {
      priority: (_api, _method, path) => ({ class: 'critical', rank: ranks[path] }),
    });
    throttler.pause();
    const calls = [
      account(exchange),
      call(exchange, 'privateGetOrder'),
      call(exchange, 'publicGetTime'),
    ];
    await vi.waitFor(() => expect(throttler.getQueueLength('critical')).toBe(3));
    const order: unknown[] = [];
    throttler.on('grant', ({ cost }) => order.push(cost.REQUEST_WEIGHT));
    throttler.resume();
    await Promise.all(calls);
    // The server time costs 1, an order 4, the account 20.
    expect(order).toEqual([1, 4, 20]);
  });

  test('writes to the exchange what ccxt writes', async () => {
    const { exchange } = setUp(server, {}, { enableLastJsonResponse: true });
    server.answers.push({ headers: { 'X-Test': '1' }, body: { a: 1 } });
    await account(exchange);
    expect(exchange.last_response_headers).toMatchObject({ 'X-Test': '1' });
    expect(exchange.last_json_response).toEqual({ a: 1 });
    expect(exchange.last_request_url).toContain('/api/v3/account');
    expect(exchange.options.hasAlreadyAuthenticatedSuccessfully).toBe(true);
  });

  test('uses what the user has put in the place of ccxt’s methods', async () => {
    const { exchange } = setUp(server);
    const seen: number[] = [];
    exchange.onRestResponse = (status: number, _text, _url, _method, _headers, body: string) => {
      seen.push(status);
      return body.replace('1', '2');
    };
    server.answers.push({ body: { a: 1 } });
    expect(await account(exchange)).toMatchObject({ a: 2 });
    expect(seen).toEqual([200]);
  });

  test('calls at the same time keep their answers apart', async () => {
    const throttler = new Watched([]);
    const exchange = server.exchange('binance');
    attachThrottler(exchange, { throttler });
    await Promise.all([
      call(exchange, 'publicGetPing'),
      call(exchange, 'fapiPublicGetTime'),
      account(exchange),
    ]);
    const charged = throttler.told.map(({ rules }) => rules?.join()).sort();
    expect(charged).toEqual([
      'REQUEST_WEIGHT,RAW_REQUESTS',
      'REQUEST_WEIGHT,RAW_REQUESTS',
      'fapi:REQUEST_WEIGHT',
    ]);
    expect(throttler.told.every(({ permit }) => permit !== undefined)).toBe(true);
  });
});

describe('retries of ccxt', () => {
  test('wait, pay, and are signed anew', async () => {
    const { exchange, throttler, clock } = setUp(server);
    let now = 1;
    exchange.nonce = () => now;
    server.answers.push({ status: 503 }, { status: 503 });
    const done = follow(clock, call(exchange, 'privateGetAccount', { maxRetriesOnFailure: 2 }));
    await expect.poll(() => throttler.asked.length).toBe(2);
    expect(server.requests).toHaveLength(1);
    now = 2;
    await clock.advance(60_001);
    await expect.poll(() => throttler.asked.length).toBe(3);
    now = 3;
    await clock.advance(60_001);
    await expect.poll(() => done.state).toBe('granted');
    expect(server.requests.map(({ query }) => query.get('timestamp'))).toEqual(['1', '2', '3']);
    expect(exchange.last_request_url).toContain('timestamp=3');
    expect(throttler.told.map(({ status }) => status)).toEqual([503, 503, 200]);
  });

  test('that the throttler refuses end with its error', async () => {
    const { exchange, throttler } = setUp(server);
    server.answers.push({ status: 503 });
    const failed = refusal(call(exchange, 'privateGetAccount', { maxRetriesOnFailure: 2 }));
    await expect.poll(() => throttler.asked.length).toBe(2);
    throttler.close();
    expect(await failed).toMatchObject({ code: 'CLOSED' });
  });
});

describe('unified methods', () => {
  test('that load markets at the same time ask for them once, and pay for each request', async () => {
    const { exchange, throttler } = setUp(
      server,
      {},
      { options: { fetchMarkets: { types: ['spot'] } } },
    );
    throttler.removeRule('REQUEST_WEIGHT');
    throttler.addRule(rollingWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 }));
    const info = { symbols: [], rateLimits: [] };
    server.answers.push(...Array.from({ length: 4 }, () => ({ body: info })));
    exchange.has.fetchCurrencies = false;
    await Promise.all([exchange.loadMarkets(), exchange.loadMarkets(), exchange.loadMarkets()]);
    const paths = server.requests.map(({ path }) => path);
    expect(paths).toContain('/api/v3/exchangeInfo');
    expect(new Set(paths).size).toBe(paths.length);
    expect(throttler.asked).toHaveLength(paths.length);
  });
});

test('the history of requests that ccxt keeps has all of them', async () => {
  const { exchange } = setUp(server);
  Object.assign(exchange, { fetchHistoryCacheSize: 10 });
  server.answers.push({ body: { a: 'b' } }, { status: 400, body: { code: -1, msg: 'no' } });
  await call(exchange, 'publicGetPing');
  await call(exchange, 'publicGetTime').catch(() => undefined);
  const cache = (exchange as unknown as { fetchHistoryCache: { request: { url: string } }[] })
    .fetchHistoryCache;
  expect(cache.map(({ request }) => new URL(request.url).pathname)).toEqual([
    '/api/v3/ping',
    '/api/v3/time',
  ]);
});

test('a call through a proxy object of the user’s pays once', async () => {
  const { exchange, throttler } = setUp(server);
  // As frameworks make objects reactive.
  const proxied = new Proxy(exchange, {
    get: (target, key, receiver) => Reflect.get(target, key, receiver),
  });
  await proxied.fetch2('ping', 'public', 'GET');
  expect(throttler.asked).toHaveLength(1);
  expect(throttler.told).toMatchObject([{ status: 200 }]);
});
