import { MultiThrottler } from 'multi-throttler';
import { gate } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string, params?: object | string) {
  const [method = '', path = ''] = endpoint.split(' ');
  return gate.costs(method, `/api/v4/${path}`, params);
}

describe('pools', () => {
  const pair = { currency_pair: 'BTC_USDT' };

  test.each([
    ['POST spot/orders', pair, { 'SPOT_ORDERS:BTC_USDT': 1 }],
    ['PATCH spot/orders/123?currency_pair=BTC_USDT', undefined, { 'SPOT_ORDERS:BTC_USDT': 1 }],
    [
      'PATCH spot/orders/123?currency_pair=BTC_USDT',
      '{"price":"1"}',
      { 'SPOT_ORDERS:BTC_USDT': 1 },
    ],
    ['POST spot/price_orders', { market: 'BTC_USDT', put: {} }, { 'SPOT_ORDERS:BTC_USDT': 1 }],
    ['DELETE spot/orders/123', pair, { SPOT_CANCELS: 1 }],
    ['DELETE spot/orders', pair, { SPOT_CANCELS: 1 }],
    ['POST spot/cancel_batch_orders', [pair, pair], { SPOT_CANCELS: 1 }],
    ['POST futures/usdt/orders', {}, { FUTURES_ORDERS: 1 }],
    ['POST futures/btc/batch_orders', [{}, {}], { FUTURES_ORDERS: 1 }],
    ['PUT futures/usdt/orders/123', {}, { FUTURES_ORDERS: 1 }],
    ['DELETE futures/usdt/orders/123', {}, { FUTURES_CANCELS: 1 }],
    ['POST futures/usdt/batch_cancel_orders', ['1', '2'], { FUTURES_CANCELS: 1 }],
    ['POST delivery/usdt/orders', {}, { DELIVERY_ORDERS: 1 }],
    ['DELETE delivery/usdt/orders/1', {}, { DELIVERY_CANCELS: 1 }],
    ['POST options/orders', {}, { OPTIONS_ORDERS: 1 }],
    ['DELETE options/orders/1', {}, { OPTIONS_CANCELS: 1 }],
  ])('%s %j: %j', (endpoint, params, cost) => {
    expect(costOf(endpoint, params)).toEqual(cost);
  });

  test('a batch counts as one request of each of its pairs', () => {
    const batch = ['BTC_USDT', 'ETH_USDT', 'BTC_USDT'].map((one) => ({ currency_pair: one }));
    const cost = { 'SPOT_ORDERS:BTC_USDT': 1, 'SPOT_ORDERS:ETH_USDT': 1 };
    expect(costOf('POST spot/batch_orders', batch)).toEqual(cost);
    expect(costOf('POST spot/amend_batch_orders', JSON.stringify(batch))).toEqual(cost);
  });
});

test.each([
  ['GET spot/tickers', 'ip:200/10s', 'GET /api/v4/spot/tickers'],
  [
    'GET futures/usdt/contracts/BTC_USDT',
    'ip:200/10s',
    'GET /api/v4/futures/settle/contracts/contract',
  ],
  ['GET spot/orders/12345', '200/10s', 'GET /api/v4/spot/orders/order_id'],
  ['GET futures/usdt/positions', '200/10s', 'GET /api/v4/futures/settle/positions'],
  ['POST futures/usdt/price_orders', '200/10s', 'POST /api/v4/futures/settle/price_orders'],
  ['GET wallet/deposits', '200/10s', 'GET /api/v4/wallet/deposits'],
  ['POST wallet/transfers', '80/10s', 'POST /api/v4/wallet/transfers'],
  ['GET wallet/total_balance', '80/10s', 'GET /api/v4/wallet/total_balance'],
  [
    'GET wallet/sub_account_futures_balances',
    '80/10s',
    'GET /api/v4/wallet/sub_account_futures_balances',
  ],
  ['POST sub_accounts', '80/10s', 'POST /api/v4/sub_accounts'],
  ['GET unified/accounts', '150/10s', 'GET /api/v4/unified/accounts'],
  ['GET margin/accounts', '150/10s', 'GET /api/v4/margin/accounts'],
  ['POST earn/uni/lends', '150/10s', 'POST /api/v4/earn/uni/lends'],
  ['POST unified/loans', '15/10s', 'POST /api/v4/unified/loans'],
  ['POST withdrawals', '1/3s', 'POST /api/v4/withdrawals'],
  ['POST withdrawals/push', '1/10s', 'POST /api/v4/withdrawals/push'],
])('%s: %s', (endpoint, family, name) => {
  expect(costOf(endpoint)).toEqual({ [`${family}:${name}`]: 1 });
});

test('the ids of what is asked for are counted together', () => {
  const one = costOf('GET spot/orders/1', { order_id: '1' });
  expect(costOf('GET spot/orders/2', { order_id: '2' })).toEqual(one);
});

test('an endpoint that is public and private counts both ways', () => {
  expect(costOf('GET earn/uni/currencies')).toEqual({
    'ip:200/10s:GET /api/v4/earn/uni/currencies': 1,
    '150/10s:GET /api/v4/earn/uni/currencies': 1,
  });
});

test('an unknown endpoint is slow, by itself, and reported once', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const cost = { '80/10s:POST /api/v4/new/thing': 1 };
  expect([1, 2].map(() => costOf('POST new/thing'))).toEqual([cost, cost]);
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});

test('orders over a WebSocket count over REST as well', () => {
  const order = (channel: string) =>
    gate.costs('POST', `/ws/${channel}`, { currency_pair: 'BTC_USDT' });
  expect(order('spot.order_place')).toEqual({ WS_SPOT: 1, 'SPOT_ORDERS:BTC_USDT': 1 });
  expect(order('spot.order_cancel')).toEqual({ SPOT_CANCELS: 1 });
  expect(order('futures.order_batch_place')).toEqual({ WS_FUTURES: 1, FUTURES_ORDERS: 1 });
  expect(order('futures.order_cancel')).toEqual({ WS_FUTURES: 1, FUTURES_CANCELS: 1 });
});

test('rules of public endpoints count by IP, others by account', () => {
  for (const { id, scope } of gate.rules) {
    expect([id, scope]).toEqual([id, id.startsWith('ip:') ? 'ip' : 'account']);
  }
});

test('from VIP 14 on, perpetuals go by a tier', () => {
  const limits = (tier: string) =>
    gate
      .with({ tier })
      .rules.flatMap((rule) => (rule.id === 'FUTURES_ORDERS' && 'limit' in rule ? rule.limit : []));
  expect(['tier1', 'tier2', 'tier7'].map(limits)).toEqual([[100], [150], [400]]);
});

describe('usage headers', () => {
  const NOW = Date.UTC(2026, 10, 30);
  const read = (headers: Record<string, string>, rules?: string[]) =>
    gate.headers(new Headers(headers), 200, rules);
  const left = (remaining: string, limit = '10') => ({
    'X-Gate-RateLimit-Requests-Remain': remaining,
    'X-Gate-RateLimit-Limit': limit,
    'X-Gate-RateLimit-Reset-Timestamp': String(NOW / 1000),
  });
  const rule = 'SPOT_ORDERS:BTC_USDT';

  test('belong to the rule of the request', () => {
    expect(read(left('4'), [rule])).toEqual([
      { rule, remaining: 4, limit: 10, resetAt: undefined },
    ]);
  });

  test('name a reset when nothing remains', () => {
    expect(read(left('0'), [rule])).toEqual([{ rule, remaining: 0, limit: 10, resetAt: NOW }]);
  });

  test('of several rules belong to those with the limit', () => {
    expect(read(left('40', '100'), ['WS_FUTURES', 'FUTURES_CANCELS'])).toMatchObject([
      { rule: 'WS_FUTURES' },
    ]);
    expect(read(left('40', '200'), ['WS_FUTURES', 'FUTURES_CANCELS'])).toMatchObject([
      { rule: 'FUTURES_CANCELS' },
    ]);
    const pairs = ['SPOT_ORDERS:BTC_USDT', 'SPOT_ORDERS:ETH_USDT'];
    expect(read(left('3'), pairs).map((usage) => usage.rule)).toEqual(pairs);
  });

  test.each([
    [left(''), [rule]],
    [left('many'), [rule]],
    [{}, [rule]],
    [left('4'), undefined],
  ])('%j for %j are left out', (headers, rules) => {
    expect(read(headers, rules)).toEqual([]);
  });

  test('limits of another tier are those of its rules', () => {
    const tier = gate.with({ tier: 'tier3' });
    const usage = tier.headers(new Headers(left('40', '200')), 200, [
      'WS_FUTURES',
      'FUTURES_ORDERS',
    ]);
    expect(usage).toMatchObject([{ rule: 'FUTURES_ORDERS', remaining: 40 }]);
  });
});

describe('refusals', () => {
  const read = (body: unknown) => gate.body?.(body, 400);

  test.each([
    { label: 'TOO_MANY_REQUESTS', message: 'Request Rate Limit Exceeded' },
    { label: 'TOO_FAST', message: 'too fast' },
    { data: { errs: { label: '211', message: 'rate limit' } } },
    [{ succeeded: false, label: 'TOO_MANY_REQUESTS' }],
  ])('%j', (body) => {
    expect(read(JSON.stringify(body))).toEqual({ status: 429, partial: undefined });
  });

  test('of some orders of a batch are partial', () => {
    const body = [
      { succeeded: true, id: '1' },
      { succeeded: false, label: 'TOO_MANY_REQUESTS' },
    ];
    expect(read(body)).toEqual({ status: 429, partial: true });
  });

  test.each([
    { label: 'TOO_MANY_ORDERS' },
    { label: 'BALANCE_NOT_ENOUGH' },
    [{ succeeded: false, label: 'INVALID_PRICE' }],
    [],
    {},
    'null',
  ])('%j is none', (body) => {
    expect(read(body)).toBeUndefined();
  });

  test('pause until the reset that the exchange names', () => {
    const throttler = new MultiThrottler(gate.rules, { headers: gate.headers });
    const cost = costOf('POST spot/orders', { currency_pair: 'BTC_USDT' });
    const now = Date.now();
    const headers = {
      'X-Gate-RateLimit-Reset-Timestamp': String(now + 5000),
      Date: new Date(now).toUTCString(),
    };
    throttler.report({ status: 429, headers, rules: Object.keys(cost) });
    expect(throttler.estimateWait(cost)).toBeGreaterThan(4000);
    expect(throttler.estimateWait(costOf('GET spot/accounts'))).toBe(0);
    throttler.close();
  });
});

describe('answers over a WebSocket', () => {
  const header = {
    response_time: '1681195484268',
    status: '200',
    channel: 'futures.order_place',
    event: 'api',
    x_gate_ratelimit_requests_remain: 42,
    x_gate_ratelimit_limit: 100,
    x_gat_ratelimit_reset_timestamp: 1681195484268,
  };
  const cost = { WS_FUTURES: 1, FUTURES_ORDERS: 1 };

  test('tell usage', () => {
    const answer = gate.answer({ request_id: '1', header, data: { result: {} } }, cost);
    expect(answer).toMatchObject({ status: 200, rules: ['WS_FUTURES', 'FUTURES_ORDERS'] });
    const usage = gate.headers(answer?.headers as Headers, 200, answer?.rules);
    expect(usage.map(({ rule, remaining }) => [rule, remaining])).toEqual([
      ['WS_FUTURES', 42],
      ['FUTURES_ORDERS', 42],
    ]);
  });

  test('tell refusals', () => {
    const refused = (label: string, status = '400') =>
      gate.answer({ header: { ...header, status }, data: { errs: { label } } }, cost)?.status;
    expect(refused('TOO_MANY_REQUESTS')).toBe(429);
    expect(refused('211')).toBe(429);
    expect(refused('INVALID_PRICE')).toBe(400);
    expect(refused('ANY', '429')).toBe(429);
  });

  test('of other kinds answer no order', () => {
    expect(gate.answer({ channel: 'spot.trades', event: 'update', result: {} })).toBeUndefined();
    expect(
      gate.answer({ header: { channel: 'spot.login', event: 'api', status: '200' } }),
    ).toBeUndefined();
  });
});
