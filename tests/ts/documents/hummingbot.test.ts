// The examples of Hummingbot's page on its AsyncThrottler, in TypeScript, with the constants as
// they stand there.

import {
  AsyncThrottler,
  type AsyncThrottlerOptions,
  LinkedLimitWeightPair,
  RateLimit,
} from 'multi-throttler/compat';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';

/** Python's `sys.maxsize`, which no number of JavaScript holds exactly. */
const NO_LIMIT = 2 ** 63 - 1;

const KUCOIN_LIMITS = (() => {
  const WS_CONNECTION_LIMIT_ID = 'WSConnection';
  const WS_CONNECTION_LIMIT = 30;
  const WS_CONNECTION_TIME_INTERVAL = 60;
  const WS_REQUEST_LIMIT_ID = 'WSRequest';
  const PUBLIC_WS_DATA_PATH_URL = '/api/v1/bullet-public';
  const PRIVATE_WS_DATA_PATH_URL = '/api/v1/bullet-private';
  const TICKER_PRICE_CHANGE_PATH_URL = '/api/v1/market/orderbook/level1';
  const SYMBOLS_PATH_URL = '/api/v1/symbols';
  const SNAPSHOT_NO_AUTH_PATH_URL = '/api/v1/market/orderbook/level2_100';
  const ACCOUNTS_PATH_URL = '/api/v1/accounts';
  const SERVER_TIME_PATH_URL = '/api/v1/timestamp';
  const GET_ORDER_LIMIT_ID = 'GetOrders';
  const FEE_PATH_URL = '/api/v1/trade-fees';
  const ALL_TICKERS_PATH_URL = '/api/v1/market/allTickers';
  const LIMIT_FILLS_PATH_URL = '/api/v1/limit/fills';
  const ORDER_CLIENT_ORDER_PATH_URL = '/api/v1/order/client-order/{clientOid}';
  const POST_ORDER_LIMIT_ID = 'PostOrder';
  const DELETE_ORDER_LIMIT_ID = 'DeleteOrder';
  const ORDERS_PATH_URL = '/api/v1/orders';
  const FILLS_PATH_URL = '/api/v1/fills';
  return [
    new RateLimit(WS_CONNECTION_LIMIT_ID, {
      limit: WS_CONNECTION_LIMIT,
      timeInterval: WS_CONNECTION_TIME_INTERVAL,
    }),
    new RateLimit(WS_REQUEST_LIMIT_ID, { limit: 100, timeInterval: 10 }),
    new RateLimit(PUBLIC_WS_DATA_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(PRIVATE_WS_DATA_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(TICKER_PRICE_CHANGE_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(SYMBOLS_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(SNAPSHOT_NO_AUTH_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(ACCOUNTS_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(SERVER_TIME_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(GET_ORDER_LIMIT_ID, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(FEE_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(ALL_TICKERS_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(LIMIT_FILLS_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(ORDER_CLIENT_ORDER_PATH_URL, { limit: NO_LIMIT, timeInterval: 1 }),
    new RateLimit(POST_ORDER_LIMIT_ID, { limit: 45, timeInterval: 3 }),
    new RateLimit(DELETE_ORDER_LIMIT_ID, { limit: 60, timeInterval: 3 }),
    new RateLimit(ORDERS_PATH_URL, { limit: 45, timeInterval: 3 }),
    new RateLimit(FILLS_PATH_URL, { limit: 9, timeInterval: 3 }),
  ];
})();

const NDAX_LIMITS = (() => {
  const HTTP_ENDPOINTS_LIMIT_ID = 'AllHTTP';
  const WS_ENDPOINTS_LIMIT_ID = 'AllWs';
  // Not in the document: hummingbot's connector/exchange/ndax/ndax_constants.py.
  const [HTTP_LIMIT, WS_LIMIT, MINUTE] = [600, 500, 60];
  const MARKETS_URL = 'GetInstruments';
  const ACCOUNT_POSITION_EVENT_ENDPOINT_NAME = 'AccountPositionEvent';
  return [
    // REST API Pool (applies to all REST API endpoints)
    new RateLimit(HTTP_ENDPOINTS_LIMIT_ID, { limit: HTTP_LIMIT, timeInterval: MINUTE }),
    // WebSocket Pool (applies to all WS requests)
    new RateLimit(WS_ENDPOINTS_LIMIT_ID, { limit: WS_LIMIT, timeInterval: MINUTE }),
    // Public REST API endpoint
    new RateLimit(MARKETS_URL, {
      limit: HTTP_LIMIT,
      timeInterval: MINUTE,
      linkedLimits: [new LinkedLimitWeightPair(HTTP_ENDPOINTS_LIMIT_ID)],
    }),
    // WebSocket Auth endpoint
    new RateLimit(ACCOUNT_POSITION_EVENT_ENDPOINT_NAME, {
      limit: WS_LIMIT,
      timeInterval: MINUTE,
      linkedLimits: [new LinkedLimitWeightPair(WS_ENDPOINTS_LIMIT_ID)],
    }),
  ];
})();

const BINANCE_LIMITS = (() => {
  const [REQUEST_WEIGHT, ORDERS, ORDERS_24HR] = ['REQUEST_WEIGHT', 'ORDERS', 'ORDERS_24HR'];
  const [ONE_SECOND, ONE_MINUTE, ONE_DAY] = [1, 60, 86_400];
  const MAX_REQUEST = 5000;
  const SNAPSHOT_PATH_URL = '/depth';
  const BINANCE_CREATE_ORDER = '/order';
  return [
    // Pools
    new RateLimit(REQUEST_WEIGHT, { limit: 1200, timeInterval: ONE_MINUTE }),
    new RateLimit(ORDERS, { limit: 10, timeInterval: ONE_SECOND }),
    new RateLimit(ORDERS_24HR, { limit: 100_000, timeInterval: ONE_DAY }),
    // Weighted Limits
    new RateLimit(SNAPSHOT_PATH_URL, {
      limit: MAX_REQUEST,
      timeInterval: ONE_MINUTE,
      linkedLimits: [new LinkedLimitWeightPair(REQUEST_WEIGHT, 50)],
    }),
    new RateLimit(BINANCE_CREATE_ORDER, {
      limit: MAX_REQUEST,
      timeInterval: ONE_MINUTE,
      linkedLimits: [
        new LinkedLimitWeightPair(REQUEST_WEIGHT, 1),
        new LinkedLimitWeightPair(ORDERS, 1),
        new LinkedLimitWeightPair(ORDERS_24HR, 1),
      ],
    }),
  ];
})();

function setUp(limits: RateLimit[], options?: AsyncThrottlerOptions) {
  const clock = new VirtualClock();
  const throttler = new AsyncThrottler(limits, options, { clock });
  /** Runs `count` tasks of one id that are submitted together; returns when each one ran. */
  const times = async (id: string, count: number) => {
    const at: number[] = [];
    const task = () => void at.push(Math.round(clock.now()));
    await clock.until(
      Promise.all(Array.from({ length: count }, () => throttler.executeTask(id).run(task))),
    );
    return at;
  };
  const left = (id: string) => throttler.throttler.getStatus()[id]?.tokens;
  return { clock, throttler, times, left };
}

const repeat = (count: number, at: number) => Array<number>(count).fill(at);

test('KuCoin: each endpoint has a limit of its own', async () => {
  const { clock, throttler, times } = setUp(KUCOIN_LIMITS);
  expect(await times('PostOrder', 46)).toEqual([...repeat(45, 0), 3150]);
  expect(await times('/api/v1/fills', 18)).toEqual([...repeat(9, 3150), ...repeat(9, 6300)]);
  expect(await times('/api/v1/order/client-order/{clientOid}', 1000)).toEqual(repeat(1000, 6300));
  await clock.advance(10_000);
  for (const { limitId } of KUCOIN_LIMITS) {
    await throttler.executeTask(limitId);
    expect(throttler.getRelatedLimits(limitId)[1]).toEqual([]);
  }
});

test('KuCoin: an endpoint of 20 per 60 s looks back from the current moment', async () => {
  const { clock, throttler, times } = setUp([new RateLimit('a', { limit: 20, timeInterval: 60 })], {
    safetyMarginPct: 0,
  });
  await times('a', 10);
  await clock.advance(30_000);
  await times('a', 10);
  await clock.advance(30_000);
  expect(throttler.withinCapacity('a')).toBe(false);
  expect(await times('a', 11)).toEqual([...repeat(10, 60_000), 90_000]);
});

test('NDAX: endpoints use the pool of their kind', async () => {
  const { times, throttler, left } = setUp(NDAX_LIMITS);
  expect(await times('GetInstruments', 600)).toEqual(repeat(600, 0));
  expect([left('AllHTTP'), left('AllWs')]).toEqual([0, 500]);
  expect(throttler.withinCapacity('AllHTTP')).toBe(false);
  expect(await times('AccountPositionEvent', 500)).toEqual(repeat(500, 0));
  expect(await times('GetInstruments', 1)).toEqual([63_000]);
});

test('Binance: endpoints weigh differently in several pools', async () => {
  const { times, left } = setUp(BINANCE_LIMITS);
  expect(await times('/order', 11)).toEqual([...repeat(10, 0), 1050]);
  expect([left('REQUEST_WEIGHT'), left('ORDERS'), left('ORDERS_24HR')]).toEqual([1189, 9, 99_989]);
  // 23 of weight 50 fit into 1189. The next one waits until no order is in the pool, as 1 + 24 * 50
  // is above 1200.
  expect(await times('/depth', 24)).toEqual([...repeat(23, 1050), 64_050]);
});

test('Binance: a share of the limits is configured for one instance', async () => {
  const { times, throttler } = setUp(BINANCE_LIMITS, { limitsSharePercentage: 55 });
  expect(throttler.getRelatedLimits('/order')[1].map(([{ limit }]) => limit)).toEqual([
    660, 5, 55_000,
  ]);
  expect(await times('/order', 6)).toEqual([...repeat(5, 0), 1050]);
});

test('a connector consumes the throttler as a context', async () => {
  const { throttler, left } = setUp(BINANCE_LIMITS);
  const get = async (path: string) => ({ path });
  let response: { path: string };
  {
    await using _task = await throttler.executeTask('/depth');
    response = await get('/depth');
  }
  expect(response).toEqual({ path: '/depth' });
  expect(left('REQUEST_WEIGHT')).toBe(1150);
  expect(await throttler.executeTask('/depth').run(() => get('/depth'))).toEqual(response);
  expect(left('REQUEST_WEIGHT')).toBe(1100);
});
