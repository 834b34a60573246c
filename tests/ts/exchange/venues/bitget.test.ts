import { MultiThrottler } from 'multi-throttler';
import { bitget } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string, params?: object) {
  const [method = '', path = ''] = endpoint.split(' ');
  return bitget.costs(method, path, params);
}

test.each([
  ['POST /api/v2/spot/trade/place-order', 'orders'],
  ['POST /api/v2/mix/order/place-order', 'orders'],
  ['POST /api/v2/mix/order/click-backhand', 'orders'],
  ['POST /api/v2/spot/trade/batch-orders', 'batches'],
  ['POST /api/v2/mix/order/batch-place-order', 'batches'],
  ['GET /api/v2/spot/trade/orderInfo', '20/s'],
  ['POST /api/v2/spot/trade/cancel-order', '10/s'],
  ['POST /api/v2/mix/order/modify-order', '10/s'],
  ['POST /api/v2/mix/order/cancel-all-orders', '10/s'],
  ['POST /api/v2/margin/crossed/place-order', '10/s'],
  ['POST /api/v2/spot/trade/cancel-symbol-order', '5/s'],
  ['POST /api/v2/spot/wallet/withdrawal', '5/s'],
  ['GET /api/v2/copy/mix-trader/order-current-track', '5/s'],
  ['POST /api/v2/mix/account/set-asset-mode', '2/s'],
  ['POST /api/v2/mix/order/close-positions', '1/s'],
  ['GET /api/v2/mix/account/sub-account-assets', '1/10s'],
  ['POST /api/v3/trade/place-order', '10/s'],
  ['POST /api/v3/trade/place-batch', '5/s'],
  ['GET /api/v3/account/all-fee-rate', '3/s'],
  ['POST /api/v3/account/withdrawal', '1/s'],
  ['GET /api/v2/spot/market/tickers', 'ip:20/s'],
  ['GET /api/v2/spot/public/coins', 'ip:3/s'],
  ['GET /api/v3/market/orderbook', 'ip:20/s'],
  ['GET /api/v3/market/spot-whale-flow', 'ip:1/s'],
])('%s: %s', (endpoint, family) => {
  expect(costOf(endpoint)).toEqual({ IP: 1, [`${family}:${endpoint}`]: 1 });
});

test('a batch counts as one request', () => {
  const endpoint = 'POST /api/v2/spot/trade/batch-orders';
  const orderList = Array(50).fill({ symbol: 'BTCUSDT' });
  expect(costOf(endpoint, { orderList })).toEqual({ IP: 1, [`batches:${endpoint}`]: 1 });
});

test('an unknown endpoint is slow, by itself, and reported once', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(costOf('POST /api/v3/new/thing')).toEqual({ IP: 1, '1/s:POST /api/v3/new/thing': 1 });
  expect(costOf('POST /api/v3/new/thing')).toEqual({ IP: 1, '1/s:POST /api/v3/new/thing': 1 });
  expect(costOf('GET /api/v3/market/new')).toEqual({ IP: 1, 'ip:1/s:GET /api/v3/market/new': 1 });
  expect(warn).toHaveBeenCalledTimes(2);
  warn.mockRestore();
});

test('rules of public endpoints count by IP, others by account', () => {
  for (const { id, scope } of bitget.rules)
    expect([id, scope]).toEqual([id, /^(IP|ip:)/.test(id) ? 'ip' : 'account']);
});

test('a lead trader has one order a second', () => {
  const trader = bitget.with({ tier: 'trader' });
  const throttler = new MultiThrottler(trader.rules);
  const order = trader.costs('POST', '/api/v2/mix/order/place-order');
  expect([1, 2].map(() => throttler.tryThrottle(order))).toEqual([true, false]);
  expect(throttler.tryThrottle(trader.costs('POST', '/api/v2/mix/order/cancel-order'))).toBe(true);
  throttler.close();
  expect(() => bitget.with({ tier: 'vip1' })).toThrow(
    'tier must be one of default, trader, got "vip1"',
  );
});

describe('the usage header', () => {
  const read = (value: string, rules?: string[]) =>
    bitget.headers(new Headers({ 'x-mbx-used-remain-limit': value }), 200, rules);
  const rule = 'orders:POST /api/v2/spot/trade/place-order';

  test('belongs to the called endpoint', () => {
    expect(read('7', ['IP', rule])).toEqual([{ rule, remaining: 7 }]);
  });

  test.each([
    ['7', undefined],
    ['7', ['IP']],
    ['', ['IP', rule]],
    ['many', ['IP', rule]],
  ])('%j for %j is left out', (value, rules) => {
    expect(read(value, rules)).toEqual([]);
  });
});

describe('refusals', () => {
  const read = (body: unknown) => bitget.body?.(body, 200);

  test.each([
    { code: '429', msg: 'Too Many Requests' },
    { code: 429 },
    { code: '1001', msg: 'The request is too frequent and has been throttled' },
    { code: '30014', msg: 'request too frequent' },
    { code: '30026' },
    { code: '50009', msg: 'The operation is too frequent, please try again later' },
    { code: '40999', msg: 'Request Frequency Is Too High' },
    { event: 'error', code: 30006, msg: 'request too many' },
    { event: 'error', code: 30007, msg: 'request over limit, connection close' },
  ])('%j names the endpoint', (body) => {
    const verdict = read(JSON.stringify(body));
    expect(verdict).toMatchObject({ status: 429, partial: undefined });
    expect(
      ['IP', 'orders:POST /api/v2/spot/trade/place-order'].map((id) => verdict?.of?.(id)),
    ).toEqual([false, true]);
  });

  test('of all orders of a batch, or of some', () => {
    const failed = { errorCode: '429', errorMsg: 'Too Many Requests' };
    const placed = { orderId: '1', clientOid: 'a' };
    expect(read({ code: '00000', data: { successList: [], failureList: [failed] } })).toMatchObject(
      {
        status: 429,
        partial: undefined,
      },
    );
    expect(
      read({ code: '00000', data: { successList: [placed], failureList: [failed] } }),
    ).toMatchObject({
      status: 429,
      partial: true,
    });
  });

  test.each([
    { code: '00000', msg: 'success', data: [] },
    { code: '30007', msg: 'invalid Content_Type, please use "application/json" format' },
    { code: '43012', msg: 'Insufficient balance' },
    {
      code: '00000',
      data: { successList: [{ orderId: '1' }], failureList: [{ errorCode: '43012' }] },
    },
    {},
  ])('%j is none', (body) => {
    expect(read(body)).toBeUndefined();
  });
});

describe('answers over a WebSocket', () => {
  const arg = [
    { id: '1', instType: 'USDT-FUTURES', channel: 'place-order', instId: 'BTCUSDT', params: {} },
  ];
  const cost = { 'orders:POST /api/v2/mix/order/place-order': 1 };

  test.each([
    [{ event: 'trade', arg, code: 0, msg: 'Success' }, 200],
    [{ event: 'error', arg, code: 43012, msg: 'Insufficient balance' }, 400],
    [{ event: 'error', arg, code: 30006, msg: 'request too many' }, 429],
    [{ event: 'trade', id: '1', topic: 'place-order', args: [{}], code: '0' }, 200],
  ])('%j: %i', (message, status) => {
    expect(bitget.answer(message, cost)).toMatchObject({ status });
  });

  test.each([
    { event: 'subscribe', arg: { channel: 'orders' } },
    { action: 'snapshot', arg: { channel: 'ticker' } },
    {},
  ])('%j answers no order', (message) => {
    expect(bitget.answer(message, cost)).toBeUndefined();
  });
});
