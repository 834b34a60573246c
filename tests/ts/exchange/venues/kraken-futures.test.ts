import { krakenFutures } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';

function costOf(endpoint: string, params?: object | string) {
  const [method = '', path = ''] = endpoint.split(' ');
  return krakenFutures.costs(
    method,
    path.startsWith('/') ? path : `/derivatives/api/v3/${path}`,
    params,
  );
}

describe('trading', () => {
  test.each([
    ['POST orders/status', 1],
    ['GET accounts', 2],
    ['GET openpositions', 2],
    ['GET openorders', 2],
    ['GET leveragepreferences', 2],
    ['GET pnlpreferences', 2],
    ['PUT self-trade-strategy', 2],
    ['PUT subaccount/7/trading-enabled', 2],
    ['POST sendorder', 10],
    ['POST editorder', 10],
    ['POST cancelorder', 10],
    ['POST transfer', 10],
    ['POST transfer/subaccount', 10],
    ['PUT leveragepreferences', 10],
    ['PUT pnlpreferences', 10],
    ['POST cancelallorders', 25],
    ['POST cancelallordersafter', 25],
    ['POST withdrawal', 100],
    ['GET unwindqueue', 200],
    // Of no documented cost.
    ['GET recentorders', 10],
    ['GET transfers', 10],
  ])('%s costs %i', (endpoint, cost) => {
    expect(costOf(endpoint)).toEqual({ DERIVATIVES: cost });
  });

  test('fills since a time cost more', () => {
    expect(costOf('GET fills')).toEqual({ DERIVATIVES: 2 });
    expect(costOf('GET fills', { lastFillTime: '2026-11-30T00:00:00.000Z' })).toEqual({
      DERIVATIVES: 25,
    });
    expect(costOf('GET fills?lastFillTime=2026-11-30')).toEqual({ DERIVATIVES: 25 });
  });

  test('a batch costs 9 and 1 for each instruction, however it is sent', () => {
    const batch = { batchOrder: Array(10).fill({ order: 'cancel', order_id: '1' }) };
    const json = JSON.stringify(batch);
    expect(costOf('POST batchorder', batch)).toEqual({ DERIVATIVES: 19 });
    expect(costOf('POST batchorder', json)).toEqual({ DERIVATIVES: 19 });
    expect(costOf('POST batchorder', { json })).toEqual({ DERIVATIVES: 19 });
    expect(costOf('POST batchorder', `json=${json}`)).toEqual({ DERIVATIVES: 19 });
    const form = new URLSearchParams({ json });
    expect(costOf('POST batchorder', form.toString())).toEqual({ DERIVATIVES: 19 });
    expect(costOf('POST batchorder', { batchOrder: [{}] })).toEqual({ DERIVATIVES: 10 });
  });

  test('a batch that cannot be read counts as ten instructions', () => {
    expect(costOf('POST batchorder')).toEqual({ DERIVATIVES: 19 });
  });
});

describe('history', () => {
  test.each([
    ['GET /api/history/v3/orders', 1],
    ['GET /api/history/v2/executions', 1],
    ['GET /api/history/v3/triggers', 1],
    ['GET /api/history/v2/accountlogcsv', 6],
    ['GET /api/history/v3/positions', 10],
  ])('%s costs %i', (endpoint, cost) => {
    expect(costOf(endpoint)).toEqual({ HISTORY: cost });
  });

  test.each([
    [undefined, 3],
    [1, 1],
    [25, 1],
    [26, 2],
    [50, 2],
    [500, 3],
    [1000, 3],
    [1001, 6],
    [5000, 6],
    [5001, 10],
    ['many', 10],
  ])('an account log of %s entries costs %i', (count, cost) => {
    expect(costOf('GET /api/history/v3/account-log', { count })).toEqual({ HISTORY: cost });
  });
});

test.each([
  'GET tickers',
  'GET tickers/PF_XBTUSD',
  'GET instruments/PF_XBTUSD/status',
  'GET /derivatives/api/v4/historicalfundingrates',
  'GET /api/charts/v1/trade/PF_XBTUSD/1h',
  'GET /api/history/v3/market/PF_XBTUSD/executions',
])('%s is public and free', (endpoint) => {
  expect(costOf(endpoint)).toEqual({ DERIVATIVES: 0 });
});

test('unknown endpoints count as the dearest common one, and are reported once', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(costOf('POST new')).toEqual({ DERIVATIVES: 10 });
  expect(costOf('POST new')).toEqual({ DERIVATIVES: 10 });
  expect(costOf('GET /api/history/v3/new')).toEqual({ HISTORY: 10 });
  expect(warn).toHaveBeenCalledTimes(2);
  warn.mockRestore();
});

test('rules say whose requests they count', () => {
  for (const { id, scope } of krakenFutures.rules) {
    expect([id, scope]).toEqual([id, id === 'WS_MESSAGES' ? 'ip' : 'account']);
  }
});

describe('a body', () => {
  const read = (body: unknown, status = 200) => krakenFutures.body?.(body, status);

  test.each([
    [{ result: 'error', error: 'apiLimitExceeded', serverTime: '2026-11-30T00:00:00.000Z' }],
    ['{"result":"error","error":"apiLimitExceeded"}'],
    [{ errors: [{ code: 1, message: 'apiLimitExceeded' }] }],
  ])('%j is a refusal', (body) => {
    expect(read(body)).toEqual({ status: 429 });
  });

  test.each([
    { result: 'success', sendStatus: { status: 'placed' } },
    { result: 'error', error: 'authenticationError' },
    { errors: [{ message: 'invalidArgument' }] },
    [],
    '',
    undefined,
  ])('%j is none', (body) => {
    expect(read(body)).toBeUndefined();
  });
});
