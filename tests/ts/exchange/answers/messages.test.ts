import { MultiThrottler } from 'multi-throttler';
import {
  asterFutures,
  binanceSpot,
  binanceUsdm,
  bybit,
  coinbaseExchange,
  type ExchangeProfile,
  kraken,
  kucoin,
  okx,
  retryAfter,
} from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { Watched } from '../../support/recorder.ts';
import { BINANCE, BYBIT, KRAKEN, KUCOIN, OKX } from './messages.ts';

const ORDER = { 'linear:POST /v5/order/create': 1 };
const BATCH = { ACCOUNT_ORDERS: 2, '300/2s:POST /api/v5/trade/batch-orders:BTC-USDT': 2 };

/** Returns the status of a response, the rules that it names, and the usage in it. */
function told(profile: ExchangeProfile, message: unknown, cost?: Record<string, number>) {
  const answer = profile.answer(message, cost);
  if (answer === undefined) return undefined;
  const { status, headers, rules } = answer;
  const usage = profile.headers(headers, status, rules);
  return {
    status,
    rules,
    usage: Object.fromEntries(usage.map(({ rule, ...rest }) => [rule, rest])),
  };
}

describe('Binance', () => {
  test('counts are those of its headers', () => {
    expect(told(binanceSpot, BINANCE.order)).toEqual({
      status: 200,
      rules: undefined,
      usage: {
        ORDERS: { used: 12, exact: true },
        ORDERS_1D: { used: 4043, exact: true },
        REQUEST_WEIGHT: { used: 321, exact: true },
      },
    });
    expect(told(binanceUsdm, BINANCE.failed)).toEqual({
      status: 400,
      rules: undefined,
      usage: { ORDERS: { used: 13, exact: true }, REQUEST_WEIGHT: { used: 322, exact: true } },
    });
  });

  test.each([0, 99, 1000, -200, 200.5, Number.NaN, '200', [200], null])(
    '%j is no status',
    (status) => {
      expect(binanceSpot.answer({ ...BINANCE.order, status })).toBe(undefined);
    },
  );

  test('a ban lasts as long as it says, by the clock of the server', () => {
    const answer = binanceSpot.answer(BINANCE.banned);
    expect(answer).toMatchObject({ status: 418, rules: undefined });
    expect(retryAfter(answer?.headers as Headers, 0)).toBe(1659146400000 - 1659142907531);
    const { serverTime, ...data } = BINANCE.banned.error.data;
    const unsaid = binanceSpot.answer({ ...BINANCE.banned, error: { data } });
    expect(retryAfter(unsaid?.headers as Headers, serverTime)).toBe(1659146400000 - serverTime);
  });

  test('the server time is read, in microseconds too', () => {
    const date = 'Tue, 28 Jun 2022 07:15:27 GMT';
    expect(binanceSpot.answer(BINANCE.time)?.headers.get('date')).toBe(date);
    const micros = { ...BINANCE.time, result: { serverTime: 1656400527891_000 } };
    expect(binanceSpot.answer(micros)?.headers.get('date')).toBe(date);
    const until = { serverTime: 1656400527_000_000, retryAfter: 1656400529_500_000 };
    const refused = binanceSpot.answer({ status: 429, error: { data: until } });
    expect(retryAfter(refused?.headers as Headers)).toBe(2500);
    expect(binanceSpot.answer(BINANCE.order)?.headers.get('date')).toBeNull();
  });

  test('a refusal pauses all rules, or those of the request', () => {
    const refused = { ...BINANCE.banned, status: 429 };
    expect(binanceSpot.answer(refused, { ORDERS: 1 })?.rules).toBeUndefined();
    expect(binanceSpot.answer(refused, { ORDERS: 1, RAW_REQUESTS: 0 }, 'charged')?.rules).toEqual([
      'ORDERS',
    ]);
  });

  test.each([
    ['no list', {}],
    ['entries that are none', [null, 5, 'x', {}, []]],
    [
      'an unknown type',
      [{ rateLimitType: 'CONNECTIONS', interval: 'MINUTE', intervalNum: 5, count: 7 }],
    ],
    [
      'a type from a prototype',
      [{ rateLimitType: 'toString', interval: 'MINUTE', intervalNum: 1, count: 7 }],
    ],
    ['no interval', [{ rateLimitType: 'ORDERS', count: 7 }]],
    ['no count', [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1 }]],
  ])('usage is left out: %s', (_, rateLimits) => {
    expect(told(binanceSpot, { status: 200, rateLimits })).toEqual({
      status: 200,
      rules: undefined,
      usage: {},
    });
  });

  test.each([null, true, '', 'soon', {}, Number.NaN])('a time of %j is ignored', (time) => {
    const answer = binanceSpot.answer({
      status: 429,
      error: { data: { serverTime: time, retryAfter: time } },
    });
    expect(answer?.headers.get('date')).toBeNull();
    expect(retryAfter(answer?.headers as Headers)).toBeUndefined();
  });
});

describe('Bybit', () => {
  test('its header is read as over HTTP, for the rule of the request', () => {
    expect(told(bybit, BYBIT.order, ORDER)).toEqual({
      status: 200,
      rules: Object.keys(ORDER),
      usage: { 'linear:POST /v5/order/create': { remaining: 9, limit: 10 } },
    });
    expect(bybit.answer(BYBIT.order)?.headers.get('date')).toBe('Thu, 21 Mar 2024 06:13:15 GMT');
    expect(told(bybit, BYBIT.order)).toEqual({ status: 200, rules: undefined, usage: {} });
  });

  test.each([10006, 10403, 10429])('code %d is a refusal', (retCode) => {
    expect(told(bybit, { ...BYBIT.order, retCode, header: {} }, ORDER)).toMatchObject({
      status: 429,
      rules: Object.keys(ORDER),
    });
    // The request of this response is unknown, so all rules pause.
    expect(told(bybit, { ...BYBIT.order, retCode })?.rules).toBeUndefined();
  });

  test('other codes are no success', () => {
    expect(told(bybit, { ...BYBIT.order, retCode: 170131 })?.status).toBe(400);
  });
});

describe('OKX', () => {
  test.each([
    ['0', '0', 200, undefined],
    ['1', '51008', 400, undefined],
    ['2', '51008', 200, undefined],
    ['50011', '', 429, ['300/2s:POST /api/v5/trade/batch-orders:BTC-USDT']],
    ['1', '50011', 429, ['300/2s:POST /api/v5/trade/batch-orders:BTC-USDT']],
    ['2', '50061', 429, ['ACCOUNT_ORDERS']],
  ])('code %s, of an order %s: status %d', (code, sCode, status, rules) => {
    const answer = { ...OKX.order, code, data: [{ sCode: '0' }, { sCode }] };
    expect(told(okx, answer, BATCH)).toEqual({
      status,
      rules: rules ?? Object.keys(BATCH),
      usage: {},
    });
  });
});

describe('Kraken', () => {
  test.each([
    ['order', 200],
    ['refused', 429],
    ['version1', 200],
    ['refused1', 429],
  ] as const)('%s: status %d', (name, status) => {
    expect(told(kraken, KRAKEN[name], { 'TRADING:XBTUSD': 1 })).toEqual({
      status,
      rules: ['TRADING:XBTUSD'],
      usage: {},
    });
  });

  test('other errors are no refusals', () => {
    expect(told(kraken, { ...KRAKEN.refused, error: 'EOrder:Insufficient funds' })?.status).toBe(
      400,
    );
  });
});

describe('KuCoin', () => {
  test('remaining and reset of the pool are read', () => {
    const usage = { FUTURES: { remaining: 1528, limit: 1600, resetIn: 15244 } };
    expect(told(kucoin, KUCOIN.order, { FUTURES: 2 })).toEqual({
      status: 200,
      rules: ['FUTURES'],
      usage,
    });
    const { rateLimit, ...order } = KUCOIN.order;
    const renamed = { ...order, userRateLimit: rateLimit };
    expect(told(kucoin, renamed, { FUTURES: 2 })).toEqual({
      status: 200,
      rules: ['FUTURES'],
      usage,
    });
  });

  test('a refusal', () => {
    expect(told(kucoin, { ...KUCOIN.order, code: '429000' }, { FUTURES: 2 })?.status).toBe(429);
    expect(told(kucoin, { ...KUCOIN.order, code: '400100' }, { FUTURES: 2 })?.status).toBe(400);
  });
});

describe('a message', () => {
  const message = BINANCE.order;

  test('may be a text, bytes, or parsed', () => {
    const text = JSON.stringify(message);
    const bytes = new TextEncoder().encode(text);
    for (const form of [text, bytes, bytes.buffer, Buffer.from(text), new DataView(bytes.buffer)]) {
      expect(told(binanceSpot, form)).toEqual(told(binanceSpot, message));
    }
  });

  test('may be long', () => {
    const { rateLimits, ...before } = message;
    const long = JSON.stringify({ ...before, result: 'x'.repeat(50_000), rateLimits });
    expect(told(binanceSpot, long)).toEqual(told(binanceSpot, message));
  });

  test.each([
    [binanceSpot, BINANCE.event],
    [bybit, BYBIT.auth],
    [bybit, BYBIT.pong],
    [okx, OKX.login],
    [okx, OKX.illegal],
    [kraken, KRAKEN.subscribed],
    [kraken, { channel: 'heartbeat' }],
    [kucoin, KUCOIN.pong],
    // They take no orders over WebSockets.
    [asterFutures, BINANCE.order],
    [coinbaseExchange, BINANCE.order],
  ])('that answers no request under a limit is none: %o %j', (profile, other) => {
    expect(profile.answer(other)).toBeUndefined();
    expect(profile.answer(JSON.stringify(other))).toBeUndefined();
  });

  test.each([
    undefined,
    null,
    5,
    '',
    'pong',
    '{"status":200',
    '[]',
    [],
    {},
    { status: '200' },
    { status: 1.5 },
  ])('that is none: %j', (other) => {
    for (const profile of [binanceSpot, binanceUsdm, bybit, okx, kraken, kucoin]) {
      expect(profile.answer(other)).toBeUndefined();
    }
  });

  test('a profile with other limits reads as well', () => {
    const mine = binanceSpot.with({ limits: { REQUEST_WEIGHT: 1200 } });
    expect(told(mine, message)).toEqual(told(binanceSpot, message));
  });
});

describe('in a throttler', () => {
  test('usage counts and a refusal pauses', async () => {
    const throttler = new Watched(binanceSpot.rules, { headers: binanceSpot.headers });
    const cost = { REQUEST_WEIGHT: 1, ORDERS: 1 };
    const permit = await throttler.acquire(cost);
    throttler.report({ ...(binanceSpot.answer(BINANCE.order, cost) ?? { status: 0 }), permit });
    permit.release();
    expect([throttler.left('REQUEST_WEIGHT'), throttler.left('ORDERS')]).toEqual([
      6000 - 321,
      100 - 12,
    ]);
    const refused = { status: 429, error: { data: { serverTime: 1e12, retryAfter: 1e12 + 7000 } } };
    throttler.report(binanceSpot.answer(refused) ?? { status: 0 });
    expect(throttler.estimateWait(cost)).toBe(7000);
  });

  test('an order over a WebSocket of Bybit is known to the account’s next one', () => {
    const throttler = new MultiThrottler(bybit.rules, { headers: bybit.headers });
    const answer = {
      ...BYBIT.order,
      header: { ...BYBIT.order.header, 'X-Bapi-Limit-Status': '2' },
    };
    throttler.report(bybit.answer(answer, ORDER) ?? { status: 0 });
    expect(throttler.getStatus()['linear:POST /v5/order/create']?.tokens).toBe(2);
  });
});
