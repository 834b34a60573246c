import ccxt, { type Exchange } from 'ccxt';
import { rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot, bybit, okx } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { follow } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';
import { call, useServer } from './rig.ts';

const server = useServer();

type Options = Parameters<typeof attachThrottler>[1];

/** Exchanges with these credentials under one throttler. */
function attachAll(
  id: string,
  throttler: Watched,
  credentials: object[],
  options: (i: number) => Options = () => ({}),
): Exchange[] {
  return credentials.map((own, i) => {
    const exchange = server.exchange(id, own);
    attachThrottler(exchange, { throttler, ...options(i) });
    return exchange;
  });
}

function two(id = 'binance', throttler = new Watched([], { headers: binanceSpot.headers })) {
  const [first, second] = attachAll(id, throttler, [{ apiKey: 'a' }, { apiKey: 'b' }]);
  return { first: first as Exchange, second: second as Exchange, throttler };
}

const order = (exchange: Exchange) => call(exchange, 'privatePostOrder', { symbol: 'BTCUSDT' });

describe('the rules of a second account', () => {
  test('share those of the address', async () => {
    const { first, second, throttler } = two();
    await order(first);
    await order(second);
    expect(throttler.asked.map(({ cost }) => cost)).toEqual([
      { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1, ORDERS: 1, ORDERS_1D: 1 },
      { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1, 'ORDERS@2': 1, 'ORDERS_1D@2': 1 },
    ]);
    expect(throttler.left('RAW_REQUESTS')).toBe(299_998);
    expect(throttler.getStatus()['ORDERS@2']).toMatchObject({
      capacity: 100,
      tokens: 99,
      scope: 'account',
    });
  });

  test('are there from the start', () => {
    const { throttler } = two();
    const ids = Object.keys(throttler.getStatus());
    expect(ids).toEqual(expect.arrayContaining(['ORDERS@2', 'fapi:ORDERS@2', 'fapi:ORDERS_1M@2']));
    expect(ids.filter((id) => /WEIGHT|RAW/.test(id) && id.includes('@'))).toEqual([]);
  });

  test('have the name of the account', async () => {
    const throttler = new Watched([]);
    const named = [{ apiKey: 'a' }, { apiKey: 'b' }, { apiKey: 'c' }];
    const names = ['main', undefined, 'desk'];
    const exchanges = attachAll('binance', throttler, named, (i) => ({ account: names[i] }));
    for (const exchange of exchanges) await order(exchange);
    const charged = throttler.asked.flatMap(({ cost }) =>
      Object.keys(cost).filter((id) => /^ORDERS\b/.test(id)),
    );
    expect(charged).toEqual(['ORDERS@main', 'ORDERS', 'ORDERS@desk']);
  });

  test('are those of the first where the credentials are', async () => {
    const throttler = new Watched([]);
    const exchanges = attachAll('binance', throttler, [
      { apiKey: 'a' },
      { apiKey: 'a' },
      { apiKey: 'b' },
    ]);
    for (const exchange of exchanges) await order(exchange);
    expect([throttler.left('ORDERS'), throttler.left('ORDERS@2')]).toEqual([98, 99]);
  });

  test('follow credentials that are set later, and changed', async () => {
    const throttler = new Watched([]);
    const [first, second] = attachAll('binance', throttler, [
      { apiKey: 'a' },
      { apiKey: '', uid: '' },
    ]);
    await order(first as Exchange);
    await call(second as Exchange, 'publicGetTime');
    Object.assign(second as Exchange, { apiKey: 'b' });
    await order(second as Exchange);
    Object.assign(second as Exchange, { apiKey: 'c' });
    await order(second as Exchange);
    const left = ['ORDERS', 'ORDERS@2', 'ORDERS@3', 'ORDERS@4'].map((id) => throttler.left(id));
    expect(left).toEqual([99, 99, 99, undefined]);
  });

  test('have the limits that the first has, or those of their own profile', () => {
    const orders = rollingWindow({ id: 'ORDERS', limit: 25, interval: 10_000 });
    const throttler = new Watched([orders]);
    const profile = binanceSpot.with({ limits: { ORDERS: 50 } });
    const credentials = [{ apiKey: 'a' }, { apiKey: 'b' }, { apiKey: 'c' }];
    attachAll('binance', throttler, credentials, (i) => (i === 2 ? { profile } : {}));
    const capacity = ['ORDERS', 'ORDERS@2', 'ORDERS@3'].map(
      (id) => throttler.getStatus()[id]?.capacity,
    );
    expect(capacity).toEqual([25, 25, 50]);
  });

  test('that was removed is not added again', async () => {
    const { second, throttler } = two();
    throttler.removeRule('ORDERS@2');
    await expect(order(second)).rejects.toMatchObject({ code: 'UNKNOWN_RULE', ruleId: 'ORDERS@2' });
  });

  test('of a family are members of their own', async () => {
    const { first, second, throttler } = two('bybit', new Watched([], { headers: bybit.headers }));
    server.answers.push({ body: { retCode: 0 } }, { body: { retCode: 0 } });
    for (const exchange of [first, second]) await call(exchange, 'privateGetV5PositionList');
    const [one, other] = throttler.asked.map(({ cost }) => Object.keys(cost));
    expect(other).toEqual(one?.map((id) => (id === 'IP' ? id : `${id}@2`)));
    expect(throttler.left('IP')).toBe(598);
  });

  test('are not asked by calls that are not signed', async () => {
    const { first, second, throttler } = two('okx', new Watched([], { headers: okx.headers }));
    server.answers.push({ body: { code: '0' } }, { body: { code: '0' } });
    for (const exchange of [first, second]) {
      await call(exchange, 'publicGetMarketTicker', { instId: 'BTC-USDT' });
    }
    const [one, other] = throttler.asked.map(({ cost }) => cost);
    expect(other).toEqual(one);
  });

  test('are those of one’s own rules by their scope', async () => {
    const throttler = new Watched([
      rollingWindow({ id: 'ALL', limit: 5, interval: 1000 }),
      rollingWindow({ id: 'MINE', limit: 5, interval: 1000, scope: 'account' }),
    ]);
    const credentials = [{ apiKey: 'account-a' }, { apiKey: 'account-b' }];
    const costs = () => ({ ALL: 1, MINE: 1 });
    for (const exchange of attachAll('gemini', throttler, credentials, () => ({ costs }))) {
      await call(exchange, 'publicGetV1Symbols');
    }
    expect([throttler.left('ALL'), throttler.left('MINE'), throttler.left('MINE@2')]).toEqual([
      3, 4, 4,
    ]);
  });
});

describe('what the server answers to one account', () => {
  const usage = (orders: number) => ({
    headers: { 'X-MBX-ORDER-COUNT-10S': String(orders), 'X-MBX-USED-WEIGHT-1M': String(orders) },
  });

  test('counts for its rules and those of the address', async () => {
    const { first, second, throttler } = two();
    server.answers.push(usage(90), usage(3));
    await order(second);
    await order(first);
    expect(['ORDERS', 'ORDERS@2'].map((id) => throttler.left(id))).toEqual([97, 10]);
    expect(throttler.left('REQUEST_WEIGHT')).toBe(6000 - 90);
  });

  test('is read by the throttler’s own reader', async () => {
    const seen: unknown[] = [];
    const throttler = new Watched(
      [rollingWindow({ id: 'MINE', limit: 50, interval: 1000, scope: 'account' })],
      {
        headers: (headers, status, rules) => {
          seen.push([status, rules]);
          return [{ rule: 'MINE', used: Number(headers.get('x-used')) }];
        },
      },
    );
    const credentials = [{ apiKey: 'account-a' }, { apiKey: 'account-b' }];
    const exchanges = attachAll('gemini', throttler, credentials, () => ({
      costs: () => ({ MINE: 1 }),
    }));
    server.answers.push({ headers: { 'X-Used': '7' } }, { headers: { 'X-Used': '30' } });
    for (const exchange of exchanges) await call(exchange, 'publicGetV1Symbols');
    expect([throttler.left('MINE'), throttler.left('MINE@2')]).toEqual([43, 20]);
    expect(seen).toEqual([
      [200, ['MINE']],
      [200, ['MINE']],
    ]);
  });

  test('pauses both where it is about the address', async () => {
    const { first, second, throttler } = two();
    server.answers.push({ status: 429, headers: { 'Retry-After': '30' }, body: { code: -1003 } });
    await expect(order(second)).rejects.toThrow(ccxt.NetworkError);
    const waits = ['REQUEST_WEIGHT', 'ORDERS', 'ORDERS@2', 'fapi:ORDERS'].map((id) =>
      throttler.estimateWait({ [id]: 1 }),
    );
    expect(waits).toEqual([30_000, 30_000, 30_000, 0]);
    const waiting = follow(throttler.clock, order(first));
    await throttler.clock.advance(29_000);
    expect(waiting.state).toBe('waiting');
    await throttler.clock.advance(1001);
    await expect.poll(() => waiting.state).toBe('granted');
  });

  test('pauses that account alone where it is about its orders', async () => {
    const { first, second, throttler } = two();
    const headers = { 'Retry-After': '30' };
    server.answers.push({
      status: 429,
      headers,
      body: { code: -1015, msg: 'Too many new orders' },
    });
    await expect(order(second)).rejects.toThrow(ccxt.NetworkError);
    const waits = ['REQUEST_WEIGHT', 'ORDERS', 'ORDERS@2', 'ORDERS_1D@2'].map((id) =>
      throttler.estimateWait({ [id]: 1 }),
    );
    expect(waits).toEqual([0, 0, 30_000, 30_000]);
    await order(first);
    await call(second, 'publicGetTime');
  });

  test('bans both', async () => {
    const { first, second, throttler } = two();
    server.answers.push({ status: 418, headers: { 'Retry-After': '300' } });
    await expect(order(first)).rejects.toThrow(ccxt.NetworkError);
    expect(throttler.estimateWait({ 'ORDERS@2': 1 })).toBe(300_000);
    void second;
  });

  test('pauses one account where the exchange counts its limits apart', async () => {
    const { first, second, throttler } = two('bybit', new Watched([], { headers: bybit.headers }));
    const headers = { 'X-Bapi-Limit-Reset-Timestamp': String(Date.now() + 5000) };
    server.answers.push({ headers, body: { retCode: 10006, retMsg: 'Too many visits!' } });
    await expect(call(second, 'privateGetV5PositionList')).rejects.toThrow(ccxt.BaseError);
    const [id] = Object.keys(throttler.asked[0]?.cost ?? {}).filter((rule) => rule !== 'IP');
    expect(id).toMatch(/@2$/);
    expect(throttler.estimateWait({ [String(id)]: 1 })).toBeGreaterThan(0);
    server.answers.push({ body: { retCode: 0 } });
    await call(first, 'privateGetV5PositionList');
    expect(throttler.estimateWait({ IP: 1 })).toBe(0);
  });
});

test.each([
  ['', 'account must be a text that is not empty, got ""'],
  [5, 'account must be a text that is not empty, got 5'],
])('an account %j is rejected', (account, text) => {
  const attach = () => attachThrottler(server.exchange('binance'), { account: account as string });
  expect(attach).toThrow(text);
});
