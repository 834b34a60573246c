import { MultiThrottler } from 'multi-throttler';
import { okx, okxLeadRules } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string, params?: object) {
  const [method = '', path = ''] = endpoint.split(' ');
  return okx.costs(method, `/api/v5/${path}`, params);
}

const own = (speed: string, endpoint: string) => ({
  [`${speed}:${endpoint.replace(' ', ' /api/v5/')}`]: 1,
});

test.each([
  ['GET asset/currencies', '6/1s'],
  ['POST asset/withdrawal', '6/1s'],
  ['GET asset/asset-valuation', '1/1s'],
  ['GET asset/transfer-state', '10/1s'],
  ['GET account/bills', '5/1s'],
  ['POST trade/cancel-all-after', '1/1s'],
  ['GET trade/account-rate-limit', '1/1s'],
  ['GET market/exchange-rate', '1/2s'],
  ['GET market/books-lite', '6/1s'],
  ['GET market/history-trades', '20/2s'],
  ['GET market/books-rpi', '20/2s'],
  ['POST trade/easy-convert', '1/2s'],
  ['GET system/status', '1/5s'],
  ['GET public/economic-calendar', '1/5s'],
  ['POST rfq/mmp-config', '1/10s'],
  ['POST rfq/execute-quote', '2/3s'],
  ['POST finance/sfp/dcd/trade', '2/60s'],
  ['POST finance/sfp/dcd/quote', '10/60s'],
  ['POST asset/monthly-statement', '20/30d'],
  ['GET affiliate/invitee/detail', '3/1s'],
  ['POST sprd/mass-cancel', '10/2s'],
])('%s: %s', (endpoint, speed) => {
  expect(costOf(endpoint)).toEqual(own(speed, endpoint));
});

test('transfers are counted by currency', () => {
  expect(costOf('POST asset/transfer', { ccy: 'BTC' })).toEqual({
    '2/1s:POST /api/v5/asset/transfer:BTC': 1,
  });
});

describe('orders', () => {
  test('of options count by family, others by instrument', () => {
    const option = { instId: 'BTC-USD-261225-100000-C' };
    expect(costOf('POST trade/order', option)).toEqual({
      ACCOUNT_ORDERS: 1,
      '60/2s:POST /api/v5/trade/order:BTC-USD': 1,
    });
    for (const instId of ['BTC-USDT', 'BTC-USDT-SWAP', 'BTC-USD-261225']) {
      expect(costOf('POST trade/cancel-order', { instId })).toEqual({
        [`60/2s:POST /api/v5/trade/cancel-order:${instId}`]: 1,
      });
    }
  });

  test('a batch of one is a single order', () => {
    expect(costOf('POST trade/batch-orders', [{ instId: 'A-B-SWAP' }])).toEqual({
      ACCOUNT_ORDERS: 1,
      '60/2s:POST /api/v5/trade/order:A-B-SWAP': 1,
    });
    expect(costOf('POST trade/cancel-batch-orders', [{ instId: 'A-B' }])).toEqual({
      '60/2s:POST /api/v5/trade/cancel-order:A-B': 1,
    });
  });

  test('of spot and margin are exempt from the limit of the account', () => {
    const ofAccount = (endpoint: string, params: object) =>
      costOf(`POST trade/${endpoint}`, params).ACCOUNT_ORDERS;
    const contracts = ['BTC-USDT-SWAP', 'BTC-USD-261225', 'BTC-USD-261225-1-C'];
    for (const endpoint of ['order', 'amend-order']) {
      expect(ofAccount(endpoint, { instId: 'BTC-USDT', tdMode: 'cross' })).toBe(0);
      for (const instId of contracts) expect(ofAccount(endpoint, { instId })).toBe(1);
      // By number alone, as `instIdCode`, they cannot be told apart.
      expect(ofAccount(endpoint, { instIdCode: 7 })).toBe(1);
    }
    const batch = ['BTC-USDT', ...contracts, 'ETH-USDT'].map((instId) => ({ instId }));
    expect(ofAccount('batch-orders', batch)).toBe(3);
    expect(ofAccount('batch-orders', [{ instId: 'BTC-USDT' }])).toBe(0);
  });

  test('of algos count by instrument', () => {
    expect(costOf('POST trade/order-algo', { instId: 'BTC-USDT-SWAP' })).toEqual({
      '20/2s:POST /api/v5/trade/order-algo:BTC-USDT-SWAP': 1,
    });
  });

  test('of instruments that the account leads are slower', () => {
    const throttler = new MultiThrottler([...okx.rules, ...okxLeadRules(['BTC-USDT-SWAP'])]);
    const granted = (endpoint: string, params: object) => {
      let count = 0;
      while (count < 100 && throttler.tryThrottle(costOf(`POST trade/${endpoint}`, params)))
        count++;
      return count;
    };
    const led = { instId: 'BTC-USDT-SWAP' };
    const own = { instId: 'ETH-USDT-SWAP' };
    expect(['order', 'amend-order'].map((endpoint) => granted(endpoint, led))).toEqual([4, 4]);
    expect(granted('batch-orders', [led, led])).toBe(2);
    expect(granted('amend-batch-orders', [led, led, own])).toBe(2);
    expect(granted('order-algo', led)).toBe(1);
    expect(granted('cancel-order', led)).toBe(60);
    expect([granted('order', own), granted('order-algo', own)]).toEqual([60, 20]);
    throttler.close();
  });

  test('a batch of more is a batch, also of several strikes of one family', () => {
    const strikes = ['BTC-USD-261225-1-C', 'BTC-USD-261225-2-P', 'ETH-USD-261225-1-C'];
    const batch = strikes.map((instId) => ({ instId }));
    expect(costOf('POST trade/amend-batch-orders', batch)).toEqual({
      ACCOUNT_ORDERS: 3,
      '300/2s:POST /api/v5/trade/amend-batch-orders:BTC-USD': 2,
      '300/2s:POST /api/v5/trade/amend-batch-orders:ETH-USD': 1,
    });
  });
});

test('an unknown endpoint is slow, and by itself', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(costOf('POST new/thing')).toEqual(own('2/2s', 'POST new/thing'));
  warn.mockRestore();
});

test('public endpoints are limits of an address, others of an account', () => {
  const throttler = new MultiThrottler(okx.rules);
  const familyOf = (id: string) =>
    okx.rules
      .filter((rule) => rule.id.endsWith('*') && id.startsWith(rule.id.slice(0, -1)))
      .sort((a, b) => b.id.length - a.id.length)[0];
  expect(familyOf('20/2s:GET /api/v5/market/ticker')?.scope).toBeUndefined();
  expect(familyOf('10/2s:GET /api/v5/account/balance')?.scope).toBe('account');
  for (let i = 0; i < 20; i++)
    expect(throttler.tryThrottle(costOf('GET market/ticker'))).toBe(true);
  expect(throttler.tryThrottle(costOf('GET market/ticker'))).toBe(false);
  throttler.close();
});

test('a tier has its own limit of orders', () => {
  const limit = (tier: string) =>
    okx.with({ tier }).rules.find(({ id }) => id === 'ACCOUNT_ORDERS');
  expect(limit('tier4')).toMatchObject({ limit: 1750 });
  expect(limit('tier8')).toMatchObject({ limit: 10_000 });
  expect(() => okx.with({ tier: 'vip1' })).toThrow('tier must be one of tier1, tier2');
});
