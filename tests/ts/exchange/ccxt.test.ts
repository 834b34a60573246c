import type { Exchange } from 'ccxt';
import ccxt from 'ccxt';
import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot, bybit, kraken, kucoin, okx } from 'multi-throttler/exchange';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reactions } from '../clock.ts';
import { follow, refusal, thrown } from '../helpers.ts';
import { call, Loopback } from './ccxt-rig.ts';
import { Watched } from './recorder.ts';

const server = new Loopback();
beforeAll(() => server.listen());
afterAll(() => server.close());
afterEach(() => {
  server.requests.length = 0;
  server.answers.length = 0;
});

/** A binance with a throttler that is watched. */
function setUp(options: Parameters<typeof attachThrottler>[1] = {}, own: object = {}) {
  const throttler = new Watched([rollingWindow({ id: 'REQUEST_WEIGHT', limit: 25, interval: 60_000 })]);
  const exchange = server.exchange('binance', own);
  const { detach } = attachThrottler(exchange, { throttler, ...options });
  return { exchange, throttler, clock: throttler.clock, detach };
}

const account = (exchange: Exchange) => call(exchange, 'privateGetAccount');

describe('a call', () => {
  test('pays before it goes, and its answer is reported', async () => {
    const { exchange, throttler } = setUp();
    const headers = { 'X-MBX-USED-WEIGHT-1M': '20' };
    server.answers.push({ headers, body: { accountType: 'SPOT' } });
    expect(await account(exchange)).toMatchObject({ accountType: 'SPOT' });
    expect(throttler.left('REQUEST_WEIGHT')).toBe(5);
    expect(throttler.told).toMatchObject([{ status: 200, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS'] }]);
    expect(throttler.header('x-mbx-used-weight-1m')).toBe('20');
    expect(throttler.told[0]?.permit).toMatchObject({ waited: 0 });
  });

  test('waits, and is signed when it goes', async () => {
    const { exchange, clock } = setUp();
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
    const { exchange, throttler } = setUp();
    throttler.removeRule('RAW_REQUESTS');
    expect(await refusal(account(exchange))).toMatchObject({ code: 'UNKNOWN_RULE', ruleId: 'RAW_REQUESTS' });
    throttler.close();
    expect(await refusal(account(exchange))).toMatchObject({ code: 'CLOSED' });
    expect(server.requests).toEqual([]);
  });

  test('that cannot be signed is refunded', async () => {
    const { exchange, throttler } = setUp();
    exchange.apiKey = '';
    await expect(account(exchange)).rejects.toThrow(ccxt.AuthenticationError);
    expect(throttler.left('REQUEST_WEIGHT')).toBe(25);
  });

  test('that fails on its way counts as sent', async () => {
    const { exchange, throttler } = setUp();
    server.answers.push('hang up');
    await expect(account(exchange)).rejects.toThrow(ccxt.NetworkError);
    expect(throttler.left('REQUEST_WEIGHT')).toBe(5);
    expect(throttler.told).toEqual([]);
  });

  test('pays whether or not ccxt has its own throttling on', async () => {
    const { exchange, throttler } = setUp({}, { enableRateLimit: false });
    await account(exchange);
    expect(throttler.asked).toHaveLength(1);
  });

  test('does not go through ccxt’s own throttler', async () => {
    const { exchange } = setUp();
    exchange.throttle = () => Promise.reject(new Error('asked'));
    await account(exchange);
  });

  test('waits in the class that was asked for', async () => {
    const { exchange, throttler } = setUp({
      priority: (api, method, path) =>
        `${api} ${method} ${path}` === 'private POST order' ? 'critical' : undefined,
    });
    await call(exchange, 'privatePostOrder');
    await account(exchange);
    expect(throttler.asked.map(({ options }) => options?.priority)).toEqual(['critical', undefined]);
  });

  test('writes to the exchange what ccxt writes', async () => {
    const { exchange } = setUp({}, { enableLastJsonResponse: true });
    server.answers.push({ headers: { 'X-Test': '1' }, body: { a: 1 } });
    await account(exchange);
    expect(exchange.last_response_headers).toMatchObject({ 'X-Test': '1' });
    expect(exchange.last_json_response).toEqual({ a: 1 });
    expect(exchange.last_request_url).toContain('/api/v3/account');
    expect(exchange.options.hasAlreadyAuthenticatedSuccessfully).toBe(true);
  });

  test('uses what the user has put in the place of ccxt’s methods', async () => {
    const { exchange } = setUp();
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
    const { exchange, throttler, clock } = setUp();
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
    const { exchange, throttler } = setUp();
    server.answers.push({ status: 503 });
    const failed = refusal(call(exchange, 'privateGetAccount', { maxRetriesOnFailure: 2 }));
    await expect.poll(() => throttler.asked.length).toBe(2);
    throttler.close();
    expect(await failed).toMatchObject({ code: 'CLOSED' });
  });
});

describe('a refusal', () => {
  test('is ccxt’s error, and pauses all rules of the host', async () => {
    const { exchange, throttler, clock } = setUp();
    server.answers.push({
      status: 429,
      headers: { 'Retry-After': '30' },
      body: { code: -1003, msg: 'Too many' },
    });
    await expect(account(exchange)).rejects.toThrow(ccxt.DDoSProtection);
    expect(throttler.told).toMatchObject([
      { status: 429, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS', 'ORDERS_1D'] },
    ]);
    const waiting = follow(clock, call(exchange, 'publicGetPing'));
    await call(exchange, 'fapiPublicGetPing');
    await clock.advance(29_000);
    expect(waiting.state).toBe('waiting');
    await clock.advance(1001);
    await expect.poll(() => waiting.state).toBe('granted');
  });

  test('under costs of one’s own pauses all rules', async () => {
    const throttler = new Watched([rollingWindow({ id: 'ALL', limit: 5, interval: 1000 })]);
    for (const id of ['binance', 'gemini']) {
      const exchange = server.exchange(id);
      attachThrottler(exchange, { throttler, costs: () => ({ ALL: 1 }) });
      server.answers.push({ status: 429, headers: { 'Retry-After': '5' } });
      await expect(exchange.fetch2('ping')).rejects.toThrow(ccxt.NetworkError);
      expect(throttler.told.at(-1)).toMatchObject({ status: 429, rules: undefined });
      expect(throttler.estimateWait({ ALL: 1 })).toBe(5000);
      throttler.resume();
    }
  });

  test('stays ccxt’s error where the throttler was closed meanwhile', async () => {
    const { exchange, throttler } = setUp();
    server.answers.push({ status: 429 });
    exchange.onRestResponse = (_status: number, _text, _url, _method, _headers, body: string) => body;
    const { fetch } = exchange;
    exchange.fetch = function (this: Exchange, ...args: Parameters<Exchange['fetch']>) {
      throttler.close();
      return fetch.apply(this, args);
    } as Exchange['fetch'];
    await expect(account(exchange)).rejects.toThrow(ccxt.DDoSProtection);
  });

  test('pauses nothing that was removed', async () => {
    const { exchange, throttler } = setUp();
    throttler.removeRule('ORDERS');
    server.answers.push({ status: 418, headers: { 'Retry-After': '1' } });
    await expect(account(exchange)).rejects.toThrow(ccxt.DDoSProtection);
    expect(throttler.told).toMatchObject([
      { status: 418, rules: ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS_1D'] },
    ]);
  });

  test.each([
    [
      'bybit',
      bybit,
      'privateGetV5PositionList',
      { retCode: 10006, retMsg: 'Too many visits!' },
      ['10/s:GET /v5/position/list'],
    ],
    [
      'okx',
      okx,
      'privateGetAccountBalance',
      { code: '50011', msg: 'Too many requests' },
      ['10/2s:GET /api/v5/account/balance'],
    ],
    ['kraken', kraken, 'privatePostBalance', { error: ['EAPI:Rate limit exceeded'] }, ['PRIVATE']],
    ['kucoin', kucoin, 'privateGetAccounts', { code: '429000', msg: 'Too many' }, ['MANAGEMENT']],
  ])('in an answer of status 200: %s', async (id, profile, name, body, rules) => {
    const throttler = new Watched(profile.rules, { headers: profile.headers });
    const exchange = server.exchange(id);
    attachThrottler(exchange, { throttler });
    server.answers.push({ body });
    await expect(call(exchange, name)).rejects.toThrow(ccxt.BaseError);
    expect(throttler.told).toMatchObject([{ status: 429, rules }]);
  });

  test('of Bybit’s address is a ban for all', async () => {
    const throttler = new Watched(bybit.rules);
    const exchange = server.exchange('bybit');
    attachThrottler(exchange, { throttler });
    server.answers.push({ status: 403, body: '403, access too frequent' });
    await expect(call(exchange, 'publicGetV5MarketTime')).rejects.toThrow(ccxt.BaseError);
    expect(throttler.told).toMatchObject([{ status: 418, rules: undefined }]);
    expect(throttler.estimateWait({ 'spot:x': 1 })).toBe(600_000);
  });
});

describe('usage headers', () => {
  test('of Bybit go to the rule of the endpoint', async () => {
    const throttler = new Watched(bybit.rules, { headers: bybit.headers });
    const exchange = server.exchange('bybit');
    attachThrottler(exchange, { throttler });
    server.answers.push({
      headers: { 'X-Bapi-Limit': '10', 'X-Bapi-Limit-Status': '3' },
      body: { retCode: 0 },
    });
    await call(exchange, 'privateGetV5PositionList');
    expect(throttler.getStatus()['10/s:GET /v5/position/list']?.tokens).toBe(3);
    expect(throttler.getStatus().IP?.tokens).toBe(599);
  });

  test('of each of Binance’s hosts go to its rules', async () => {
    const exchange = server.exchange('binance');
    const { throttler } = attachThrottler(exchange);
    const headers = { 'X-MBX-USED-WEIGHT-1M': '1000', Date: new Date().toUTCString() };
    server.answers.push({ headers });
    await call(exchange, 'fapiPublicGetPing');
    const status = throttler.getStatus();
    expect(status.REQUEST_WEIGHT?.tokens).toBe(6000);
    expect(status['fapi:REQUEST_WEIGHT']?.tokens).toBe(1400);
    throttler.close();
  });
});

describe('a throttler', () => {
  test('of its own has the rules of the profile, with the jitter that was asked for', () => {
    const exchange = server.exchange('kraken');
    const { throttler } = attachThrottler(exchange, { jitter: 0 });
    expect(throttler.getStatus().PRIVATE).toMatchObject({ capacity: 15 });
    throttler.close();
  });

  test('that was given gets the rules that it does not have, and keeps those that it has', () => {
    const { throttler } = setUp();
    expect(throttler.getStatus().REQUEST_WEIGHT?.capacity).toBe(25);
    expect(throttler.getStatus()['fapi:REQUEST_WEIGHT']?.capacity).toBe(2400);
  });

  test('serves two exchanges', async () => {
    const { exchange, throttler } = setUp();
    const other = server.exchange('binance');
    attachThrottler(other, { throttler });
    await account(exchange);
    await call(other, 'publicGetPing');
    expect(throttler.left('REQUEST_WEIGHT')).toBe(4);
  });

  test('by another profile', async () => {
    const exchange = server.exchange('binance');
    const profile = binanceSpot.with({ limits: { REQUEST_WEIGHT: 50 } });
    const { throttler } = attachThrottler(exchange, { profile });
    expect(throttler.getStatus().REQUEST_WEIGHT?.capacity).toBe(50);
    throttler.close();
  });

  test('of any exchange, by a function of costs', async () => {
    const exchange = server.exchange('gemini');
    const throttler = new Watched([rollingWindow({ id: 'ALL', limit: 5, interval: 1000 })]);
    const seen: unknown[] = [];
    attachThrottler(exchange, {
      throttler,
      costs: (...args) => {
        seen.push(args);
        return { ALL: 2 };
      },
    });
    await call(exchange, 'publicGetV1Symbols', { a: 1 });
    expect(throttler.getStatus().ALL?.tokens).toBe(3);
    expect(seen).toEqual([['public', 'GET', 'v1/symbols', { a: 1 }, expect.objectContaining({ cost: 5 })]]);
    expect(throttler.told).toMatchObject([{ status: 200, rules: ['ALL'] }]);
  });
});

describe('detach', () => {
  test.each(['binance', 'bybit', 'okx', 'kraken', 'kucoin'])('leaves %s as it was', (id) => {
    const exchange = server.exchange(id);
    const before = Object.getOwnPropertyDescriptors(exchange);
    const options = JSON.stringify(exchange.options);
    const { detach, throttler } = attachThrottler(exchange);
    expect(Object.hasOwn(exchange, 'fetch2')).toBe(true);
    detach();
    expect(Object.getOwnPropertyDescriptors(exchange)).toEqual(before);
    expect(JSON.stringify(exchange.options)).toBe(options);
    expect(Object.getOwnPropertyNames(exchange.options)).not.toContain('throttle');
    throttler.close();
  });

  test('calls that wait are served, new ones go ccxt’s own way', async () => {
    const { exchange, throttler, clock, detach } = setUp();
    await account(exchange);
    const waiting = follow(clock, account(exchange));
    await reactions();
    detach();
    detach();
    await call(exchange, 'publicGetPing');
    expect(throttler.asked).toHaveLength(2);
    await clock.advance(60_001);
    await expect.poll(() => waiting.state).toBe('granted');
    expect(throttler.told).toHaveLength(2);
    const again = attachThrottler(exchange, { throttler });
    await call(exchange, 'publicGetPing');
    expect(throttler.asked).toHaveLength(3);
    again.detach();
  });

  test('leaves alone what was put over it', async () => {
    const { exchange, throttler, detach } = setUp();
    const ours = exchange.fetch2;
    exchange.fetch2 = function (this: Exchange, ...args: Parameters<Exchange['fetch2']>) {
      return ours.apply(this, args);
    } as Exchange['fetch2'];
    const theirs = exchange.fetch2;
    detach();
    expect(exchange.fetch2).toBe(theirs);
    await account(exchange);
    expect(throttler.asked).toEqual([]);
  });

  test('brings back what the user had put there', () => {
    const exchange = server.exchange('binance');
    const own = exchange.fetch2.bind(exchange);
    exchange.fetch2 = own;
    const { detach, throttler } = attachThrottler(exchange);
    detach();
    expect(exchange.fetch2).toBe(own);
    throttler.close();
  });
});

test.each([
  [{}, undefined, 'exchange must be an exchange of ccxt, got an object'],
  [null, undefined, 'exchange must be an exchange of ccxt, got null'],
  ['gemini', undefined, 'throttler must be given for gemini, of which there is no profile'],
  ['gemini', { throttler: new MultiThrottler([]) }, 'costs must be given for gemini'],
  ['kraken', null, 'options must be an object, got null'],
  ['kraken', { throttler: {} }, 'throttler must be a MultiThrottler'],
  ['kraken', { profile: {} }, 'profile must be an ExchangeProfile'],
  ['kraken', { jitter: -1 }, 'jitter must be a number of 0 or more, got -1'],
  ['kraken', { priority: 'low' }, 'priority must be a function, got "low"'],
  ['kraken', { costs: 5 }, 'costs must be a function, got 5'],
])('%j with %o is refused', (exchange, options, text) => {
  const target = typeof exchange === 'string' ? server.exchange(exchange) : exchange;
  const error = thrown(() => attachThrottler(target as never, options as never));
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining(text) });
});

test('two throttlers in one exchange are refused', () => {
  const { exchange, throttler } = setUp();
  expect(() => attachThrottler(exchange, { throttler })).toThrow('one without a throttler; detach it first');
});
