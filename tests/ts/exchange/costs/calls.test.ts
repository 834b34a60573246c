import { type CostTable, costTable } from 'multi-throttler/exchange';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { thrown } from '../../support/helpers.ts';

const TABLE: CostTable = {
  default: { OTHER: 1 },
  defaults: { 'RPC /private/': { ENGINE: 1 } },
  calls: { 'POST /api': 'RPC /{method}', 'POST /api/{name}': 'RPC /{method}' },
  endpoints: {
    'RPC /private/buy': { ENGINE: 2 },
    'RPC /public/book': { OTHER: { byLimit: [[10, 1]], default: 5 }, 'BOOK:{instrument}': 1 },
    'GET /private/buy': { ENGINE: 3 },
  },
};

describe('a request that carries a call', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  beforeEach(() => void warn.mockClear());
  const costs = costTable(TABLE);

  test('is charged as the endpoint that it names', () => {
    expect(costs('POST', '/api', { method: 'private/buy' })).toEqual({ ENGINE: 2 });
    expect(costs('post', 'https://x.com/api?a=1', { method: 'private/buy' })).toEqual({
      ENGINE: 2,
    });
    expect(costs('POST', '/api/private', { method: 'private/buy' })).toEqual({ ENGINE: 2 });
    expect(costs('GET', '/private/buy', { method: 'public/book' })).toEqual({ ENGINE: 3 });
  });

  test('has the parameters of the call in params', () => {
    const call = { method: 'public/book', params: { instrument: 'BTC', limit: 10 } };
    expect(costs('POST', '/api', call)).toEqual({ OTHER: 1, 'BOOK:BTC': 1 });
    expect(costs('POST', '/api', JSON.stringify(call))).toEqual({ OTHER: 1, 'BOOK:BTC': 1 });
    expect(costs('POST', '/api', { method: 'public/book', limit: 10, params: 7 })).toEqual({
      OTHER: 5,
      'BOOK:-': 1,
    });
  });

  test('is reported as the endpoint if that is in no table', () => {
    expect(costs('POST', '/api', { method: 'private/new' })).toEqual({ ENGINE: 1 });
    expect(costs.unknown.get('RPC /private/new')).toBe(1);
    expect(warn).toHaveBeenCalledOnce();
  });

  test('counts as its own endpoint where it names none', () => {
    expect(costs('POST', '/api', { params: {} })).toEqual({ OTHER: 1 });
    expect(costs('POST', '/api', [{ method: 'private/buy' }])).toEqual({ OTHER: 1 });
    expect(costs('POST', '/api')).toEqual({ OTHER: 1 });
    expect(costs.unknown.get('POST /api')).toBe(3);
  });

  test('is in the table', () => {
    expect([costs.has('POST', '/api'), costs.has('GET', '/api')]).toEqual([true, false]);
  });

  test('may cost by the answer', () => {
    const table = costTable({
      default: {},
      calls: { 'POST /api': 'RPC /{method}' },
      endpoints: { 'RPC /list': { IP: { default: 1, answer: { cost: 1, every: 10, most: 100 } } } },
    });
    expect(table('POST', '/api', { method: 'list' })).toEqual({ IP: 11 });
    expect(table.after('POST', '/api', { method: 'list' }, 20)).toEqual({ IP: 3 });
  });
});

test('a call of another that carries calls is charged once', () => {
  const loop = costTable({
    default: { OTHER: 1 },
    calls: { 'POST /api': 'POST /api' },
    endpoints: { 'POST /api': { OTHER: 4 } },
  });
  expect(loop('POST', '/api', {})).toEqual({ OTHER: 4 });
});

test.each([
  [{ 'POST api': 'RPC /{method}' }, 'calls must be an object with endpoints such as'],
  [{ 'POST /api': '{method}' }, 'calls must be an object with endpoints such as'],
  [{ 'POST /api': 5 }, 'calls["POST /api"] must be a text'],
  [5, 'calls must be an object'],
])('calls that are wrong: %j', (calls, text) => {
  expect(thrown(() => costTable({ ...TABLE, calls: calls as never }))).toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining(text),
  });
});
