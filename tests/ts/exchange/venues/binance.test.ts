import { MultiThrottler, type ThrottleCost } from 'multi-throttler';
import {
  binanceOptions,
  binancePortfolioMargin,
  binanceSapi,
  binanceSpot,
  binanceUsdm,
  type ExchangeProfile,
} from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';

function costOf(profile: ExchangeProfile, endpoint: string, params?: object): ThrottleCost {
  const [method = '', path = ''] = endpoint.split(' ');
  expect(profile.costs.has(method, path)).toBe(true);
  return profile.costs(method, path, params);
}

const some = (count: number) => ({
  symbols: JSON.stringify(Array.from({ length: count }, (_, i) => `S${i}`)),
});

test.each([
  ['GET /api/v3/myFilters', {}, 40],
  ['GET /api/v3/executionRules', {}, 40],
  ['GET /api/v3/executionRules', { symbol: 'A' }, 2],
  ['GET /api/v3/executionRules', some(3), 6],
  ['GET /api/v3/executionRules', some(30), 40],
  ['GET /api/v3/executionRules', { symbolStatus: 'TRADING' }, 40],
  ['GET /api/v3/ticker/tradingDay', some(60), 200],
  ['GET /api/v3/myTrades', { symbol: 'A' }, 20],
  ['GET /api/v3/myTrades', { symbol: 'A', orderId: 1 }, 5],
  ['GET /api/v3/myPreventedMatches', { symbol: 'A', preventedMatchId: 1 }, 2],
  ['POST /api/v3/order/test', {}, 1],
  ['POST /api/v3/order/test', { computeCommissionRates: true }, 20],
  ['POST /api/v3/sor/order/test', { computeCommissionRates: 'true' }, 20],
])('spot: %s %j weighs %i', (endpoint, params, weight) => {
  expect(costOf(binanceSpot, endpoint, params)).toEqual({
    REQUEST_WEIGHT: weight,
    RAW_REQUESTS: 1,
  });
});

describe('futures', () => {
  test.each([
    ['PUT /fapi/v1/order', {}, { ORDERS: 1, ORDERS_1M: 1 }],
    ['GET /fapi/v1/historicalTrades', {}, { REQUEST_WEIGHT: 200 }],
    ['GET /fapi/v1/feeBurn', {}, { REQUEST_WEIGHT: 30 }],
    ['GET /fapi/v1/trade/asyn', {}, { REQUEST_WEIGHT: 1000 }],
    ['GET /fapi/v1/apiTradingStatus', {}, { REQUEST_WEIGHT: 10 }],
    ['POST /fapi/v1/convert/getQuote', {}, { REQUEST_WEIGHT: 50, CONVERT: 1, CONVERT_1D: 1 }],
    ['POST /fapi/v1/convert/acceptQuote', {}, { REQUEST_WEIGHT: 200 }],
    ['POST /fapi/v1/stock/contract', {}, { REQUEST_WEIGHT: 50 }],
    ['GET /fapi/v1/fundingInfo', {}, { FUNDING: 1 }],
    ['GET /fapi/v1/fundingRate', {}, { REQUEST_WEIGHT: 1, FUNDING: 1 }],
    ['GET /futures/data/basis', {}, { DATA: 1 }],
    // COIN-M under the same rules.
    ['POST /dapi/v1/order', {}, { ORDERS: 1, ORDERS_1M: 1 }],
    ['GET /dapi/v1/depth', {}, { REQUEST_WEIGHT: 10 }],
    ['GET /dapi/v1/klines', {}, { REQUEST_WEIGHT: 5 }],
    ['GET /dapi/v1/openOrders', { pair: 'A' }, { REQUEST_WEIGHT: 40 }],
    ['GET /dapi/v1/userTrades', { pair: 'A' }, { REQUEST_WEIGHT: 40 }],
    ['GET /dapi/v1/income/asyn', {}, { REQUEST_WEIGHT: 1000 }],
    ['GET /dapi/v1/historicalTrades', {}, { REQUEST_WEIGHT: 200 }],
    ['GET /dapi/v1/positionSide/dual', {}, { REQUEST_WEIGHT: 30 }],
  ])('%s %j', (endpoint, params, cost) => {
    expect(costOf(binanceUsdm, endpoint, params)).toEqual(cost);
  });

  test('limits that no exchangeInfo tells stay beside those that one does', () => {
    const rateLimits = [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2400 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
    ] as const;
    const live = binanceUsdm.with({ exchangeInfo: { rateLimits } });
    expect(live.rules.map(({ id }) => id)).toEqual([
      'REQUEST_WEIGHT',
      'ORDERS',
      'DATA',
      'FUNDING',
      'CONVERT',
      'CONVERT_1D',
    ]);
    expect(costOf(live, 'GET /futures/data/basis')).toEqual({ DATA: 1 });
    expect(live.rules.find(({ id }) => id === 'ORDERS')).toMatchObject({ scope: 'account' });
  });
});

test.each([
  ['GET /eapi/v1/depth', {}, { REQUEST_WEIGHT: 5 }],
  ['GET /eapi/v1/depth', { limit: 1000 }, { REQUEST_WEIGHT: 20 }],
  ['DELETE /eapi/v1/batchOrders', {}, { REQUEST_WEIGHT: 5 }],
  ['GET /eapi/v1/openOrders', {}, { REQUEST_WEIGHT: 40 }],
])('options: %s %j', (endpoint, params, cost) => {
  expect(costOf(binanceOptions, endpoint, params)).toEqual(cost);
});

test('portfolio margin: repaying a debt weighs 3000 of 6000', () => {
  const throttler = new MultiThrottler(binancePortfolioMargin.rules);
  const cost = costOf(binancePortfolioMargin, 'POST /papi/v1/margin/repay-debt');
  expect(cost).toEqual({ REQUEST_WEIGHT: 3000 });
  expect(throttler.tryThrottle(cost)).toBe(true);
  throttler.close();
});

describe('sapi', () => {
  const own = (endpoint: string, params?: object) =>
    Object.fromEntries(
      Object.entries(costOf(binanceSapi, endpoint, params)).map(([id, cost]) => [
        id.replace(endpoint, '*'),
        cost,
      ]),
    );

  test.each([
    ['GET /sapi/v1/capital/withdraw/history', {}, { 'UID:*': 18_000, '10/s:*': 1 }],
    ['POST /sapi/v1/capital/withdraw/apply', {}, { 'UID:*': 900 }],
    ['POST /sapi/v2/loan/flexible/borrow', {}, { 'IP:*': 6000 }],
    ['GET /sapi/v1/loan/vip/request/interestRate', {}, { 'IP:*': 400 }],
    ['GET /sapi/v1/convert/exchangeInfo', {}, { 'IP:*': 3000 }],
    ['POST /sapi/v1/margin/order', {}, { 'UID:*': 6 }],
    ['POST /sapi/v1/margin/order', { sideEffectType: 'AUTO_BORROW_REPAY' }, { 'UID:*': 1500 }],
    ['POST /sapi/v1/margin/order/oco', { sideEffectType: 'MARGIN_BUY' }, { 'UID:*': 1500 }],
    ['DELETE /sapi/v1/margin/order', {}, { 'IP:*': 10 }],
    ['GET /sapi/v1/portfolio/asset-index-price', {}, { 'IP:*': 50 }],
    ['GET /sapi/v1/portfolio/asset-index-price', { asset: 'BTC' }, { 'IP:*': 1 }],
    ['POST /sapi/v1/sub-account/universalTransfer', {}, { 'IP:*': 1, 'UID:*': 360 }],
    ['POST /sapi/v1/margin/max-leverage', {}, { 'UID:*': 3000, '1/min:*': 1 }],
  ])('%s %j', (endpoint, params, cost) => {
    expect(own(endpoint, params)).toEqual(cost);
  });

  test('headers speak of the called endpoint, by IP or by user', () => {
    const headers = new Headers({
      'X-SAPI-USED-IP-WEIGHT-1M': '12',
      'X-SAPI-USED-UID-WEIGHT-1M': '900',
    });
    expect(binanceSapi.headers(headers, 200, ['UID:POST /x'])).toEqual([
      { rule: 'UID:POST /x', used: 900, exact: false },
    ]);
    expect(binanceSapi.headers(headers, 200, ['sapi:IP:GET /y'])).toEqual([
      { rule: 'sapi:IP:GET /y', used: 12, exact: false },
    ]);
    expect(binanceSapi.headers(headers, 200, ['REQUEST_WEIGHT'])).toEqual([]);
  });
});
