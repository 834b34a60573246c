import { coinbaseAdvanced } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string, params?: object) {
  const [method = '', path = ''] = endpoint.split(' ');
  return coinbaseAdvanced.costs(method, path, params);
}

describe('costs', () => {
  test.each([
    ['GET /api/v3/brokerage/time', { PUBLIC: 1 }],
    ['GET /api/v3/brokerage/market/products/BTC-USD/candles', { PUBLIC: 1 }],
    ['GET /api/v3/brokerage/accounts', { PRIVATE: 1 }],
    ['POST /api/v3/brokerage/orders', { PRIVATE: 1 }],
    ['POST /api/v3/brokerage/orders/batch_cancel', { PRIVATE: 1 }],
    ['GET /api/v3/brokerage/orders/historical/11ab', { PRIVATE: 1 }],
    ['GET /v2/accounts/7/transactions', { APP: 1 }],
    ['POST /v2/accounts/7/transactions', { APP: 1 }],
    ['GET /v2/prices/BTC-USD/spot', { APP_PUBLIC: 1 }],
    ['GET /ws', { WS_CONNECTIONS: 1 }],
  ])('%s: %j', (endpoint, cost) => {
    expect(costOf(endpoint)).toEqual(cost);
  });

  test('market data to a user counts by user and by IP', () => {
    for (const path of ['best_bid_ask', 'product_book', 'products/BTC-USD/ticker']) {
      expect(costOf(`GET /api/v3/brokerage/${path}`)).toEqual({ PUBLIC: 1, PRIVATE: 1 });
    }
  });

  test('a message over a WebSocket costs nothing if it is signed', () => {
    const message = { type: 'subscribe', channel: 'ticker', product_ids: ['BTC-USD'] };
    expect(costOf('POST /ws', message)).toEqual({ WS_MESSAGES: 1 });
    expect(costOf('POST /ws', { ...message, jwt: 'token' })).toEqual({ WS_MESSAGES: 0 });
    expect(costOf('POST /ws', { ...message, signature: 'hmac' })).toEqual({ WS_MESSAGES: 0 });
  });

  test('unknown endpoints count by how they begin, and are reported once', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
    expect(costOf('GET /api/v3/brokerage/market/new')).toEqual({ PUBLIC: 1 });
    expect(costOf('POST /api/v3/brokerage/new')).toEqual({ PRIVATE: 1 });
    expect(costOf('POST /api/v3/brokerage/new')).toEqual({ PRIVATE: 1 });
    expect(costOf('GET /v2/new')).toEqual({ APP: 1 });
    expect(warn).toHaveBeenCalledTimes(3);
    warn.mockRestore();
  });
});

test('rules say whose requests they count', () => {
  for (const { id, scope } of coinbaseAdvanced.rules) {
    expect([id, scope]).toEqual([id, /^(PRIVATE|APP)$/.test(id) ? 'account' : 'ip']);
  }
});

describe('a body', () => {
  const read = (body: unknown, status = 429) => coinbaseAdvanced.body?.(body, status);

  test.each([
    [{ errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] }],
    ['{"errors":[{"id":"rate_limit_exceeded"}]}'],
    [{ error: 'rate_limit_exceeded' }],
    [{ error: 'RESOURCE_EXHAUSTED', error_details: '', message: '' }],
  ])('%j is a refusal, whatever its status', (body) => {
    expect(read(body)).toEqual({ status: 429 });
    expect(read(body, 200)).toEqual({ status: 429 });
  });

  test.each([
    { errors: [{ id: 'not_found', message: 'Not found' }] },
    { success: false, error_response: { error: 'INSUFFICIENT_FUND' } },
    { error: 'unauthorized' },
    { orders: [] },
    [],
    '',
    undefined,
  ])('%j is none', (body) => {
    expect(read(body, 400)).toBeUndefined();
  });
});
