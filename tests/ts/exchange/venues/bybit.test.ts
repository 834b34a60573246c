import { MultiThrottler } from 'multi-throttler';
import { bybit } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string, params?: object) {
  const [method = '', path = ''] = endpoint.split(' ');
  return bybit.costs(method, path, params);
}

test.each([
  ['POST /v5/order/disconnected-cancel-all', '5/s'],
  ['POST /v5/account/set-margin-mode', '5/s'],
  ['POST /v5/account/borrow', '1/s'],
  ['POST /v5/account/quick-repayment', '1/s'],
  ['POST /v5/user/create-sub-member', '1/s'],
  ['POST /v5/user/update-api', '5/s'],
  ['POST /v5/grid/create-grid', '3/s'],
  ['GET /v5/account/transaction-log', '25/s'],
  ['GET /v5/order/realtime', '50/s'],
  ['GET /v5/asset/transfer/query-account-coin-balance', '450/s'],
  ['GET /v5/asset/transfer/query-sub-member-list', '60/min'],
  ['GET /v5/asset/exchange/order-record', '600/min'],
])('%s: %s', (endpoint, speed) => {
  expect(costOf(endpoint)).toEqual({ IP: 1, [`${speed}:${endpoint}`]: 1 });
});

describe('orders', () => {
  test.each([
    ['POST /v5/order/amend', 'spot', '10/s'],
    ['POST /v5/order/amend', 'linear', 'linear'],
    ['POST /v5/order/cancel-all', 'option', '1/s'],
    ['POST /v5/order/cancel-all', 'spot', 'spot'],
    ['POST /v5/order/cancel-all', undefined, 'linear'],
    ['POST /v5/order/pre-check', 'spot', 'spot'],
  ])('%s of %s: %s', (endpoint, category, family) => {
    expect(costOf(endpoint, { category })).toEqual({ IP: 1, [`${family}:${endpoint}`]: 1 });
  });

  test('a batch of options counts as one request', () => {
    const request = [{}, {}, {}];
    expect(costOf('POST /v5/order/create-batch', { category: 'option', request })).toEqual({
      IP: 1,
      'option:POST /v5/order/create-batch': 1,
    });
  });

  test.each([
    ['spot', 20],
    ['linear', 10],
  ])('a batch of %s that is longer than the limit can be sent', (category, limit) => {
    const cost = costOf('POST /v5/order/create-batch', { category, request: Array(25).fill({}) });
    expect(cost).toEqual({ IP: 1, [`${category}:POST /v5/order/create-batch`]: limit });
    const throttler = new MultiThrottler(bybit.rules);
    expect(throttler.tryThrottle(cost)).toBe(true);
    throttler.close();
  });
});

test('an unknown endpoint is slow, and by itself', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(costOf('POST /v5/new/thing')).toEqual({ IP: 1, '1/s:POST /v5/new/thing': 1 });
  expect(costOf('GET /v5/market/new')).toEqual({ IP: 1 });
  warn.mockRestore();
});

test('a tier has its own limits', () => {
  const limits = (tier: string) =>
    Object.fromEntries(
      bybit.with({ tier }).rules.map((rule) => [rule.id, 'limit' in rule && rule.limit]),
    );
  expect(limits('vip2')).toMatchObject({
    'linear:*': 40,
    'option:*': 40,
    'spot:*': 30,
    IP: 600,
    '50/s:*': 50,
  });
  expect(limits('pro3')).toMatchObject({ 'linear:*': 600 });
  expect(limits('default')).toMatchObject({ 'linear:*': 10, 'spot:*': 20 });
  expect(() => bybit.with({ tier: 'vip9' })).toThrow(
    'tier must be one of default, vip1, vip2, vip3, vip4, vip5, supreme, pro1, pro2, pro3, pro4, pro5, pro6, got "vip9"',
  );
  const batch = { category: 'linear', request: Array(25).fill({}) };
  expect(bybit.with({ tier: 'vip1' }).costs('POST', '/v5/order/create-batch', batch)).toMatchObject(
    {
      'linear:POST /v5/order/create-batch': 20,
    },
  );
});
