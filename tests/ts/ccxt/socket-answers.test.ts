import ccxt from 'ccxt';
import { MultiThrottler } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot, bybit, gate, okx } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { BINANCE, BYBIT, OKX } from '../exchange/answers/messages.ts';
import { follow } from '../support/helpers.ts';
import { FUTURES, order, SPOT, setUp } from './socket-rig.ts';

const BYBIT_URL = 'wss://stream.bybit.com/v5/trade';
const OKX_URL = 'wss://ws.okx.com:8443/ws/v5/private';

/** A connection of Binance on which one order was sent. */
async function ordered(url = SPOT) {
  const rig = setUp('binance', url, { headers: binanceSpot.headers });
  const client = rig.open();
  const placed = follow(rig.clock, rig.watch('1', order));
  await expect.poll(() => rig.sent.length).toBe(1);
  return { ...rig, client, placed };
}

describe('the answer to an order', () => {
  test('is reported with its permit, and its counts are read', async () => {
    const { client, answer, throttler, placed } = await ordered();
    expect(throttler.released).toEqual([]);
    answer(client, { ...BINANCE.order, id: '1' });
    expect(throttler.told).toMatchObject([{ status: 200, permit: { waited: 0 } }]);
    expect(throttler.released).toEqual(['released']);
    expect([throttler.left('REQUEST_WEIGHT'), throttler.left('ORDERS')]).toEqual([
      6000 - 321,
      100 - 12,
    ]);
    await expect.poll(() => placed.state).toBe('granted');
  });

  test('counts once', async () => {
    const { client, answer, throttler } = await ordered();
    answer(client, { ...BINANCE.order, id: '1' });
    answer(client, { ...BINANCE.order, id: '1' });
    answer(client, { ...BINANCE.order, id: '2' });
    expect(throttler.told).toHaveLength(1);
  });

  test('that refuses is ccxt’s error, and pauses the rules of its host for as long as it says', async () => {
    const { client, answer, throttler, placed } = await ordered();
    const data = { serverTime: 1e12, retryAfter: 1e12 + 7000 };
    answer(client, { id: '1', status: 429, error: { code: -1003, msg: 'Too much', data } });
    await expect.poll(() => placed.state).toBe('rejected');
    expect(placed.reason).toBeInstanceOf(ccxt.RateLimitExceeded);
    const rules = ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS', 'ORDERS_1D'];
    expect(throttler.told).toMatchObject([{ status: 429, rules }]);
    expect(throttler.estimateWait({ REQUEST_WEIGHT: 1 })).toBe(7000);
    expect(throttler.estimateWait({ 'fapi:REQUEST_WEIGHT': 1 })).toBe(0);
  });

  test('of futures counts under the rules of futures', async () => {
    const { client, answer, throttler } = await ordered(FUTURES);
    answer(client, { ...BINANCE.order, id: '1' });
    expect(throttler.told).toMatchObject([
      { status: 200, rules: ['fapi:ORDERS', 'fapi:ORDERS_1M'] },
    ]);
  });

  test('of Bybit and OKX counts, and pauses what the request was charged under', async () => {
    const one = setUp('bybit', BYBIT_URL, { headers: bybit.headers });
    const client = one.open();
    const message = { reqId: '1', op: 'order.create', args: [{ category: 'linear' }] };
    void one.watch('1', message).catch(() => undefined);
    await expect.poll(() => one.sent.length).toBe(1);
    const header = { ...BYBIT.order.header, 'X-Bapi-Limit-Status': '3' };
    one.answer(client, { ...BYBIT.order, reqId: '1', header });
    expect(one.throttler.left('linear:POST /v5/order/create')).toBe(3);

    const other = setUp('okx', OKX_URL, { headers: okx.headers });
    const connection = other.open();
    const request = { id: '1', op: 'order', args: [{ instId: 'BTC-USDT-SWAP' }] };
    const placed = other.watch('1', request);
    await expect.poll(() => other.sent.length).toBe(1);
    other.answer(connection, {
      ...OKX.order,
      code: '1',
      data: [{ sCode: '50061', sMsg: 'Too many' }],
    });
    await expect(placed).rejects.toThrow(ccxt.ExchangeError);
    expect(other.throttler.told).toMatchObject([{ status: 429, rules: ['ACCOUNT_ORDERS'] }]);
  });

  test('of Gate and Hyperliquid is found by the id that it has, and counts', async () => {
    const one = setUp('gate', 'wss://api.gateio.ws/ws/v4/', { headers: gate.headers });
    const client = one.open();
    const payload = { req_id: '1', req_param: { currency_pair: 'BTC_USDT' } };
    const placed = one.watch('1', { id: '1', channel: 'spot.order_place', event: 'api', payload });
    await expect.poll(() => one.sent.length).toBe(1);
    expect(one.throttler.asked.at(-1)?.cost).toEqual({ WS_SPOT: 1, 'SPOT_ORDERS:BTC_USDT': 1 });
    const header = { status: '200', channel: 'spot.order_place', event: 'api' };
    const usage = { x_gate_ratelimit_requests_remain: 3, x_gate_ratelimit_limit: 10 };
    one.answer(client, {
      request_id: '1',
      header: { ...header, ...usage },
      data: { result: { id: '9' } },
    });
    expect([one.throttler.left('SPOT_ORDERS:BTC_USDT'), one.throttler.left('WS_SPOT')]).toEqual([
      3, 3,
    ]);
    await placed;

    const other = setUp('hyperliquid', 'wss://api.hyperliquid.xyz/ws', {});
    const connection = other.open();
    const action = { type: 'order', orders: [{}, {}] };
    void other
      .watch('7', { method: 'post', id: '7', request: { type: 'action', payload: { action } } })
      .catch(() => undefined);
    await expect.poll(() => other.sent.length).toBe(1);
    expect(other.throttler.asked.at(-1)?.cost).toMatchObject({ WS_POSTS: 1, ADDRESS: 2 });
    const text = 'Too many cumulative requests sent (11 > 10) for cumulative volume traded $0.';
    const response = { type: 'action', payload: { status: 'err', response: text } };
    other.answer(connection, { channel: 'post', data: { id: 7, response } });
    expect(other.throttler.told).toMatchObject([{ status: 429, rules: ['ADDRESS'] }]);
    expect(other.throttler.released).toEqual(['released']);
  });

  test('whose reader throws is the answer all the same', async () => {
    const headers = () => {
      throw new Error('no reader');
    };
    const errors: unknown[] = [];
    const onError = (error: unknown) => void errors.push(error);
    const rig = setUp('binance', SPOT, { headers }, {}, { onError });
    const { open, answer, sent, clock, throttler, watch } = rig;
    const client = open();
    const first = watch('1', order);
    const second = follow(clock, watch('2', { ...order, id: '2' }));
    await expect.poll(() => sent.length).toBe(2);
    answer(client, { ...BINANCE.order, id: '1' });
    expect(await first).toMatchObject({ id: '1', status: 200 });
    expect(errors).toMatchObject([{ message: 'no reader' }]);
    expect(throttler.released).toEqual(['released']);
    expect(second.state).toBe('waiting');
  });
});

describe('orders whose answer does not come', () => {
  test('count as sent once their connection is gone', async () => {
    const { exchange, client, open, throttler, watch, sent } = await ordered();
    Reflect.deleteProperty(exchange.clients, SPOT);
    expect(throttler.released).toEqual([]);
    expect(open()).not.toBe(client);
    void watch('2', { ...order, id: '2' });
    await expect.poll(() => sent.length).toBe(2);
    expect(throttler.released).toEqual(['released']);
  });

  test('count as sent after detach', async () => {
    const { client, answer, detach, throttler } = await ordered();
    detach();
    expect(throttler.released).toEqual(['released']);
    answer(client, { ...BINANCE.order, id: '1' });
    expect(throttler.told).toEqual([]);
  });

  test('count as sent where a later one has their id, or they have none', async () => {
    const { throttler, watch, sent } = await ordered();
    void watch('again', order);
    await expect.poll(() => sent.length).toBe(2);
    expect(throttler.released).toEqual(['released']);
    throttler.addRule({ id: 'RAW_REQUESTS', capacity: 5, refillRate: 1, tokens: 5 } as never);
    void watch('none', { method: 'order.place', params: {} });
    await expect.poll(() => sent.length).toBe(3);
    expect(throttler.released).toEqual(['released', 'released']);
  });

  test('are forgotten when they become many, the first one first', async () => {
    const { client, answer, throttler, watch, sent } = await ordered();
    throttler.removeRule('RAW_REQUESTS');
    throttler.addRule({ id: 'RAW_REQUESTS', capacity: 1e6, refillRate: 1, tokens: 1e6 } as never);
    throttler.addRule({ id: 'ORDERS', capacity: 1e6, refillRate: 1, tokens: 1e6 } as never);
    client.throttler.throttle = async () => undefined;
    for (let id = 2; id <= 1001; id++) void watch(String(id), { ...order, id: String(id) });
    await expect.poll(() => sent.length).toBe(1001);
    expect(throttler.released).toHaveLength(1);
    answer(client, { ...BINANCE.order, id: '1' });
    expect(throttler.told).toEqual([]);
    answer(client, { ...BINANCE.order, id: '2' });
    expect(throttler.told).toHaveLength(1);
  });
});

test('events pass untouched', async () => {
  const { client, answer, throttler, watch, placed } = await ordered();
  const event = follow(throttler.clock, watch('event', {}));
  answer(client, BINANCE.event);
  answer(client, { id: 'event', status: 200, result: {} });
  await expect.poll(() => event.state).toBe('granted');
  expect([throttler.told, placed.state]).toEqual([[], 'waiting']);
});

test('an id that is neither a text nor a number is that of no request', async () => {
  const { client, answer, throttler, placed, sent, watch } = await ordered();
  answer(client, { ...BINANCE.order, id: { toString: 1, valueOf: 1 } });
  expect([throttler.told, placed.state]).toEqual([[], 'waiting']);
  void watch('odd', { ...order, id: { toString: 1, valueOf: 1 } } as never).catch(() => undefined);
  await expect.poll(() => sent.length).toBe(2);
});

test('a throttler of its own reads the answers of all hosts', async () => {
  const exchange = new ccxt.pro.binance();
  const { throttler } = attachThrottler(exchange);
  expect(throttler).toBeInstanceOf(MultiThrottler);
  throttler.report({
    status: 200,
    headers: { 'x-mbx-order-count-10s': '7' },
    rules: ['fapi:ORDERS'],
  });
  expect(throttler.getStatus()['fapi:ORDERS']?.tokens).toBe(293);
});
