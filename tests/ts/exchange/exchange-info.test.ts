import { fixedWindow, MultiThrottler, rollingWindow, tokenBucket } from 'multi-throttler';
import { type RateLimit, rulesFromExchangeInfo } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { thrown } from '../support/helpers.ts';

/** `rateLimits` of Binance's spot exchangeInfo. */
const SPOT: RateLimit[] = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
  { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200_000 },
  { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
];

test('limits become fixed windows with ids of their own', () => {
  expect(rulesFromExchangeInfo(SPOT)).toEqual([
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000, jitter: 250 }),
    fixedWindow({ id: 'ORDERS', limit: 100, interval: 10_000, jitter: 250 }),
    fixedWindow({ id: 'ORDERS_1D', limit: 200_000, interval: 86_400_000, jitter: 250 }),
    fixedWindow({ id: 'RAW_REQUESTS', limit: 61_000, interval: 300_000, jitter: 250 }),
  ]);
  expect(() => new MultiThrottler(rulesFromExchangeInfo(SPOT))).not.toThrow();
});

test('the shortest interval keeps the name, in any order', () => {
  const limits: RateLimit[] = [
    { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1200 },
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
    { rateLimitType: 'ORDERS', interval: 'HOUR', intervalNum: 2, limit: 9000 },
  ];
  const ids = (list: RateLimit[]) => rulesFromExchangeInfo(list).map(({ id }) => id);
  expect(ids(limits)).toEqual(['ORDERS_1M', 'ORDERS', 'ORDERS_2H']);
  expect(ids([...limits].reverse())).toEqual(['ORDERS_2H', 'ORDERS', 'ORDERS_1M']);
});

test('the lower of two limits in 60 s and in a minute counts', () => {
  const twice: RateLimit[] = [
    { rateLimitType: 'W', interval: 'MINUTE', intervalNum: 1, limit: 10 },
    { rateLimitType: 'W', interval: 'MINUTE', intervalNum: 1, limit: 5 },
    { rateLimitType: 'W', interval: 'SECOND', intervalNum: 60, limit: 7 },
  ];
  expect(rulesFromExchangeInfo(twice)).toEqual([
    fixedWindow({ id: 'W', limit: 5, interval: 60_000, jitter: 250 }),
  ]);
});

test('algorithm and jitter can be chosen', () => {
  const second: RateLimit[] = [
    { rateLimitType: 'W', interval: 'SECOND', intervalNum: 1, limit: 20 },
  ];
  expect(rulesFromExchangeInfo(second, { algorithm: 'rolling-window' })).toEqual([
    rollingWindow({ id: 'W', limit: 20, interval: 1000, jitter: 50 }),
  ]);
  expect(rulesFromExchangeInfo(second, { algorithm: 'token-bucket', jitter: 10 })).toEqual([
    tokenBucket({ id: 'W', capacity: 20, refillRate: 0.02, jitter: 10 }),
  ]);
  expect(rulesFromExchangeInfo(second, { jitter: 0 })[0]).toMatchObject({ jitter: 0 });
});

describe('invalid values are named', () => {
  test.each([
    [undefined, 'rateLimits must be a list, got undefined'],
    [[], 'rateLimits.length must be 1 or more, got 0'],
    [[null], 'rateLimits[0] must be an object, got null'],
    [[SPOT[0], {}], 'rateLimits[1].rateLimitType must be a text, got undefined'],
    [[{ ...SPOT[0], interval: 'WEEK' }], 'rateLimits[0].interval must be one of'],
    [[{ ...SPOT[0], interval: '__proto__' }], 'rateLimits[0].interval must be one of'],
    [
      [{ ...SPOT[0], intervalNum: 0 }],
      'rateLimits[0].intervalNum must be a whole number above 0, got 0',
    ],
    [[{ ...SPOT[0], intervalNum: '1' }], 'got "1"'],
    [[{ ...SPOT[0], limit: Number.NaN }], 'rateLimits[0].limit must be a number above 0, got NaN'],
    [[{ ...SPOT[0], limit: -5 }], 'got -5'],
  ])('%j', (limits, text) => {
    const error = thrown(() => rulesFromExchangeInfo(limits as never));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining(text) });
  });

  test('options', () => {
    expect(() => rulesFromExchangeInfo(SPOT, { algorithm: 'sliding' as never })).toThrow(
      'got "sliding"',
    );
    expect(() => rulesFromExchangeInfo(SPOT, { jitter: -1 })).toThrow('jitter must be');
    expect(() => rulesFromExchangeInfo(SPOT, { jiter: 5 } as object)).toThrow(
      'unknown field "jiter" for rulesFromExchangeInfo options; known fields: algorithm, jitter',
    );
  });
});
