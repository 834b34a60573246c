// The examples of the document of ccxt's multi-rule throttler. Its test results are in
// tests/ts/throttler/ccxt-scenarios.test.ts.

import { type IntervalType, MultiThrottler, ThrottleRule } from 'multi-throttler';
import { rulesFromExchangeInfo } from 'multi-throttler/exchange';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { refusal, tokens } from '../support/helpers.ts';

const binanceRules = () => [
  new ThrottleRule('RAW_REQUESTS', 6000, 6000 / (60 * 1000), 6000, 'MINUTE', 1),
  new ThrottleRule('REQUEST_WEIGHT', 1200, 1200 / (60 * 1000), 1200, 'MINUTE', 1),
  new ThrottleRule('ORDERS', 100, 100 / (10 * 1000), 100, 'SECOND', 10),
];

test('basic usage with one rule', async () => {
  const clock = new VirtualClock();
  const rules = [new ThrottleRule('requests', 10, 1 / 100, 10, 'MINUTE', 1)];
  const throttler = new MultiThrottler(rules, { clock });
  await throttler.throttle({ requests: 1 });
  expect(tokens(throttler)).toEqual({ requests: 9 });
});

test('several rules in the style of Binance', async () => {
  const throttler = new MultiThrottler(binanceRules(), { clock: new VirtualClock() });
  // Order placement request
  await throttler.throttle({ RAW_REQUESTS: 1, REQUEST_WEIGHT: 5, ORDERS: 1 });
  expect(tokens(throttler)).toEqual({ RAW_REQUESTS: 5999, REQUEST_WEIGHT: 1195, ORDERS: 99 });
  // Data request (no order limit applies)
  await throttler.throttle({ RAW_REQUESTS: 1, REQUEST_WEIGHT: 2 });
  expect(tokens(throttler)).toEqual({ RAW_REQUESTS: 5998, REQUEST_WEIGHT: 1193, ORDERS: 99 });
});

test('rules are added and removed while running', async () => {
  const throttler = new MultiThrottler<string>(binanceRules(), { clock: new VirtualClock() });
  throttler.addRule(new ThrottleRule('SPECIAL_API', 50, 1 / 2000, 50, 'HOUR', 1));
  await throttler.throttle({ SPECIAL_API: 1 });
  expect(throttler.getStatus().SPECIAL_API?.tokens).toBe(49);
  expect(throttler.removeRule('SPECIAL_API')).toBe(true);
  for (let n = 0; n < 5; n++) await throttler.throttle({ RAW_REQUESTS: 1, REQUEST_WEIGHT: 1 });
  await throttler.throttle({ ORDERS: 1 });
  const status = Object.entries(throttler.getStatus()).map(([id, { utilization, ...rest }]) => [
    id,
    { ...rest, utilization: Math.round(utilization * 1e4) / 1e4 },
  ]);
  expect(Object.fromEntries(status)).toEqual({
    RAW_REQUESTS: { tokens: 5995, capacity: 6000, utilization: 0.0008 },
    REQUEST_WEIGHT: { tokens: 1195, capacity: 1200, utilization: 0.0042 },
    ORDERS: { tokens: 99, capacity: 100, utilization: 0.01 },
  });
});

const rateLimits = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1200 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
] as const;

test('rateLimits of exchangeInfo become rules', () => {
  const made = rulesFromExchangeInfo(rateLimits, { algorithm: 'token-bucket', jitter: 0 });
  const written = [
    new ThrottleRule('REQUEST_WEIGHT', 1200, 1200 / (60 * 1000), 1200, 'MINUTE', 1),
    new ThrottleRule('ORDERS', 100, 100 / (10 * 1000), 100, 'SECOND', 10),
  ];
  expect(made).toMatchObject(
    written.map(({ id, capacity, refillRate }) => ({ id, capacity, refillRate })),
  );
});

test('a full queue and an unknown rule reject with the texts of the document', async () => {
  const throttler = new MultiThrottler<string>(binanceRules(), { clock: new VirtualClock() });
  await throttler.throttle({ ORDERS: 100 });
  for (let n = 0; n < 2000; n++) throttler.throttle({ ORDERS: 1 }).catch(() => {});
  expect((await refusal(throttler.throttle({ ORDERS: 1 }))).message).toBe(
    'Throttle queue is over maxCapacity (2000), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526',
  );
  expect((await refusal(throttler.throttle({ INVALID_COST: 1 }))).message).toBe(
    'Unknown throttle rule: INVALID_COST. Available rules: RAW_REQUESTS, REQUEST_WEIGHT, ORDERS',
  );
  throttler.close();
});

test('a refusal with Retry-After pauses, so nothing sleeps in the program', async () => {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler(binanceRules(), { clock });
  throttler.report({ status: 429, headers: { 'Retry-After': '7' } });
  expect(await clock.until(throttler.throttle({ ORDERS: 1 }))).toBeCloseTo(7000, 6);
});

test('single throttler moves to a rule of the name default', async () => {
  const clock = new VirtualClock();
  const [capacity, refillRate] = [1, 1 / 50];
  const rules = [new ThrottleRule('default', capacity, refillRate, capacity, 'MINUTE', 1)];
  const multiThrottler = new MultiThrottler(rules, { clock });
  await multiThrottler.throttle({ default: 1 });
  expect(await clock.until(multiThrottler.throttle({ default: 1 }))).toBe(50);
});

test('an exchange makes its throttler of its rate limits', async () => {
  const clock = new VirtualClock();
  const unit: { [U in IntervalType]: number } = {
    SECOND: 1000,
    MINUTE: 60_000,
    HOUR: 3_600_000,
    DAY: 86_400_000,
  };
  const exchange = {
    api: { rateLimits },
    getIntervalMs: (interval: IntervalType, num: number) => unit[interval] * num,
    getEndpointWeight: (path: string) => (path === 'depth' ? 50 : 1),
    isOrderEndpoint: (path: string) => path === 'order',
    initMultiThrottler() {
      const rules = this.api.rateLimits.map(
        (limit) =>
          new ThrottleRule(
            limit.rateLimitType,
            limit.limit,
            limit.limit / this.getIntervalMs(limit.interval, limit.intervalNum),
            limit.limit,
            limit.interval,
            limit.intervalNum,
          ),
      );
      rules.push(new ThrottleRule('RAW_REQUESTS', 6000, 6000 / 60_000));
      return new MultiThrottler<string>(rules, { clock });
    },
  };
  const multiThrottler = exchange.initMultiThrottler();
  for (const path of ['depth', 'order', 'time']) {
    await multiThrottler.throttle({
      REQUEST_WEIGHT: exchange.getEndpointWeight(path),
      RAW_REQUESTS: 1,
      ...(exchange.isOrderEndpoint(path) && { ORDERS: 1 }),
    });
  }
  expect(tokens(multiThrottler)).toEqual({ REQUEST_WEIGHT: 1148, ORDERS: 99, RAW_REQUESTS: 5997 });
});
