import { type Cost, costTable } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';
import { thrown } from '../../support/helpers.ts';

/** A table of one endpoint with one cost. */
function tableOf(of: Cost) {
  return costTable({ default: { W: 1 }, endpoints: { 'GET /x': { W: of } } });
}

function cost(of: Cost, params?: object | string) {
  return tableOf(of)('GET', '/x', params).W;
}

describe('by the value of a parameter', () => {
  const info: Cost = { byValue: ['type', { l2Book: 2, userRole: 60 }], default: 20 };

  test.each([
    [{ type: 'l2Book' }, 2],
    [{ type: 'userRole' }, 60],
    ['{"type":"userRole"}', 60],
    [{ type: 'else' }, 20],
    [{ type: 'toString' }, 20],
    [{}, 20],
  ])('%j', (params, amount) => {
    expect(cost(info, params)).toBe(amount);
  });

  test('a value may have a cost of its own', () => {
    const perType: Cost = {
      byValue: [
        'action.type',
        { order: { plus: 1, perItem: ['action.orders', 1, 40], default: 0 }, noop: 0 },
      ],
      default: 3,
    };
    expect(cost(perType, { action: { type: 'order', orders: Array(80).fill({}) } })).toBe(3);
    expect(cost(perType, { action: { type: 'order' } })).toBe(1);
    expect(cost(perType, { action: { type: 'noop' } })).toBe(0);
    expect(cost(perType, { action: { type: 'else' } })).toBe(3);
  });

  test('a value may have a cost by the answer', () => {
    const table = tableOf({
      byValue: ['type', { fills: { default: 20, answer: { cost: 1, every: 20, most: 2000 } } }],
      default: 20,
    });
    expect(table('GET', '/x', { type: 'fills' })).toEqual({ W: 120 });
    expect(table.after('GET', '/x', { type: 'fills' }, 30)).toEqual({ W: 22 });
    expect(table.after('GET', '/x', { type: 'else' }, 30)).toEqual({ W: 20 });
  });

  test.each<[boolean, Cost]>([
    [false, 1],
    [false, { noSymbol: 80, default: 6 }],
    [true, { answer: { cost: 1, every: 20, most: 100 } }],
    [true, { byValue: ['a', { x: { answer: { cost: 1, every: 1, most: 5 } } }] }],
    [true, { missing: { a: { given: { b: { answer: { cost: 1, every: 1, most: 5 } } } } } }],
  ])('byAnswer is %s for a table with %j', (byAnswer, of) => {
    expect(tableOf(of).byAnswer).toBe(byAnswer);
  });

  test('values are compared as text', () => {
    const flag: Cost = { byValue: ['computeCommissionRates', { true: 20 }], default: 1 };
    expect(cost(flag, { computeCommissionRates: true })).toBe(20);
    expect(cost(flag, 'computeCommissionRates=true')).toBe(20);
    expect(cost(flag, { computeCommissionRates: false })).toBe(1);
  });
});

describe('by what is there and what is not', () => {
  const trades: Cost = {
    given: { orderId: 5, preventedMatchId: 2 },
    missing: { asset: 50 },
    default: 20,
  };

  test('the first of the parameters that are there counts', () => {
    expect(cost(trades, { orderId: 1, preventedMatchId: 1 })).toBe(5);
    expect(cost(trades, { preventedMatchId: 1 })).toBe(2);
  });

  test('then the first of those that are not', () => {
    expect(cost(trades, {})).toBe(50);
    expect(cost(trades, { asset: '' })).toBe(50);
    expect(cost(trades, { asset: 'BTC' })).toBe(20);
  });
});

describe('a cost within another, by what is there and what is not', () => {
  const batch: Cost = {
    given: {
      batchOrder: { plus: 9, perItem: ['batchOrder', 1] },
      json: { plus: 9, perItem: ['json.batchOrder', 1] },
    },
    missing: { ids: { byLimit: [[100, 3]], default: 5 } },
    default: 19,
  };

  test('depends on the parameter that is there', () => {
    expect(cost(batch, { batchOrder: [1, 2, 3] })).toBe(12);
    expect(cost(batch, 'json={"batchOrder":[1,2]}')).toBe(11);
    expect(cost(batch, new URLSearchParams({ json: '{"batchOrder":[1,2,3,4]}' }))).toBe(13);
  });

  test('depends on other parameters', () => {
    expect(cost(batch, { limit: 50 })).toBe(3);
    expect(cost(batch, {})).toBe(5);
    expect(cost(batch, { ids: '1' })).toBe(19);
  });

  test('may go by the answer', () => {
    const table = tableOf({ given: { all: { answer: { cost: 1, every: 10, most: 100 } } } });
    expect(table('GET', '/x', { all: true })).toEqual({ W: 11 });
    expect(table.after('GET', '/x', { all: true }, 20)).toEqual({ W: 3 });
    expect(table.after('GET', '/x', {}, 20)).toEqual({ W: 1 });
  });
});

test('by the number in any parameter', () => {
  const age: Cost = {
    byAmount: [
      'age',
      [
        [4.999, 8],
        [299.999, 1],
        [Number.MAX_SAFE_INTEGER, 0],
      ],
    ],
    default: 8,
  };
  expect(cost(age, { age: 0 })).toBe(8);
  expect(cost(age, { age: 5 })).toBe(1);
  expect(cost(age, { age: '300' })).toBe(0);
  expect(cost(age, {})).toBe(8);
});

describe('a sum', () => {
  test('of a constant and so much for each item', () => {
    const batch: Cost = { plus: 9, perItem: ['batchOrder', 1] };
    expect(cost(batch, { batchOrder: [1, 2, 3] })).toBe(12);
    expect(cost(batch, {})).toBe(10);
  });

  test('of a constant and so much for each 40 of a list inside another parameter', () => {
    const exchange: Cost = { plus: 1, perItem: ['action.orders', 1, 40], default: 0 };
    const orders = (count: number) => ({
      action: { type: 'order', orders: Array(count).fill({}) },
    });
    expect([1, 39, 40, 79, 80].map((count) => cost(exchange, orders(count)))).toEqual([
      1, 1, 2, 2, 3,
    ]);
    expect(cost(exchange, JSON.stringify(orders(80)))).toBe(3);
    expect(cost(exchange, { action: JSON.stringify({ orders: Array(40).fill(1) }) })).toBe(2);
    expect(cost(exchange, { action: { type: 'usdSend' } })).toBe(1);
    expect(cost(exchange, { 'action.orders': Array(80).fill(1) })).toBe(3);
  });
});

describe('a cost by the answer', () => {
  const fills: Cost = { default: 20, answer: { cost: 1, every: 20, most: 2000 } };
  const table = tableOf(fills);

  test('is charged for the longest answer beforehand', () => {
    expect(table('GET', '/x', {})).toEqual({ W: 120 });
  });

  test.each([
    [0, 20],
    [1, 21],
    [20, 21],
    [21, 22],
    [2000, 120],
  ])('and turns out by its %i items', (items, amount) => {
    expect(table.after('GET', '/x', {}, items)).toEqual({ W: amount });
  });

  test('other costs stay as they were charged', () => {
    const other = tableOf({ byLimit: [[100, 5]], default: 7 });
    expect(other.after('GET', '/x', { limit: 5 }, 3)).toEqual({ W: 5 });
  });
});

test('what an exchange accepts is charged at most so much', () => {
  const cancels: Cost = { perItem: ['orders', 8], atMost: 60 };
  expect(cost(cancels, { orders: Array(50).fill('id') })).toBe(60);
  expect(cost(cancels, { orders: ['id'] })).toBe(8);
  const pairs = costTable({ default: {}, endpoints: { 'POST /x': { 'T:{pair}': cancels } } });
  expect(pairs('POST', '/x', { pair: 'A', orders: Array(50).fill('id') })['T:A']).toBeCloseTo(
    60,
    9,
  );
});

describe('rules of batches', () => {
  const table = costTable({
    default: {},
    endpoints: {
      'POST /orders': {
        'single:{instId}': { batch: ['orders', 1, 1], perItem: ['orders', 1] },
        'batch:{instId}': {
          batch: ['orders', 2, Number.POSITIVE_INFINITY],
          perItem: ['orders', 1],
        },
        ALL: { perItem: ['orders', 1] },
      },
    },
  });

  test('a batch of one counts as a single order', () => {
    expect(table('POST', '/orders', [{ instId: 'A' }])).toEqual({ 'single:A': 1, ALL: 1 });
    expect(table('POST', '/orders', { instId: 'A' })).toEqual({ 'single:A': 1, ALL: 1 });
  });

  test('a longer one as a batch', () => {
    expect(table('POST', '/orders', [{ instId: 'A' }, { instId: 'B' }, { instId: 'A' }])).toEqual({
      'batch:A': 2,
      'batch:B': 1,
      ALL: 3,
    });
  });
});

test('items that match a pattern cost nothing', () => {
  const unless = ['id', '^[^-]+-[^-]+$'] as const;
  const table = costTable({
    default: {},
    endpoints: {
      'POST /orders': {
        ALL: { unless, perItem: ['orders', 1], plus: 1 },
        'o:{id}': { unless, perItem: ['orders', 2] },
      },
      'POST /order': { ALL: { unless, plus: 4 } },
    },
  });
  const orders = ['A-B', 'A-B-C', 'A-B-C', undefined].map((id) => ({ id }));
  expect(table('POST', '/orders', orders)).toEqual({ ALL: 4, 'o:A-B-C': 4, 'o:-': 2 });
  expect(table('POST', '/orders', [{ id: 'A-B' }])).toEqual({ ALL: 1 });
  expect(table('POST', '/orders', { id: 'A-B' })).toEqual({ ALL: 0, 'o:A-B': 0 });
  expect(table('POST', '/orders', 'id=A-B-C')).toEqual({ ALL: 2, 'o:A-B-C': 2 });
  expect(table('POST', '/order', { id: 'A-B' })).toEqual({ ALL: 0 });
  expect(table('POST', '/order', {})).toEqual({ ALL: 5 });
});

test('a batch can count as one item of each rule that its items name', () => {
  const table = costTable({
    default: {},
    endpoints: { 'POST /orders': { 'o:{pair}': { perItem: ['orders', 2], once: true } } },
  });
  const orders = ['A', 'B', 'A'].map((pair) => ({ pair }));
  expect(table('POST', '/orders', orders)).toEqual({ 'o:A': 2, 'o:B': 2 });
  expect(table('POST', '/orders', { orders })).toEqual({ 'o:A': 2, 'o:B': 2 });
  expect(table('POST', '/orders', { pair: 'A' })).toEqual({ 'o:A': 2 });
});

test('an id can name what a parameter is a part of', () => {
  const table = costTable({
    derived: { family: ['instId', '^(\\w+-\\w+)-\\d{6}-.*$', '$1'] },
    default: {},
    endpoints: {
      'POST /order': { 'o:{family}': 1 },
      'POST /orders': { 'o:{family}': { perItem: ['orders', 1] } },
    },
  });
  expect(table('POST', '/order', { instId: 'BTC-USD-261225-50000-C' })).toEqual({ 'o:BTC-USD': 1 });
  expect(table('POST', '/order', { instId: 'BTC-USDT' })).toEqual({ 'o:BTC-USDT': 1 });
  expect(table('POST', '/order', { instId: 'BTC-USDT', family: 'own' })).toEqual({ 'o:own': 1 });
  expect(table('POST', '/order')).toEqual({ 'o:-': 1 });
  expect(
    table('POST', '/orders', [{ instId: 'A-B-261225-1-P' }, { instId: 'A-B-261225-2-P' }]),
  ).toEqual({
    'o:A-B': 2,
  });
});

describe('hosts', () => {
  const table = costTable({
    default: {},
    endpoints: {
      'GET /api/v1/orders': { SPOT: 2, FUTURES: 2 },
      'GET /api/v1/orders/{id}': { SPOT: 3, FUTURES: 3 },
      'GET /api/v1/orders/active': { FUTURES: 20 },
      'GET https://futures.example.com/api/v1/orders': { FUTURES: 2 },
      'GET https://futures.example.com/api/v1/orders/{id}': { FUTURES: 3 },
    },
  });

  test('share paths, or have them for themselves', () => {
    expect(table('GET', '/api/v1/orders')).toEqual({ SPOT: 2, FUTURES: 2 });
    expect(table('GET', 'https://api.example.com/api/v1/orders')).toEqual({ SPOT: 2, FUTURES: 2 });
    expect(table('GET', 'https://Futures.example.com/api/v1/orders?a=1')).toEqual({ FUTURES: 2 });
    expect(table('GET', 'https://futures.example.com/api/v1/orders/77')).toEqual({ FUTURES: 3 });
    expect(table('GET', 'https://api.example.com/api/v1/orders/77')).toEqual({
      SPOT: 3,
      FUTURES: 3,
    });
  });

  test('a pattern of a host comes after a path that is named whole', () => {
    expect(table('GET', 'https://futures.example.com/api/v1/orders/active')).toEqual({
      FUTURES: 20,
    });
  });
});

describe('defaults', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const table = costTable({
    default: { IP: 1, 'slow:{endpoint}': 1 },
    defaults: { '/v5/market/': { IP: 1 }, 'GET /v5/market/deep/': { IP: 5 } },
    endpoints: {},
  });

  test('go by how an endpoint begins, and may give it a rule of its own', () => {
    expect(table('GET', '/v5/market/new')).toEqual({ IP: 1 });
    expect(table('POST', '/v5/market/deep/new')).toEqual({ IP: 1 });
    expect(table('GET', '/v5/market/deep/new')).toEqual({ IP: 5 });
    expect(table('POST', '/v5/order/new?x=1')).toEqual({ IP: 1, 'slow:POST /v5/order/new': 1 });
    expect(table('GET', '/v5/order/12345')).toEqual({ IP: 1, 'slow:GET /v5/order/id': 1 });
  });

  test('are reported once, as is what is charged otherwise', () => {
    warn.mockClear();
    table.note('get', '/v5/other', { IP: 3 });
    table.note('GET', '/v5/other', { IP: 3 });
    expect(warn.mock.calls).toEqual([
      ['multi-throttler: it is not known what GET /v5/other costs; it counts as {"IP":3}'],
    ]);
    expect(table.unknown.get('GET /v5/other')).toBe(2);
  });
});

test.each([
  [{ byValue: ['type'] }, '["W"].byValue must be a pair'],
  [{ byValue: ['type', { a: -1 }] }, '["W"].byValue[1]["a"] must be a finite number'],
  [
    { byValue: ['type', { a: { plus: -1 } }] },
    '["W"].byValue[1]["a"].plus must be a finite number',
  ],
  [{ unless: 'id' }, '["W"].unless must be a pair'],
  [{ unless: ['id', '('] }, '["W"].unless[1] must be a regular expression, got "("'],
  [{ given: 5 }, '["W"].given must be an object, got 5'],
  [{ missing: { a: '1' } }, '["W"].missing["a"] must be'],
  [{ byAmount: ['age', []] }, '["W"].byAmount[1] must be a list of pairs'],
  [{ perItem: ['a', 1, 0] }, '["W"].perItem[2] must be a number above 0, got 0'],
  [{ once: 1 }, '["W"].once must be a boolean, got 1'],
  [{ plus: Number.NaN }, '["W"].plus must be'],
  [{ atMost: -1 }, '["W"].atMost must be'],
  [{ batch: ['a', 1] }, '["W"].batch must be a parameter and two numbers'],
  [{ answer: { cost: 1, every: 0, most: 5 } }, '["W"].answer.every must be a number above 0'],
  [{ answer: { cost: 1, every: 1, most: 5, least: 1 } }, 'unknown field "least"'],
])('a cost that is wrong: %j', (of, text) => {
  expect(thrown(() => tableOf(of as never))).toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining(text),
  });
});

test.each([
  [{ default: {}, endpoints: {}, defaults: { nowhere: {} } }, 'keys such as "GET /v5/"'],
  [{ default: {}, endpoints: {}, derived: { a: ['b'] } }, 'derived["a"] must be three texts'],
])('a table that is wrong: %j', (table, text) => {
  expect(thrown(() => costTable(table as never)).message).toContain(text);
});
