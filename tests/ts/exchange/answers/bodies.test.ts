import type { ReportedUsage } from 'multi-throttler';
import {
  asterFutures,
  binanceSpot,
  binanceUsdm,
  bybit,
  type ExchangeProfile,
  kraken,
  kucoin,
  okx,
} from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';

const NOW = Date.UTC(2026, 10, 21);

/** Returns the usage that a profile reads out of headers. */
function usage(
  profile: ExchangeProfile,
  headers: Record<string, string>,
  rules?: string[],
): ReportedUsage[] {
  return profile.headers(new Headers(headers), 200, rules);
}

describe('headers of Binance', () => {
  test.each([
    [
      binanceSpot,
      { 'X-MBX-USED-WEIGHT-1M': '1234', 'X-MBX-USED-WEIGHT': '1234' },
      { REQUEST_WEIGHT: 1234 },
    ],
    [
      binanceSpot,
      { 'x-mbx-order-count-10s': '3', 'x-mbx-order-count-1d': '77' },
      { ORDERS: 3, ORDERS_1D: 77 },
    ],
    [binanceSpot, { 'x-mbx-order-count-1d': '77' }, { ORDERS_1D: 77 }],
    [
      binanceUsdm,
      { 'x-mbx-order-count-10s': '3', 'x-mbx-order-count-1m': '4' },
      { ORDERS: 3, ORDERS_1M: 4 },
    ],
    [
      asterFutures,
      { 'x-mbx-order-count-1m': '4', 'x-mbx-used-weight-1m': '9' },
      { ORDERS: 4, REQUEST_WEIGHT: 9 },
    ],
    // Intervals that were changed: the shorter to the shorter.
    [binanceSpot, { 'x-mbx-used-weight-6s': '5' }, { REQUEST_WEIGHT: 5 }],
    [
      binanceSpot,
      { 'x-mbx-order-count-2h': '9', 'x-mbx-order-count-5s': '2' },
      { ORDERS: 2, ORDERS_1D: 9 },
    ],
    [
      binanceSpot,
      { 'x-mbx-order-count-10s': '3', 'x-mbx-order-count-2h': '9' },
      { ORDERS: 3, ORDERS_1D: 9 },
    ],
  ])('%o: %j', (profile, headers, expected) => {
    const told = usage(profile, headers);
    expect(Object.fromEntries(told.map(({ rule, used }) => [rule, used]))).toEqual(expected);
  });

  test.each(['', '-5', 'many', '1e9', 'NaN', '1, 2'])('a value of %j is left out', (value) => {
    expect(
      usage(binanceSpot, { 'x-mbx-used-weight-1m': value, 'x-mbx-order-count-10s': '1' }),
    ).toEqual([{ rule: 'ORDERS', used: 1, exact: true }]);
  });

  test('headers without a rule are ignored', () => {
    expect(
      usage(asterFutures, { 'x-mbx-order-count-1m': '1', 'x-mbx-order-count-1d': '2' }),
    ).toEqual([{ rule: 'ORDERS', used: 1, exact: true }]);
    expect(
      usage(binanceSpot, { 'x-mbx-used-weight-1x': '1', 'x-sapi-used-ip-weight-1m': '1' }),
    ).toEqual([]);
    expect(usage(binanceSpot, {})).toEqual([]);
  });

  test('the shorter interval belongs to the shorter, in any order of rules', () => {
    const limit = (interval: 'SECOND' | 'HOUR', intervalNum: number) =>
      ({ rateLimitType: 'ORDERS', interval, intervalNum, limit: 100 }) as const;
    const live = binanceSpot.with({
      exchangeInfo: { rateLimits: [limit('HOUR', 1), limit('SECOND', 10)] },
    });
    expect(usage(live, { 'x-mbx-order-count-1d': '9', 'x-mbx-order-count-1m': '2' })).toEqual([
      { rule: 'ORDERS', used: 2, exact: false },
      { rule: 'ORDERS_1H', used: 9, exact: false },
    ]);
  });

  test('counts are exact if the interval is the rule’s', () => {
    const headers = {
      'x-mbx-used-weight-1m': '5',
      'x-mbx-order-count-10s': '1',
      'x-mbx-order-count-2d': '9',
    };
    const exact = usage(binanceSpot, headers).map((told) => [told.rule, told.exact]);
    expect(Object.fromEntries(exact)).toEqual({
      REQUEST_WEIGHT: true,
      ORDERS: true,
      ORDERS_1D: false,
    });
  });

  test('usage of another host is ignored', () => {
    const headers = { 'x-mbx-used-weight-1m': '5' };
    expect(usage(binanceSpot, headers, ['REQUEST_WEIGHT'])).toEqual([
      { rule: 'REQUEST_WEIGHT', used: 5, exact: true },
    ]);
    expect(usage(binanceSpot, headers, ['fapi:REQUEST_WEIGHT'])).toEqual([]);
  });
});

describe('headers that do not name their limit', () => {
  test('Bybit: the rule of the endpoint', () => {
    const headers = { 'X-Bapi-Limit': '10', 'X-Bapi-Limit-Status': '7' };
    const rules = ['IP', 'linear:POST /v5/order/create'];
    expect(usage(bybit, headers, rules)).toEqual([{ rule: rules[1], remaining: 7, limit: 10 }]);
    expect(usage(bybit, headers, ['IP'])).toEqual([]);
    expect(usage(bybit, headers)).toEqual([]);
    expect(usage(bybit, { 'X-Bapi-Limit-Status': 'x' }, rules)).toEqual([]);
  });

  test('KuCoin: the pool', () => {
    const headers = {
      'gw-ratelimit-limit': '4000',
      'gw-ratelimit-remaining': '3990',
      'gw-ratelimit-reset': '100',
    };
    const told = { rule: 'SPOT', remaining: 3990, limit: 4000 };
    expect(usage(kucoin, headers, ['SPOT'])).toEqual([{ ...told, resetIn: 100 }]);
    const { 'gw-ratelimit-reset': _, ...withoutReset } = headers;
    expect(usage(kucoin, withoutReset, ['SPOT'])).toEqual([told]);
    expect(usage(kucoin, headers, ['SPOT', 'FUTURES'])).toEqual([]);
    expect(usage(kucoin, headers)).toEqual([]);
    expect(usage(kucoin, {}, ['SPOT'])).toEqual([]);
  });
});

describe('bodies of refusals', () => {
  test.each([
    [bybit, { retCode: 10006, retMsg: 'Too many visits!' }, 200, { status: 429 }],
    [bybit, '{"retCode":10006,"retMsg":"Too many visits!"}', 200, { status: 429 }],
    [bybit, 'access too frequent', 403, { status: 418, retryAfter: 600_000 }],
    [bybit, { retCode: 10018 }, 200, { status: 418, retryAfter: 600_000 }],
    [bybit, 'Forbidden: not from your country', 403, undefined],
    [bybit, { retCode: 0 }, 200, undefined],
    [okx, { code: '50011', msg: 'Rate limit reached.' }, 200, { status: 429 }],
    [okx, { code: 50061 }, 200, { status: 429 }],
    [okx, { code: '0' }, 200, undefined],
    [kucoin, { code: '429000' }, 200, { status: 429 }],
    [kucoin, { code: '200000' }, 200, undefined],
    [kraken, { error: ['EAPI:Rate limit exceeded'] }, 200, { status: 429 }],
    [kraken, { error: ['EOrder:Rate limit exceeded'], result: {} }, 200, { status: 429 }],
    [kraken, { error: ['EGeneral:Too many requests'] }, 200, { status: 429 }],
    [
      kraken,
      { error: [`EService:Throttled: ${NOW / 1000 + 5}`] },
      200,
      { status: 429, retryAfter: 5000 },
    ],
    [
      kraken,
      { error: [`EService: Throttled: ${NOW / 1000 - 5}`] },
      200,
      { status: 429, retryAfter: 0 },
    ],
    [kraken, { error: ['EOrder:Insufficient funds'] }, 200, undefined],
    [kraken, { error: [] }, 200, undefined],
  ])('%o %j', (profile, body, status, verdict) => {
    const { of: _, ...told } = profile.body?.(body, status, NOW) ?? {};
    expect(told).toEqual(verdict ?? {});
  });

  test('name the rules of the endpoint, or those of all endpoints', () => {
    const used = (profile: ExchangeProfile, body: object, ids: string[]) =>
      ids.filter((id) => profile.body?.(body, 200)?.of?.(id));
    expect(used(bybit, { retCode: 10006 }, ['IP', 'spot:x'])).toEqual(['spot:x']);
    expect(used(okx, { code: '50011' }, ['ACCOUNT_ORDERS', '60/2s:x'])).toEqual(['60/2s:x']);
    expect(used(okx, { code: '50061' }, ['ACCOUNT_ORDERS', '60/2s:x'])).toEqual(['ACCOUNT_ORDERS']);
  });

  test.each([bybit, okx, kucoin, kraken])('%o reads no refusal in anything else', (profile) => {
    for (const body of [
      undefined,
      null,
      '',
      'x',
      '{',
      '[]',
      5,
      [],
      { error: 5 },
      { error: { length: 9 } },
      () => 1,
    ]) {
      expect(profile.body?.(body, 200, NOW)).toBeUndefined();
    }
  });
});
