import { MultiThrottler, type Rule } from 'multi-throttler';
import {
  asterFutures,
  binanceSpot,
  binanceUsdm,
  bitget,
  bitmex,
  bybit,
  coinbaseAdvanced,
  coinbaseExchange,
  deribit,
  type ExchangeProfile,
  gate,
  hyperliquid,
  kraken,
  krakenFutures,
  kucoin,
  mexc,
  okx,
} from 'multi-throttler/exchange';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { setUp, thrown } from '../../support/helpers.ts';

const PROFILES = [
  asterFutures,
  binanceSpot,
  binanceUsdm,
  bitget,
  bitmex,
  bybit,
  coinbaseAdvanced,
  coinbaseExchange,
  deribit,
  gate,
  hyperliquid,
  kraken,
  krakenFutures,
  kucoin,
  mexc,
  okx,
];

/** Jitters of rules whose requests count when they are answered. */
const OWN_JITTERS: { readonly [rule: string]: number } = { 'hyperliquid IP': 1000 };

const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
beforeAll(() => void warn.mockClear());
afterAll(() => {
  // Endpoints in here are in a table, except those said to be in none.
  expect(warn.mock.calls.map(([text]) => /what (.*) costs/.exec(text)?.[1])).toEqual([
    'GET /nowhere',
  ]);
});

/**
 * The weights that the Aster rate limiter guide gives, and Aster's pages where they say more: what
 * is sent, and its cost.
 */
const GUIDE: [string, object, number][] = [
  ['GET /fapi/v1/ping', {}, 1],
  ['GET /fapi/v1/time', {}, 1],
  ['GET /fapi/v1/exchangeInfo', {}, 1],
  ...(
    [
      [5, 2],
      [10, 2],
      [20, 2],
      [50, 2],
      [100, 5],
      [500, 10],
      [1000, 20],
      [99_999, 20],
    ] as const
  ).map(([limit, cost]): [string, object, number] => [
    'GET /fapi/v1/depth',
    { symbol: 'BTCUSDT', limit },
    cost,
  ]),
  // The guide has 2; without a limit the exchange sends 500 levels, which its pages count.
  ['GET /fapi/v1/depth', { symbol: 'BTCUSDT' }, 10],
  ['GET /fapi/v1/trades', {}, 1],
  ['GET /fapi/v1/historicalTrades', {}, 20],
  ['GET /fapi/v1/aggTrades', {}, 20],
  ...(
    [
      [1, 1],
      [99, 1],
      [100, 2],
      [499, 2],
      [500, 5],
      [1000, 5],
      [1001, 10],
      [1500, 10],
      [1501, 10],
    ] as const
  ).map(([limit, cost]): [string, object, number] => [
    'GET /fapi/v1/klines',
    { symbol: 'BTCUSDT', limit },
    cost,
  ]),
  // The guide has 1.
  ['GET /fapi/v1/klines', { symbol: 'BTCUSDT' }, 5],
  ['GET /fapi/v1/ticker/24hr', { symbol: 'BTCUSDT' }, 1],
  ['GET /fapi/v1/ticker/24hr', {}, 40],
  ['GET /fapi/v1/ticker/price', { symbol: 'BTCUSDT' }, 1],
  ['GET /fapi/v1/ticker/price', {}, 2],
  ['GET /fapi/v1/ticker/bookTicker', { symbol: 'BTCUSDT' }, 1],
  ['GET /fapi/v1/ticker/bookTicker', {}, 2],
  // The guide has 1 for both, the pages 30.
  ['GET /fapi/v1/positionSide/dual', {}, 30],
  ['POST /fapi/v1/positionSide/dual', {}, 1],
  ['GET /fapi/v1/multiAssetsMargin', {}, 30],
  ['POST /fapi/v1/multiAssetsMargin', {}, 1],
  ['GET /fapi/v1/order', {}, 1],
  ['POST /fapi/v1/order', {}, 1],
  ['DELETE /fapi/v1/order', {}, 1],
  ['POST /fapi/v1/batchOrders', {}, 5],
  ['DELETE /fapi/v1/batchOrders', {}, 5],
  ['DELETE /fapi/v1/allOpenOrders', { symbol: 'BTCUSDT' }, 1],
  ['DELETE /fapi/v1/allOpenOrders', {}, 40],
  ['GET /fapi/v1/openOrders', { symbol: 'BTCUSDT' }, 1],
  ['GET /fapi/v1/openOrders', {}, 40],
  ['GET /fapi/v1/openOrder', {}, 1],
  ['GET /fapi/v1/allOrders', {}, 5],
  ['POST /fapi/v1/leverage', {}, 1],
  ['POST /fapi/v1/marginType', {}, 1],
  ['POST /fapi/v1/positionMargin', {}, 1],
  ['GET /fapi/v1/positionMargin/history', {}, 1],
  ['GET /fapi/v1/income', {}, 30],
  ['GET /fapi/v1/leverageBracket', {}, 1],
  ['GET /fapi/v1/adlQuantile', {}, 5],
  ['GET /fapi/v1/commissionRate', {}, 20],
  ['GET /fapi/v1/forceOrders', { symbol: 'BTCUSDT' }, 20],
  ['GET /fapi/v1/forceOrders', {}, 50],
  ['GET /fapi/v2/account', {}, 5],
  ['GET /fapi/v2/balance', {}, 5],
  ['GET /fapi/v2/positionRisk', {}, 5],
  ['GET /fapi/v1/userTrades', {}, 5],
  ['POST /fapi/v1/listenKey', {}, 1],
];

function costOf(profile: ExchangeProfile, endpoint: string, params?: object) {
  const [method = '', path = ''] = endpoint.split(' ');
  return profile.costs(method, path, params);
}

test.each(GUIDE)('Aster: %s %j weighs %i, in version 3 as well', (endpoint, params, weight) => {
  const v3 = endpoint.replace(/v[12]/, 'v3');
  expect(costOf(asterFutures, v3, params).REQUEST_WEIGHT).toBe(weight);
  expect(costOf(asterFutures, endpoint, params).REQUEST_WEIGHT).toBe(weight);
});

test.each([
  [asterFutures, 'POST /fapi/v1/order', {}, { REQUEST_WEIGHT: 1, ORDERS: 1 }],
  [asterFutures, 'POST /fapi/v3/order', {}, { REQUEST_WEIGHT: 1, ORDERS: 1 }],
  [
    asterFutures,
    'POST /fapi/v1/batchOrders',
    { batchOrders: '[{},{},{}]' },
    { REQUEST_WEIGHT: 5, ORDERS: 3 },
  ],
  [binanceSpot, 'GET /api/v3/depth', { limit: 99_999 }, { REQUEST_WEIGHT: 250, RAW_REQUESTS: 1 }],
  [binanceSpot, 'GET /api/v3/ticker/24hr', {}, { REQUEST_WEIGHT: 80, RAW_REQUESTS: 1 }],
  [binanceSpot, 'GET /api/v3/ticker/24hr', { symbol: 'A' }, { REQUEST_WEIGHT: 2, RAW_REQUESTS: 1 }],
  [
    binanceSpot,
    'GET /api/v3/ticker/24hr',
    { symbols: '["A","B"]' },
    { REQUEST_WEIGHT: 2, RAW_REQUESTS: 1 },
  ],
  [
    binanceSpot,
    'GET /api/v3/ticker',
    { symbols: '["A","B"]' },
    { REQUEST_WEIGHT: 8, RAW_REQUESTS: 1 },
  ],
  [
    binanceSpot,
    'POST /api/v3/order',
    {},
    { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1, ORDERS: 1, ORDERS_1D: 1 },
  ],
  [
    binanceSpot,
    'POST /api/v3/orderList/otoco',
    {},
    { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1, ORDERS: 3, ORDERS_1D: 3 },
  ],
  [binanceSpot, 'DELETE /api/v3/order', {}, { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1 }],
  [binanceSpot, 'GET /nowhere', {}, { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1 }],
  [binanceUsdm, 'POST /fapi/v1/order', {}, { ORDERS: 1, ORDERS_1M: 1 }],
  [binanceUsdm, 'POST /fapi/v1/batchOrders', {}, { REQUEST_WEIGHT: 5, ORDERS: 5, ORDERS_1M: 1 }],
  [binanceUsdm, 'GET /fapi/v1/klines', { limit: 1500 }, { REQUEST_WEIGHT: 10 }],
  [bybit, 'GET /v5/market/tickers', { category: 'spot' }, { IP: 1 }],
  [
    bybit,
    'POST /v5/order/create',
    { category: 'spot' },
    { IP: 1, 'spot:POST /v5/order/create': 1 },
  ],
  [
    bybit,
    'POST /v5/order/create-batch',
    { category: 'linear', request: [{}, {}, {}] },
    { IP: 1, 'linear:POST /v5/order/create-batch': 3 },
  ],
  [bybit, 'GET /v5/position/list', {}, { IP: 1, '50/s:GET /v5/position/list': 1 }],
  [
    okx,
    'POST /api/v5/trade/order',
    { instId: 'BTC-USDT' },
    { ACCOUNT_ORDERS: 0, '60/2s:POST /api/v5/trade/order:BTC-USDT': 1 },
  ],
  [
    okx,
    'POST /api/v5/trade/batch-orders',
    [{ instId: 'A' }, { instId: 'A' }, { instId: 'B' }],
    {
      ACCOUNT_ORDERS: 3,
      '300/2s:POST /api/v5/trade/batch-orders:A': 2,
      '300/2s:POST /api/v5/trade/batch-orders:B': 1,
    },
  ],
  [
    okx,
    'POST /api/v5/trade/cancel-order',
    { instId: 'A' },
    { '60/2s:POST /api/v5/trade/cancel-order:A': 1 },
  ],
  [okx, 'GET /api/v5/market/books', {}, { '40/2s:GET /api/v5/market/books': 1 }],
  [kucoin, 'POST /api/v1/hf/orders', {}, { SPOT: 1 }],
  [kucoin, 'DELETE /api/v1/hf/orders/5c35c02703aa673ceec2a168', {}, { SPOT: 1 }],
  [kucoin, 'DELETE /api/v1/hf/orders/cancelAll', {}, { SPOT: 30 }],
  [kucoin, 'GET /api/v1/market/orderbook/level2_20', {}, { PUBLIC: 2 }],
  [kucoin, 'GET /api/v1/accounts', {}, { MANAGEMENT: 5 }],
  [kraken, 'GET /0/public/Ticker', {}, { PUBLIC: 1 }],
  [kraken, 'GET /0/public/OHLC', { pair: 'XBTUSD' }, { 'PUBLIC:XBTUSD': 1 }],
  [kraken, 'POST /0/private/Ledgers', {}, { PRIVATE: 2 }],
  [kraken, 'POST /0/private/AddOrder', { pair: 'XBTUSD' }, { 'TRADING:XBTUSD': 1 }],
  [
    kraken,
    'POST /0/private/AddOrderBatch',
    { pair: 'XBTUSD', orders: [{}, {}, {}] },
    { 'TRADING:XBTUSD': 1.5 },
  ],
  [coinbaseExchange, 'GET /products/BTC-USD/book', {}, { PUBLIC: 1 }],
  [coinbaseExchange, 'POST /orders', {}, { PRIVATE: 1 }],
  [coinbaseExchange, 'GET /fills', {}, { FILLS: 1 }],
])('%o: %s %j', (profile, endpoint, params, cost) => {
  expect(costOf(profile, endpoint, params)).toEqual(cost);
});

describe.each(PROFILES.map((profile) => [profile.name, profile] as const))('%s', (_, profile) => {
  test('its rules make a throttler that grants what its endpoints cost', async () => {
    const { throttler } = setUp(profile.rules);
    for (const endpoint of ['GET /nowhere', 'POST /v5/order/create', 'POST /0/private/AddOrder']) {
      if (profile.costs.has(...(endpoint.split(' ') as [string, string]))) {
        expect(throttler.tryThrottle(costOf(profile, endpoint))).toBe(true);
      }
    }
    throttler.close();
  });

  test('its jitter is 250 ms, and at most a twentieth of the interval', () => {
    for (const rule of profile.rules) {
      if (rule.algorithm === 'concurrency') continue;
      const interval =
        rule.algorithm === 'token-bucket' ? rule.capacity / rule.refillRate : rule.interval;
      const usual = Math.min(250, interval / 20);
      expect(rule.jitter).toBe(OWN_JITTERS[`${profile.name} ${rule.id}`] ?? usual);
    }
  });

  test('with another jitter and another limit', () => {
    const [first] = profile.rules as [Rule];
    const other = profile.with({ jitter: 10, limits: { [first.id]: 30 } });
    expect(other.name).toBe(profile.name);
    expect(other.rules).toHaveLength(profile.rules.length);
    expect(
      other.rules.every((rule) => rule.algorithm === 'concurrency' || rule.jitter === 10),
    ).toBe(true);
    const changed = other.rules[0];
    if (first.algorithm === 'token-bucket') {
      const refillRate = (first.refillRate * 30) / first.capacity;
      expect(changed).toMatchObject({ capacity: 30, refillRate });
    } else {
      expect(changed).toMatchObject({ limit: 30 });
    }
    expect(() => new MultiThrottler(other.rules)).not.toThrow();
    expect(profile.rules[0]).toBe(first);
  });

  test('what cannot be changed is refused', () => {
    const refused = (options: object) => thrown(() => profile.with(options)).message;
    expect(refused({ jitter: -1 })).toContain('jitter must be');
    expect(refused({ limits: { NONE: 5 } })).toContain('limits must be an object with ids among');
    expect(refused({ rules: { NONE: {} } })).toMatch(/^rules must be .+, got "NONE"$/);
    expect(refused({ limit: 5 })).toBe(
      'unknown field "limit" for profile options; known fields: jitter, tier, limits, rules, exchangeInfo',
    );
    expect(refused({ limits: { [profile.rules[0]?.id as string]: 0 } })).toContain(
      'must be a number above 0, got 0',
    );
    expect(refused(null as never)).toContain('options must be an object, got null');
  });

  test('nothing it was made from can be changed', () => {
    expect(() => Object.assign(profile.rules[0] as object, { id: 'other' })).toThrow(TypeError);
    expect(() => (profile.rules as Rule[]).pop()).toThrow(TypeError);
  });
});

describe('from a live exchangeInfo', () => {
  const exchangeInfo = {
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 12_000 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 500 },
      { rateLimitType: 'ORDERS', interval: 'HOUR', intervalNum: 1, limit: 9000 },
    ] as const,
  };
  const live = binanceSpot.with({ exchangeInfo, limits: { ORDERS: 50 } });

  test('its limits are the rules', () => {
    expect(live.rules.map((rule) => [rule.id, 'limit' in rule && rule.limit])).toEqual([
      ['REQUEST_WEIGHT', 12_000],
      ['ORDERS', 50],
      ['ORDERS_1H', 9000],
    ]);
  });

  test('costs and headers go by them', () => {
    expect(live.costs('POST', '/api/v3/order')).toEqual({
      REQUEST_WEIGHT: 1,
      ORDERS: 1,
      ORDERS_1H: 1,
    });
    expect(live.costs('GET', '/api/v3/ping')).toEqual({ REQUEST_WEIGHT: 1 });
    const headers = new Headers({ 'x-mbx-order-count-1h': '7', 'x-mbx-order-count-1d': '9' });
    expect(live.headers(headers, 200)).toEqual([
      { rule: 'ORDERS_1H', used: 7, exact: true },
      { rule: 'ORDERS', used: 9, exact: false },
    ]);
  });

  test('others have none', () => {
    expect(() => kraken.with({ exchangeInfo })).toThrow('exchangeInfo must be left out for kraken');
    expect(() => binanceSpot.with({ exchangeInfo: {} as never })).toThrow(
      'rateLimits must be a list',
    );
    const rateLimits: never[] = [];
    expect(() => binanceSpot.with({ exchangeInfo: { rateLimits } })).toThrow(
      'must be 1 or more, got 0',
    );
  });

  test('with unknown types or intervals alone is an error that names them', () => {
    const limit = {
      rateLimitType: 'WEIGHT',
      interval: 'MINUTE',
      intervalNum: 1,
      limit: 9,
    } as const;
    const rateLimits = [limit, { ...limit, rateLimitType: 'COUNT' }];
    expect(() => binanceSpot.with({ exchangeInfo: { rateLimits } })).toThrow(
      'exchangeInfo.rateLimits must be limits of a type among REQUEST_WEIGHT, RAW_REQUESTS, ORDERS, ' +
        'got "WEIGHT, COUNT"',
    );
    const weekly = { ...limit, rateLimitType: 'ORDERS', interval: 'WEEK' } as never;
    expect(() => binanceSpot.with({ exchangeInfo: { rateLimits: [weekly] } })).toThrow(
      'rateLimits[0].interval must be one of SECOND, MINUTE, HOUR, DAY, got "WEEK"',
    );
  });
});
