import { asterFutures, asterSpot } from 'multi-throttler/exchange';
import { expect, test } from 'vitest';

test.each([
  ['GET stpMode', {}, { REQUEST_WEIGHT: 30 }],
  ['POST placeStrategyOrder', {}, { REQUEST_WEIGHT: 50, ORDERS: 1 }],
  ['GET strategyOpenOrder', {}, { REQUEST_WEIGHT: 5 }],
  ['GET accountWithJoinMargin', {}, { REQUEST_WEIGHT: 5 }],
  ['POST asset/wallet/transfer', {}, { REQUEST_WEIGHT: 5 }],
  ['POST asset/migrateUser', {}, { REQUEST_WEIGHT: 50 }],
  ['GET remainingOpenableNotionalValue', {}, { REQUEST_WEIGHT: 20 }],
  ['PUT order', {}, { REQUEST_WEIGHT: 1, ORDERS: 1 }],
  ['POST chase', {}, { REQUEST_WEIGHT: 1, ORDERS: 1 }],
  ['GET multiAssetsMargin', {}, { REQUEST_WEIGHT: 30 }],
])('futures: %s %j', (endpoint, params, cost) => {
  const [method = '', path = ''] = endpoint.split(' ');
  for (const version of ['v1', 'v3']) {
    expect(asterFutures.costs(method, `/fapi/${version}/${path}`, params)).toEqual(cost);
  }
});

test.each([
  ['GET ticker/24hr', {}, 40],
  ['GET depth', { limit: 1000 }, 20],
  ['GET depth', {}, 5],
  ['GET historicalTrades', {}, 20],
  ['GET aggTrades', {}, 20],
  ['GET commissionRate', { symbol: 'A' }, 20],
  ['GET transactionHistory', {}, 30],
])('spot: %s %j weighs %i', (endpoint, params, weight) => {
  const [method = '', path = ''] = endpoint.split(' ');
  for (const version of ['v1', 'v3']) {
    expect(asterSpot.costs(method, `/api/${version}/${path}`, params)).toEqual({
      REQUEST_WEIGHT: weight,
    });
  }
});

test('spot has limits of its own', () => {
  expect(asterSpot.rules.map((rule) => [rule.id, 'limit' in rule && rule.limit])).toEqual([
    ['REQUEST_WEIGHT', 6000],
    ['ORDERS', 300],
    ['ORDERS_1M', 6000],
  ]);
});
