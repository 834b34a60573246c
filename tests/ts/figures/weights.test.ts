import { describe, expect, test } from 'vitest';
import { compare } from '../../../scripts/figures/compare.mjs';
import { readWeight } from '../../../scripts/figures/sources/binance-weight.mjs';
import type { Charge, Ours } from '../../../scripts/figures/types.ts';

describe('weights in the texts of Binance', () => {
  const weights = (endpoint: string, about: string) =>
    readWeight(endpoint, about).map(({ params, weights }) => [params, weights]);

  test('flat ones, by address and by user', () => {
    const about = 'Transfer\n\nWeight(IP): 1\nWeight(UID): 360\n\nSecurity Type: USER_DATA';
    const [first] = weights('POST /sapi/v1/x', about);
    expect(first).toEqual([{}, { IP: 1, UID: 360 }]);
  });

  test('with requests a second besides', () => {
    const [first] = weights(
      'GET /sapi/v1/x',
      'Weight(UID): 18000 (10 requests per second)\n\nArgs:',
    );
    expect(first).toEqual([{}, { UID: 18_000, '10/s': 1 }]);
  });

  test('by limit, also where none is sent', () => {
    const about =
      'Weight: based on parameter `LIMIT`\n| LIMIT | weight |\n| [1,100) | 1 |\n| [100, 500) | 2 |\n| [500, 1000] | 5 |\n| > 1000 | 10 |';
    expect(weights('GET /fapi/v1/klines', about)).toEqual([
      [{ symbol: 'BTCUSDT', limit: 1 }, { IP: 1 }],
      [{ symbol: 'BTCUSDT', limit: 99 }, { IP: 1 }],
      [{ symbol: 'BTCUSDT', limit: 100 }, { IP: 2 }],
      [{ symbol: 'BTCUSDT', limit: 499 }, { IP: 2 }],
      [{ symbol: 'BTCUSDT', limit: 500 }, { IP: 5 }],
      [{ symbol: 'BTCUSDT', limit: 1000 }, { IP: 5 }],
      [{ symbol: 'BTCUSDT', limit: 1001 }, { IP: 10 }],
      [{ symbol: 'BTCUSDT' }, { IP: 5 }],
    ]);
  });

  test('with and without a symbol', () => {
    expect(
      weights(
        'GET /x',
        'Weight: **1** for a single symbol; **40** when the symbol parameter is omitted',
      ),
    ).toEqual([
      [{ symbol: 'BTCUSDT' }, { IP: 1 }],
      [{}, { IP: 40 }],
    ]);
  });

  test('of orders, by pool', () => {
    const about =
      'Weight: 1 on 10s order rate limit(X);\n1 on 1min order rate limit(Y);\n0 on IP rate limit(Z)';
    expect(weights('POST /fapi/v1/order', about)).toEqual([
      [{}, { ORDERS_10S: 1, ORDERS_1M: 1, IP: 0 }],
    ]);
  });

  test('after the merger of pools', () => {
    const about = 'Weight: 1 (after CM migration: 1 with `symbol` / 2 without `symbol`)';
    expect(weights('GET /dapi/v2/x', about)).toEqual([
      [{ symbol: 'BTCUSDT' }, { IP: 1 }],
      [{ pair: 'BTCUSD' }, { IP: 2 }],
      [{}, { IP: 2 }],
    ]);
  });

  test('a text that cannot be read is an error', () => {
    expect(() => readWeight('GET /x', 'Weight: as the moon stands')).toThrow('cannot be read');
  });

  test('a name with the word in it is no weight', () => {
    expect(readWeight('GET /x', 'Time-Weighted Average Price\nNo figure.')).toEqual([]);
  });
});

describe('the comparison', () => {
  const figure = (...charges: Charge[]) => ({
    source: 's 1',
    isVendor: false,
    profile: 'p',
    endpoint: 'GET /x',
    params: {},
    charges,
  });
  const ours = (...charges: Charge[]): Ours => ({
    by: 'profile',
    text: '',
    charges: charges.map((charge) => ({ rule: 'R', ...charge })),
    unknown: false,
  });
  const minute = { limit: 1200, interval: 60_000 };

  test.each([
    ['same', 1, { pool: 'IP', cost: 5, ...minute }, { pool: 'IP', cost: 5, ...minute }],
    ['dangerous', 5, { pool: 'IP', cost: 5, ...minute }, { pool: 'IP', cost: 1, ...minute }],
    ['careful', 0.5, { pool: 'IP', cost: 5, ...minute }, { pool: 'IP', cost: 10, ...minute }],
    [
      'other pool',
      Number.POSITIVE_INFINITY,
      { pool: 'UID', cost: 5, ...minute },
      { pool: 'IP', cost: 5, ...minute },
    ],
    // As fast in the long run, but twice as many at once.
    ['dangerous', 2, { cost: 1, limit: 6, interval: 1000 }, { cost: 1, limit: 12, interval: 2000 }],
    [
      'same',
      1,
      { cost: 1, limit: 6, interval: 1000, isSpeed: true },
      { cost: 1, limit: 12, interval: 2000 },
    ],
  ] as const)('%s, x%d', (verdict, times, says, charges) => {
    expect(compare(figure(says), ours(charges))).toMatchObject({ verdict, times });
  });

  test('nothing charged for what costs something is dangerous', () => {
    expect(compare(figure({ cost: 1, ...minute }), ours())).toMatchObject({ verdict: 'dangerous' });
    expect(compare(figure({ cost: 0, ...minute }), ours())).toMatchObject({ verdict: 'same' });
  });
});
