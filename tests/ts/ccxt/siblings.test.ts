// Exchanges that ccxt derives from others, under the names of all versions.

import newest, { type Exchange } from 'ccxt';
import { rollingWindow } from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot, binanceUs, okx } from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';
import { thrown } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';
import { call, useServer, VERSIONS } from './rig.ts';

const server = useServer();

/** The exchanges that `attachThrottler` knows, as the documentation lists them. */
const KNOWN = [
  'aster',
  'binance',
  'binancecoinm',
  'binanceus',
  'binanceusdm',
  'bitget',
  'bybit',
  'bybiteu',
  'bybitid',
  'coinbase',
  'coinbaseadvanced',
  'coinbaseexchange',
  'coinbasepro',
  'deribit',
  'gate',
  'gateeu',
  'gateio',
  'hyperliquid',
  'kraken',
  'krakenfutures',
  'kucoin',
  'kucoinfutures',
  'mexc',
  'myokx',
  'okex',
  'okex5',
  'okx',
  'okxus',
];

describe.each(VERSIONS)('with %s', (_name, ccxt) => {
  const ids = ccxt.exchanges as unknown as string[];

  test('each exchange is known or rejected with a remedy', () => {
    const known = ids.filter((id) => {
      const exchange = server.exchange(id, {}, ccxt);
      try {
        attachThrottler(exchange).detach();
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'throttler' });
        expect(String(error)).toContain(
          `given for ${id}, of which there is no profile: pass throttler`,
        );
        return false;
      }
    });
    expect(known.sort()).toEqual(KNOWN.filter((id) => ids.includes(id)));
  });

  test.each([
    ['binancecoinm', 'dapiPrivatePostOrder', { ORDERS: 1, ORDERS_1M: 1 }],
    ['binancecoinm', 'publicGetPing', { 'api:REQUEST_WEIGHT': 1, 'api:RAW_REQUESTS': 1 }],
    ['binanceus', 'publicGetDepth', { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1 }],
    [
      'binanceus',
      'privatePostOrder',
      { REQUEST_WEIGHT: 1, RAW_REQUESTS: 1, ORDERS: 1, ORDERS_1D: 1 },
    ],
  ])('%s.%s costs %j', async (id, name, cost) => {
    const throttler = new Watched([]);
    const exchange = server.exchange(id, {}, ccxt);
    attachThrottler(exchange, { throttler });
    await call(exchange, name, { symbol: 'A' });
    expect(throttler.asked.map((asked) => asked.cost)).toEqual([cost]);
  });
});

test('a class that ccxt derives from a known one names the profile in its remedy', () => {
  class Regional extends newest.okx {
    override describe() {
      return this.deepExtend(super.describe(), { id: 'regional' });
    }
  }
  const error = thrown(() => attachThrottler(new Regional()));
  expect(error.message).toBe(
    'throttler must be given for regional, of which there is no profile: pass throttler with its rules, and costs; or profile: okx, if its limits are those of okx, got undefined',
  );
});

test('a profile brings the plan of its exchange to a class of another name', async () => {
  class Regional extends newest.okx {
    override describe() {
      return this.deepExtend(super.describe(), { id: 'regional' });
    }
  }
  const throttler = new Watched([]);
  const exchange = server.direct(new Regional());
  attachThrottler(exchange, { throttler, profile: okx.with({ jitter: 10 }) });
  server.answers.push({ body: { code: '0' } });
  await call(exchange, 'publicGetMarketTicker', { instId: 'A' });
  expect(throttler.asked[0]?.cost).toEqual(
    okx.costs('GET', '/api/v5/market/ticker', { instId: 'A' }),
  );
});

test.each([
  ['myokx', 'okx', 'privatePostTradeOrder', { instId: 'A' }],
  ['okxus', 'okx', 'publicGetMarketTicker', { instId: 'A' }],
  ['bybiteu', 'bybit', 'privatePostV5OrderCreate', { category: 'spot' }],
  ['bybitid', 'bybit', 'publicGetV5MarketTickers', { category: 'spot' }],
])('%s costs what %s costs', async (id, other, name, params) => {
  const costs = await Promise.all(
    [id, other].map(async (each) => {
      const throttler = new Watched([]);
      const exchange = server.exchange(each);
      attachThrottler(exchange, { throttler });
      await call(exchange, name, params).catch(() => undefined);
      return throttler.asked[0]?.cost;
    }),
  );
  expect(costs[0]).toEqual(costs[1]);
  expect(costs[0]).toBeDefined();
});

describe('Binance.US', () => {
  type Groups = Record<string, Record<string, Record<string, { cost: number }>>>;
  const own = new newest.binanceus().api as Groups;
  const inherited = new newest.binance().api as Groups;
  const PATHS = {
    public: '/api/v3/',
    private: '/api/v3/',
    sapi: '/sapi/v1/',
    sapiV2: '/sapi/v2/',
    sapiV3: '/sapi/v3/',
  };

  test('weighs what ccxt has for it', () => {
    const compared: unknown[] = [];
    for (const [group, path] of Object.entries(PATHS)) {
      for (const [method, endpoints] of Object.entries(own[group] ?? {})) {
        for (const [name, { cost }] of Object.entries(endpoints)) {
          // Entries that ccxt inherits from Binance are in the units of Binance.
          if (JSON.stringify(inherited[group]?.[method]?.[name]) === JSON.stringify({ cost }))
            continue;
          if (!binanceUs.costs.has(method, path + name)) continue;
          const charged = binanceUs.costs(method, path + name, { symbol: 'A' });
          expect([name, charged.REQUEST_WEIGHT]).toEqual([name, cost]);
          compared.push(name);
        }
      }
    }
    expect(compared.length).toBeGreaterThan(85);
  });

  test('has its own limits', () => {
    const limits = binanceUs.rules.map((rule) => [
      rule.id,
      'limit' in rule && rule.limit,
      rule.scope,
    ]);
    expect(limits).toEqual([
      ['REQUEST_WEIGHT', 1200, undefined],
      ['RAW_REQUESTS', 6100, undefined],
      ['ORDERS', 100, 'account'],
      ['ORDERS_1D', 200_000, 'account'],
    ]);
  });

  test('counts requests of sapi under the rules of its host', async () => {
    const throttler = new Watched([]);
    const attached = server.exchange('binanceus');
    attachThrottler(attached, { throttler });
    await call(attached, 'sapiPostAssetDust');
    await call(attached, 'sapiPostCustodianOrder');
    await call(attached, 'sapiGetMarginAllAssets');
    expect(throttler.asked.map(({ cost }) => cost.REQUEST_WEIGHT)).toEqual([10, 1, 1]);
    expect(throttler.asked[1]?.cost.ORDERS).toBe(1);
  });
});

describe('exchanges that share a throttler', () => {
  const attach = (id: string, throttler: Watched): Exchange => {
    const exchange = server.exchange(id);
    attachThrottler(exchange, { throttler });
    return exchange;
  };

  test.each([
    ['binance', 'binanceusdm', 'fapiPublicGetPing', { 'fapi:REQUEST_WEIGHT': 1 }],
    ['binance', 'binancecoinm', 'dapiPublicGetPing', { 'fapi:REQUEST_WEIGHT': 1 }],
    ['binanceusdm', 'binance', 'publicGetPing', { 'api:REQUEST_WEIGHT': 1, 'api:RAW_REQUESTS': 1 }],
  ])('%s and then %s count under the ids of the first', async (first, second, name, cost) => {
    const throttler = new Watched([]);
    attach(first, throttler);
    const limits = Object.entries(throttler.getStatus()).map(([id, { capacity }]) => [
      id,
      capacity,
    ]);
    const exchange = attach(second, throttler);
    await call(exchange, name);
    expect(throttler.asked[0]?.cost).toEqual(cost);
    const now = Object.entries(throttler.getStatus()).map(([id, { capacity }]) => [id, capacity]);
    expect(now).toEqual(limits);
  });

  test('are rejected where the ids of their rules mean other limits', () => {
    const throttler = new Watched([]);
    attach('kraken', throttler);
    const error = thrown(() => attach('kucoin', throttler));
    expect(error.message).toBe(
      'throttler must be another one for kucoin: its rule PUBLIC is one of kraken, got an object',
    );
    expect(thrown(() => attach('coinbaseexchange', throttler))).toMatchObject({
      code: 'INVALID_CONFIG',
    });
    attach('okx', throttler);
    const other = new Watched([]);
    attach('binance', other);
    expect(thrown(() => attach('binanceus', other))).toMatchObject({ field: 'throttler' });
  });

  test('may be any where costs are one’s own', () => {
    const throttler = new Watched([rollingWindow({ id: 'ALL', limit: 5, interval: 1000 })]);
    attach('kraken', throttler);
    attachThrottler(server.exchange('kucoin'), { throttler, costs: () => ({ ALL: 1 }) });
  });
});

test('the profile of a sibling has the rules of the profile that was asked for', () => {
  const throttler = new Watched([]);
  attachThrottler(server.exchange('binance'), {
    throttler,
    profile: binanceSpot.with({ limits: { ORDERS: 7 } }),
  });
  expect(throttler.getStatus().ORDERS?.capacity).toBe(7);
});
