import { type Cost, costTable } from 'multi-throttler/exchange';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { thrown } from '../../support/helpers.ts';

const DEPTH: Cost = {
  byLimit: [
    [100, 5],
    [500, 25],
    [1000, 50],
    [5000, 250],
  ],
  default: 5,
};

/** A table of one endpoint with one cost. */
function cost(of: Cost, params?: object | string) {
  const costs = costTable({ default: { W: 1 }, endpoints: { 'GET /x': { W: of } } });
  return costs('GET', '/x', params).W;
}

describe('by limit', () => {
  test.each([
    [undefined, 5],
    [{}, 5],
    [{ limit: 1 }, 5],
    [{ limit: 100 }, 5],
    [{ limit: 101 }, 25],
    [{ limit: '1000' }, 50],
    [{ limit: 5000 }, 250],
    [{ limit: 99_999 }, 250],
    [{ limit: Number.POSITIVE_INFINITY }, 250],
    [{ limit: 'many' }, 250],
    [{ limit: Number.NaN }, 250],
    [{ limit: {} }, 250],
    [{ limit: -1 }, 5],
    [{ limit: null }, 5],
    [{ limit: '' }, 5],
    [Object.create({ limit: 5000 }), 5],
  ])('%j', (params, weight) => {
    expect(cost(DEPTH, params)).toBe(weight);
  });

  test('the order of the table does not matter, and beyond it the highest entry counts', () => {
    const steps: Cost = {
      byLimit: [
        [1000, 3],
        [10, 7],
      ],
    };
    expect(cost(steps, { limit: 5 })).toBe(7);
    expect(cost(steps, { limit: 11 })).toBe(3);
    expect(cost(steps, { limit: 1001 })).toBe(7);
    expect(cost(steps)).toBe(1);
  });
});

describe('what is missing', () => {
  const all: Cost = { noCoin: 10, noSymbol: 40, byLimit: [[5, 3]], default: 1 };

  test('no coin goes before no symbol, that before the limit, that before the default', () => {
    expect(cost(all, {})).toBe(10);
    expect(cost(all, { coin: 'BTC', limit: 1 })).toBe(40);
    expect(cost(all, { coin: 'BTC', symbol: 'BTCUSDT', limit: 1 })).toBe(3);
    expect(cost(all, { coin: 'BTC', symbol: 'BTCUSDT' })).toBe(1);
  });

  test.each([undefined, null, ''])('a symbol that is %j is missing', (symbol) => {
    expect(cost({ noSymbol: 40, default: 1 }, { symbol })).toBe(40);
  });

  test('nothing counts that an object inherits', () => {
    expect(cost({ noSymbol: 40, default: 1 }, Object.create({ symbol: 'BTCUSDT' }))).toBe(40);
  });
});

describe('by what a parameter lists', () => {
  test.each([
    ['a list', [1, 2, 3]],
    ['a JSON text', '[{"a":1},{"b":[1,2]},3]'],
    ['a text with commas', 'a,b,c'],
  ])('%s', (_, batchOrders) => {
    expect(cost({ perItem: ['batchOrders', 2] }, { batchOrders })).toBe(6);
    expect(cost({ byCount: ['batchOrders', [[2, 1]]] }, { batchOrders })).toBe(1);
    expect(
      cost(
        {
          byCount: [
            'batchOrders',
            [
              [2, 1],
              [9, 4],
            ],
          ],
          noSymbol: 80,
        },
        { batchOrders },
      ),
    ).toBe(4);
  });

  test('parameters that are a list are the batch', () => {
    expect(cost({ perItem: ['orders', 2] }, [{}, {}])).toBe(4);
    expect(cost({ perItem: ['orders', 2] }, '[{},{}]')).toBe(4);
  });

  test('nothing, one thing, and a text that only looks like a list', () => {
    expect(cost({ perItem: ['orders', 2] }, { orders: [] })).toBe(0);
    expect(cost({ perItem: ['orders', 2] }, { orders: 'a' })).toBe(2);
    expect(cost({ perItem: ['orders', 2] }, { orders: { a: 1 } })).toBe(2);
    expect(cost({ perItem: ['orders', 2] }, { orders: '[1,2' })).toBe(4);
  });

  test('without the parameter the default counts, or else one', () => {
    expect(cost({ perItem: ['orders', 2], default: 7 }, {})).toBe(7);
    expect(cost({ perItem: ['orders', 2] }, {})).toBe(2);
    expect(cost({ byCount: ['symbols', [[9, 4]]], noSymbol: 80 }, {})).toBe(80);
  });
});

test.each([
  ['an object', { limit: 500 }],
  ['URLSearchParams', new URLSearchParams('limit=500')],
  ['a map', new Map([['limit', 500]])],
  [
    'something with get',
    new (class {
      get(name: string) {
        return name === 'limit' ? '500' : null;
      }
    })(),
  ],
  ['a query', 'limit=500&x=1'],
  ['a JSON text', '{"limit":500}'],
  ['an object without prototype', Object.assign(Object.create(null), { limit: 500 })],
  ['an object with a field named get', { get: () => 1, limit: 500 }],
])('parameters as %s', (_, params) => {
  expect(cost(DEPTH, params)).toBe(25);
});

test('what a getter throws is thrown on', () => {
  const error = new Error('mine');
  const params = {
    get limit(): number {
      throw error;
    },
  };
  expect(() => cost(DEPTH, params)).toThrow(error);
});

describe('rules of their own for each value', () => {
  const costs = costTable({
    default: {},
    endpoints: {
      'POST /order': { 'place:{instId}': 1, ALL: 1 },
      'POST /orders': {
        'batch:{instId}': { perItem: ['orders', 2] },
        ALL: { perItem: ['orders', 1] },
      },
      'POST /v5/order': { '{category=linear}:order': 1 },
    },
  });

  test('by a parameter', () => {
    expect(costs('POST', '/order', { instId: 'BTC-USDT' })).toEqual({
      'place:BTC-USDT': 1,
      ALL: 1,
    });
    expect(costs('POST', '/order', {})).toEqual({ 'place:-': 1, ALL: 1 });
    expect(costs('POST', '/v5/order', { category: 'spot' })).toEqual({ 'spot:order': 1 });
    expect(costs('POST', '/v5/order')).toEqual({ 'linear:order': 1 });
  });

  test('each item of a batch counts for the rule that it names', () => {
    const batch = [{ instId: 'A' }, { instId: 'B' }, { instId: 'A' }, {}];
    expect(costs('POST', '/orders', batch)).toEqual({
      'batch:A': 4,
      'batch:B': 2,
      'batch:-': 2,
      ALL: 4,
    });
    expect(costs('POST', '/orders', { instId: 'C', orders: [{}, { instId: 'D' }] })).toEqual({
      'batch:C': 2,
      'batch:D': 2,
      ALL: 2,
    });
  });

  test('a value cannot reach the prototype', () => {
    const odd = costTable({ default: {}, endpoints: { 'GET /x': { '{id}': 1 } } });
    const answer = odd('GET', '/x', { id: '__proto__' });
    expect(Object.getPrototypeOf(answer)).toBe(Object.prototype);
    expect(Object.entries(answer)).toEqual([['__proto__', 1]]);
    const batch = costTable({
      default: {},
      endpoints: { 'GET /x': { '{id}': { perItem: ['ids', 1] } } },
    });
    const ids = ['__proto__', 'constructor', '__proto__', 'constructor'].map((id) => ({ id }));
    const summed = batch('GET', '/x', { ids });
    expect(Object.entries(summed)).toEqual([
      ['__proto__', 2],
      ['constructor', 2],
    ]);
  });
});

describe('endpoints', () => {
  const costs = costTable({
    default: { W: 99 },
    endpoints: {
      'GET /api/v1/orders': { W: 1 },
      'GET /api/v1/orders/{id}': { W: 2 },
      'GET /api/v1/orders/active': { W: 3 },
      'DELETE /api/v1/orders/{id}': { W: 4 },
      'GET /book/level{level}_{limit}': { W: 5 },
      'GET /a.b/{x}/c': { W: 6 },
      'GET /p/{a}': { W: 7 },
      'GET /p/x{a}': { W: 8 },
    },
  });

  test.each([
    ['GET', '/api/v1/orders', 1],
    ['get', '/api/v1/orders', 1],
    ['GET', 'api/v1/orders', 1],
    ['GET', '/api/v1/orders/', 1],
    ['GET', '/api/v1/orders?symbol=X', 1],
    ['GET', 'https://api.example.com:8080/api/v1/orders?x#y', 1],
    ['GET', '/api/v1/orders/5c35c02703aa673ceec2a168', 2],
    ['GET', '/api/v1/orders/{orderId}', 2],
    ['GET', '/api/v1/orders/active', 3],
    ['DELETE', '/api/v1/orders/active', 4],
    ['GET', '/book/level2_20', 5],
    ['GET', '/a.b/1/c', 6],
    ['GET', '/p/y', 7],
    ['GET', '/p/xy', 8],
  ])('%s %s', (method, path, weight) => {
    expect(costs(method, path)).toEqual({ W: weight });
    expect(costs.has(method, path)).toBe(true);
  });

  test('a query in the path counts where there are no parameters', () => {
    const depth = costTable({ default: {}, endpoints: { 'GET /depth': { W: DEPTH } } });
    expect(depth('GET', '/depth?symbol=X&limit=1000')).toEqual({ W: 50 });
    expect(depth('GET', '/depth?limit=1000', { limit: 100 })).toEqual({ W: 5 });
  });

  test('a query in the path has the parameters that a body lacks', () => {
    const amend = costTable({
      default: {},
      endpoints: { 'PATCH /orders/{id}': { 'O:{pair}': 1 } },
    });
    expect(amend('PATCH', '/orders/1?pair=A', '{"price":"2"}')).toEqual({ 'O:A': 1 });
    expect(amend('PATCH', '/orders/1?pair=A', { pair: 'B' })).toEqual({ 'O:B': 1 });
    expect(amend('PATCH', '/orders/1?pair=A', [{ price: '2' }])).toEqual({ 'O:A': 1 });
    expect(amend('PATCH', '/orders/1', { price: '2' })).toEqual({ 'O:-': 1 });
  });
});

describe('an endpoint that is not in the table', () => {
  const warn = vi.spyOn(console, 'warn');
  beforeEach(() => {
    warn.mockReset().mockReturnValue(undefined);
  });
  afterEach(() => {
    warn.mockReset();
  });

  test('costs the default, is counted, and is reported once', () => {
    const costs = costTable({ default: { W: 5, R: 1 }, endpoints: {} });
    for (let i = 0; i < 3; i++) expect(costs('get', '/new?x=1')).toEqual({ W: 5, R: 1 });
    expect(costs('POST', '/new')).toEqual({ W: 5, R: 1 });
    expect([...costs.unknown]).toEqual([
      ['GET /new', 3],
      ['POST /new', 1],
    ]);
    expect(costs.has('GET', '/new')).toBe(false);
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
      'multi-throttler: it is not known what GET /new costs; it counts as {"W":5,"R":1}',
      'multi-throttler: it is not known what POST /new costs; it counts as {"W":5,"R":1}',
    ]);
  });

  test('ids in its path are one endpoint, and memory is bounded', () => {
    const costs = costTable({ default: {}, endpoints: {} });
    for (let i = 0; i < 50; i++)
      costs('GET', `/orders/${1000 + i}/x/5c35c02703aa673ceec2a1${i + 10}`);
    expect([...costs.unknown]).toEqual([['GET /orders/{id}/x/{id}', 50]]);
    for (let i = 0; i < 5000; i++) costs('GET', `/path-of-${i}`);
    expect(costs.unknown.size).toBe(1000);
    expect(warn).toHaveBeenCalledTimes(1000);
  });
});

test('a table is read once', () => {
  const steps: [number, number][] = [[5, 1]];
  const endpoints = { 'GET /x': { W: { byLimit: steps } as Cost } };
  const costs = costTable({ default: {}, endpoints });
  steps[0] = [5, 100];
  endpoints['GET /x'].W = 7;
  expect(costs('GET', '/x', { limit: 1 })).toEqual({ W: 1 });
  costs('GET', '/x').W = 9;
  expect(costs('GET', '/x')).toEqual({ W: 1 });
});

test.each([
  [null, 'table must be an object, got null'],
  [{ endpoints: {} }, 'default must be an object, got undefined'],
  [{ default: {}, endpoints: 5 }, 'endpoints must be an object, got 5'],
  [
    { default: { W: -1 }, endpoints: {} },
    'default["W"] must be a finite number of 0 or more, got -1',
  ],
  [{ default: {}, endpoints: { '/x': {} } }, 'keys such as "GET /api/v3/depth", got "/x"'],
  [{ default: {}, endpoints: { 'GET /x': 5 } }, 'endpoints["GET /x"] must be an object, got 5'],
  [
    { default: {}, endpoints: { 'GET /x': { W: Number.NaN } } },
    'endpoints["GET /x"]["W"] must be a finite',
  ],
  [{ default: {}, endpoints: { 'GET /x': { W: () => 1 } } }, 'got a function'],
  [{ default: {}, endpoints: { 'GET /x': { W: { default: '1' } } } }, '["W"].default must be'],
  [
    { default: {}, endpoints: { 'GET /x': { W: { bylimit: [[1, 1]] } } } },
    'unknown field "bylimit" for endpoints["GET /x"]["W"]; known fields: batch, unless, noCoin, byValue, given, byCount, missing, noSymbol, byLimit, byAmount, perItem, once, default, plus, answer, atMost',
  ],
  [
    { default: {}, endpoints: { 'GET /x': { W: { byLimit: [] } } } },
    '["W"].byLimit must be a list of pairs',
  ],
  [
    { default: {}, endpoints: { 'GET /x': { W: { byLimit: [[1]] } } } },
    '.byLimit[0] must be a pair',
  ],
  [
    { default: {}, endpoints: { 'GET /x': { W: { byLimit: [[1, -1]] } } } },
    '.byLimit[0][1] must be',
  ],
  [
    { default: {}, endpoints: { 'GET /x': { W: { perItem: [1, 1] } } } },
    '.perItem[0] must be a text, got 1',
  ],
  [{ default: {}, endpoints: { 'GET /x': { W: { perItem: ['a'] } } } }, '.perItem must be a pair'],
])('a table that is wrong: %j', (table, text) => {
  const error = thrown(() => costTable(table as never));
  expect(error).toMatchObject({ code: 'INVALID_CONFIG', message: expect.stringContaining(text) });
});

test('a method or a path that is none is refused', () => {
  const costs = costTable({ default: {}, endpoints: {} });
  expect(() => costs(undefined as never, '/x')).toThrow('method must be a text, got undefined');
  expect(() => costs('GET', 5 as never)).toThrow('path must be a text, got 5');
});
