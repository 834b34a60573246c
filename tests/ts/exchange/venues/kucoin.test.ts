import { kucoin } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';

function costOf(endpoint: string, host = '') {
  const [method = '', path = ''] = endpoint.split(' ');
  expect(kucoin.costs.has(method, host + path)).toBe(true);
  return kucoin.costs(method, host + path);
}

const FUTURES = 'https://api-futures.kucoin.com';
const SPOT = 'https://api.kucoin.com';

test.each([
  ['GET /api/v1/sub/api-key', { MANAGEMENT: 20 }],
  ['DELETE /api/v1/sub/api-key', { MANAGEMENT: 30 }],
  ['POST /api/v2/accounts/sub-transfer', { MANAGEMENT: 30 }],
  ['POST /api/v1/transfer-in', { MANAGEMENT: 20 }],
  ['DELETE /api/v1/withdrawals/abc', { MANAGEMENT: 20 }],
  ['GET /api/v1/otc-loan/accounts', { MANAGEMENT: 20 }],
  ['POST /api/v1/copy-trade/futures/orders', { COPY_TRADING: 2 }],
  ['GET /api/v1/broker/nd/info', { BROKER: 2 }],
  ['GET /api/v1/earn/saving/products', { EARN: 5 }],
  ['GET /api/v1/margin/config', { SPOT: 25 }],
  ['GET /api/v1/isolated/accounts', { SPOT: 50 }],
  ['GET /api/v1/hf/accounts/opened', { SPOT: 30 }],
  ['GET /api/v3/etf/info', { PUBLIC: 3 }],
  ['DELETE /api/v1/hf/orders/cancel/77', { SPOT: 2 }],
  ['GET /api/v1/order/client-order/77', { SPOT: 3 }],
  ['DELETE /api/v3/orders', { FUTURES: 10 }],
  ['POST /api/v1/margin/withdrawMargin', { FUTURES: 10 }],
  ['GET /api/v1/trade-statistics', { FUTURES: 3 }],
  ['DELETE /api/v1/orders/multi-cancel', { FUTURES: 20 }],
  ['GET /api/v1/market/orderbook/level2_100', { PUBLIC: 4 }],
  ['GET /api/v1/market/orderbook/level2_20', { PUBLIC: 2 }],
  ['POST /api/ua/v1/unified/order/place', { UNIFIED: 1 }],
])('%s: %j', (endpoint, cost) => {
  expect(costOf(endpoint)).toEqual(cost);
});

describe('paths that spot and futures share', () => {
  test.each([
    ['DELETE /api/v1/orders', { SPOT: 20 }, { FUTURES: 800 }],
    ['DELETE /api/v1/orders/77', { SPOT: 3 }, { FUTURES: 1 }],
    ['POST /api/v1/orders/test', { SPOT: 2 }, { FUTURES: 2 }],
    ['POST /api/v1/orders/multi', { SPOT: 3 }, { FUTURES: 20 }],
    ['POST /api/v1/bullet-private', { SPOT: 10 }, { FUTURES: 10 }],
  ])('%s', (endpoint, spot, futures) => {
    expect(costOf(endpoint, SPOT)).toEqual(spot);
    expect(costOf(endpoint, FUTURES)).toEqual(futures);
    expect(costOf(endpoint)).toEqual({ ...spot, ...futures });
  });

  test('public ones weigh what the heavier of both does', () => {
    expect(costOf('GET /api/v1/status')).toEqual({ PUBLIC: 4 });
    expect(costOf('GET /api/v1/status', SPOT)).toEqual({ PUBLIC: 3 });
  });
});

test('a tier has its own pools', () => {
  const limits = (tier: string) =>
    Object.fromEntries(
      kucoin.with({ tier }).rules.map((rule) => [rule.id, 'limit' in rule && rule.limit]),
    );
  expect(limits('vip5')).toMatchObject({
    SPOT: 16_000,
    FUTURES: 7000,
    MANAGEMENT: 7000,
    UNIFIED: 700,
    EARN: 2000,
    PUBLIC: 2000,
  });
  expect(limits('vip0')).toEqual(
    Object.fromEntries(kucoin.rules.map((rule) => [rule.id, 'limit' in rule && rule.limit])),
  );
});
