import { MultiThrottler } from 'multi-throttler';
import { mexc } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string, params?: object) {
  const [method = '', path = ''] = endpoint.split(' ');
  return mexc.costs(method, `/${path}`, params);
}

describe('spot', () => {
  test.each([
    ['GET api/v3/ping', 1],
    ['GET api/v3/klines', 1],
    ['GET api/v3/order', 2],
    ['GET api/v3/openOrders', 3],
    ['GET api/v3/trades', 5],
    ['GET api/v3/allOrders', 10],
    ['GET api/v3/myTrades', 10],
    ['GET api/v3/tradeFee', 20],
    ['DELETE api/v3/strategy/group', 20],
    // More than on the page of 2025: ccxt has more.
    ['GET api/v3/depth', 3],
    ['GET api/v3/ticker/price', 10],
    ['GET api/v3/exchangeInfo', 25],
    ['POST api/v3/capital/transfer', 50],
    ['GET api/v3/broker/sub-account/list', 1],
  ])('%s weighs %i', (endpoint, weight) => {
    expect(costOf(endpoint)).toEqual({ IP: weight });
  });

  test('the change of a day weighs more for all symbols', () => {
    expect(costOf('GET api/v3/ticker/24hr', { symbol: 'BTCUSDT' })).toEqual({ IP: 25 });
    expect(costOf('GET api/v3/ticker/24hr')).toEqual({ IP: 40 });
  });

  test('orders and cancels share a limit of the account', () => {
    expect(costOf('POST api/v3/order')).toEqual({ IP: 1, 'UID:POST order': 1, ORDERS: 1 });
    expect(costOf('DELETE api/v3/order')).toEqual({ IP: 1, 'UID:DELETE order': 1, ORDERS: 1 });
    expect(costOf('DELETE api/v3/openOrders')).toEqual({ IP: 1, ORDERS: 1 });
    expect(costOf('POST api/v3/batchOrders')).toEqual({
      IP: 10,
      'UID:POST batchOrders': 10,
      BATCHES: 1,
    });
    expect(costOf('POST api/v3/order/test')).toEqual({ IP: 1, 'UID:POST order/test': 1 });
    expect(costOf('GET api/v3/account')).toEqual({ IP: 10, ACCOUNT: 1 });
  });
});

describe('futures', () => {
  test.each([
    ['GET api/v1/contract/ticker', 'ip:20/2s', 'GET /api/v1/contract/ticker'],
    ['GET api/v1/contract/depth/BTC_USDT', 'ip:20/2s', 'GET /api/v1/contract/depth/symbol'],
    ['GET api/v1/contract/detail', 'ip:1/5s', 'GET /api/v1/contract/detail'],
    [
      'GET api/v1/private/position/open_positions',
      '20/2s',
      'GET /api/v1/private/position/open_positions',
    ],
    ['POST api/v1/private/order/create', '20/2s', 'POST /api/v1/private/order/create'],
    ['GET api/v1/private/order/get/77', '20/2s', 'GET /api/v1/private/order/get/order_id'],
    ['GET api/v1/private/order/batch_query', '5/2s', 'GET /api/v1/private/order/batch_query'],
    ['POST api/v1/private/position/close_all', '4/2s', 'POST /api/v1/private/position/close_all'],
    ['POST api/v1/private/order/submit_batch', '1/2s', 'POST /api/v1/private/order/submit_batch'],
    [
      'POST api/v1/private/order/chase_limit_order',
      '1/2s',
      'POST /api/v1/private/order/chase_limit_order',
    ],
  ])('%s: %s', (endpoint, family, name) => {
    expect(costOf(endpoint)).toEqual({ [`${family}:${name}`]: 1 });
  });
});

test('unknown endpoints are slow, and reported once', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(costOf('GET api/v3/new')).toEqual({ IP: 20 });
  expect(costOf('POST api/v1/private/new')).toEqual({ '1/2s:POST /api/v1/private/new': 1 });
  expect(costOf('POST api/v1/private/new')).toEqual({ '1/2s:POST /api/v1/private/new': 1 });
  expect(costOf('GET open/api/v2/market/ticker')).toEqual({
    '1/2s:GET /open/api/v2/market/ticker': 1,
  });
  expect(warn).toHaveBeenCalledTimes(3);
  warn.mockRestore();
});

test('rules say whose requests they count', () => {
  for (const { id, scope } of mexc.rules) {
    expect([id, scope]).toEqual([id, /^(IP$|ip:)/.test(id) ? 'ip' : 'account']);
  }
});

describe('refusals', () => {
  const read = (body: unknown, status = 200) => mexc.body?.(body, status);

  test('of spot pause all, as going on leads to a ban', () => {
    expect(mexc.pauses).toBe('all');
    expect(read({ code: 429, msg: 'Too Many Requests' }, 429)).toEqual({
      status: 429,
      partial: undefined,
      pauses: undefined,
    });
  });

  test('of futures come with status 200, and pause their endpoint', () => {
    const body = JSON.stringify({
      success: false,
      code: 510,
      message: 'Requests are too frequent',
    });
    expect(read(body)).toEqual({ status: 429, partial: undefined, pauses: 'charged' });
  });

  test('of some orders of a batch are partial', () => {
    expect(read([{ orderId: '1' }, { code: 429 }])).toMatchObject({ status: 429, partial: true });
    expect(read([{ code: 429 }, { code: 429 }])).toMatchObject({ status: 429, partial: undefined });
  });

  test('of the firewall are a ban of a minute', () => {
    expect(read('<html>Forbidden</html>', 403)).toEqual({ status: 418, retryAfter: 60_000 });
    expect(read({ code: 700_006, msg: 'IP not in white list' }, 403)).toBeUndefined();
  });

  test.each([{ success: true, code: 0, data: 1 }, { code: 30_005, msg: 'Oversold' }, [], {}, ''])(
    '%j is none',
    (body) => {
      expect(read(body)).toBeUndefined();
    },
  );
});

test('a ban lasts as long as Retry-After says', () => {
  const throttler = new MultiThrottler(mexc.rules);
  throttler.report({ status: 418, headers: { 'Retry-After': '7200' } });
  expect(throttler.estimateWait(costOf('GET api/v3/ping'))).toBeGreaterThan(7_190_000);
  throttler.close();
});
