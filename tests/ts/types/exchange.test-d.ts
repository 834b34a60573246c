import ccxt from 'ccxt';
import { type HeaderReader, MultiThrottler, type Rule, type ThrottleCost } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import {
  type Answered,
  binanceSpot,
  bybit,
  type CostTable,
  costTable,
  type ExchangeProfile,
  rateLimitHeaders,
  retryAfter,
  rulesFromExchangeInfo,
  throttledFetch,
} from 'multi-throttler/exchange';
import { fetch as undiciFetch } from 'undici';
import { expectTypeOf, test } from 'vitest';

test('a table makes a function of costs', () => {
  const table = {
    default: { W: 1 },
    endpoints: {
      'GET /depth': { W: { byLimit: [[100, 5]], default: 5 }, R: 1 },
      'GET /ticker': { W: { noSymbol: 80, noCoin: 1 } },
      'POST /batch': { W: { perItem: ['orders', 1] } },
    },
  } satisfies CostTable;
  const costs: (method: string, path: string, params?: object) => ThrottleCost = costTable(table);
  expectTypeOf(costs('GET', '/depth')).toEqualTypeOf<ThrottleCost>();
  // @ts-expect-error a cost is no text
  costTable({ default: { W: '1' }, endpoints: {} });
});

test('a profile makes a throttler', () => {
  expectTypeOf(binanceSpot).toEqualTypeOf<ExchangeProfile>();
  expectTypeOf(binanceSpot.headers).toEqualTypeOf<HeaderReader>();
  new MultiThrottler(binanceSpot.rules, { headers: binanceSpot.headers });
  expectTypeOf(
    binanceSpot.with({ jitter: 250, limits: { REQUEST_WEIGHT: 1200 } }),
  ).toEqualTypeOf<ExchangeProfile>();
  // @ts-expect-error there is no such option
  binanceSpot.with({ delay: 5 });
});

test('an answer over a WebSocket is what report takes', () => {
  const throttler = new MultiThrottler(binanceSpot.rules, {
    headers: rateLimitHeaders({ permin: 'MINUTE' }),
  });
  const answer = binanceSpot.answer('{}', { ORDERS: 1 });
  expectTypeOf(answer).toEqualTypeOf<Answered | undefined>();
  if (answer) throttler.report({ ...answer, permit: undefined });
  // @ts-expect-error a rule is named by a text
  rateLimitHeaders({ permin: 5 });
});

test('rules of an exchangeInfo', () => {
  const rateLimits = [
    { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
  ] as const;
  expectTypeOf(rulesFromExchangeInfo(rateLimits, { algorithm: 'token-bucket' })).toEqualTypeOf<
    Rule[]
  >();
});

test('throttledFetch is a fetch', () => {
  const throttler = new MultiThrottler([]);
  expectTypeOf(throttledFetch(throttler, { costs: () => ({ W: 1 }) })).toEqualTypeOf<
    typeof fetch
  >();
  throttledFetch(throttler, {
    ...bybit,
    costs: (request) => bybit.costs(request.method, request.url),
  });
  throttledFetch(throttler, {
    costs: () => ({}),
    fetch: globalThis.fetch,
    priority: 'low',
    retries: 0,
  });
  throttledFetch(throttler, { profile: bybit, fetch: undiciFetch, onError: console.error });
  throttledFetch(throttler, {
    profile: bybit,
    maxWait: ({ method }) => (method === 'POST' ? 500 : undefined),
    prepare: async (input, init, attempt) => [
      `${input}?n=${attempt}`,
      { ...init, keepalive: true },
    ],
  });
  throttledFetch(throttler, { profile: bybit, prepare: (input) => [input] });
  // @ts-expect-error arguments are a pair
  throttledFetch(throttler, { profile: bybit, prepare: (input) => input });
});

test('retryAfter takes headers in any form', () => {
  expectTypeOf(retryAfter(new Headers())).toEqualTypeOf<number | undefined>();
  retryAfter({ 'retry-after': ['5'], date: undefined }, 0);
  retryAfter([['retry-after', '5']]);
});

test('an exchange of ccxt', () => {
  const attached = attachThrottler(new ccxt.binance(), {
    priority: (_api, method, path) =>
      method === 'POST' && path === 'order' ? 'critical' : undefined,
    costs: (_api, _method, _path, params, config) => ({
      ALL: config.cost ?? (params.limit ? 2 : 1),
    }),
  });
  expectTypeOf(attached.throttler).toEqualTypeOf<MultiThrottler>();
  expectTypeOf(attached.detach).toEqualTypeOf<() => void>();
  attachThrottler(new ccxt.pro.bybit());
  // @ts-expect-error no exchange
  attachThrottler({});
});
