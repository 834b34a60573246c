// Objects that may be passed as costs, and how they are read.

import { InvalidCostError, MultiThrottler, type ThrottleCost } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

const manyIds = (count: number) => Array.from({ length: count }, (_, i) => `rule ${i}`);
const costOf = (ids: string[], amount: (i: number) => number): ThrottleCost =>
  Object.fromEntries(ids.map((id, i) => [id, amount(i)]));

describe('cost amounts', () => {
  test('may be fractions, -0 and the largest number', async () => {
    const largest = Number.MAX_SAFE_INTEGER;
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10), bucket('c', largest)]);
    await throttler.throttle({ a: 0.25, b: -0, c: largest });
    expect(tokens(throttler)).toEqual({ a: 9.75, b: 10, c: 0 });
  });

  test('of -0 count as 0', async () => {
    const { clock, throttler } = setUp([bucket('empty', 1, 0, 0)]);
    const outcome = follow(clock, throttler.throttle({ empty: -0 }));
    expect((await refusal(throttler.throttle({ unknown: -0 }))).code).toBe('UNKNOWN_RULE');
    expect(outcome.state).toBe('granted');
  });

  test('of -0 and 0 share a cost vector', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0), bucket('b', 1, 0, 0)]);
    const outcomes = [-0, 0, -0].map((b) => follow(clock, throttler.throttle({ a: 1, b })));
    await clock.advance(30);
    expect(outcomes.map(({ at }) => at)).toEqual([10, 20, 30]);
  });

  test('beyond exact sums are not granted by rounding', async () => {
    const { throttler } = setUp([bucket('a', Number.MAX_SAFE_INTEGER)]);
    expect((await refusal(throttler.throttle({ a: Number.MAX_SAFE_INTEGER + 1 }))).code).toBe(
      'COST_EXCEEDS_CAPACITY',
    );
    expect((await refusal(throttler.throttle({ a: Number.MAX_VALUE }))).code).toBe(
      'COST_EXCEEDS_CAPACITY',
    );
  });
});

describe('cost objects', () => {
  test('count own enumerable text keys only', async () => {
    const { throttler } = setUp([bucket('own', 10), bucket('inherited', 10), bucket('hidden', 10)]);
    const cost = Object.create(
      { inherited: 1 },
      { own: { value: 2, enumerable: true }, hidden: { value: 3 } },
    );
    cost[Symbol('symbol')] = 4;
    await throttler.throttle(cost);
    expect(tokens(throttler)).toEqual({ own: 8, inherited: 10, hidden: 10 });
  });

  test('may be frozen, without prototype, or instances', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    await throttler.throttle(Object.freeze({ a: 1 }));
    await throttler.throttle(Object.assign(Object.create(null), { a: 1 }));
    await throttler.throttle(Object.create(null));
    class Cost {
      [id: string]: number;
      a = 1;
    }
    await throttler.throttle(new Cost());
    expect(tokens(throttler)).toEqual({ a: 7 });
  });

  test('ignore a polluted Object.prototype', async () => {
    const { throttler } = setUp([bucket('a', 10), bucket('polluted', 10)]);
    Object.defineProperty(Object.prototype, 'polluted', {
      value: 5,
      enumerable: true,
      configurable: true,
    });
    try {
      await throttler.throttle({ a: 1 });
      await throttler.throttle({});
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
    expect(tokens(throttler)).toEqual({ a: 9, polluted: 10 });
  });

  test('read each property of a proxy once', async () => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    const asked: (string | symbol)[] = [];
    const cost = new Proxy<ThrottleCost>(
      { a: 1, b: 2 },
      {
        get(target, id) {
          asked.push(id);
          return Reflect.get(target, id);
        },
      },
    );
    await throttler.throttle(cost);
    expect(tokens(throttler)).toEqual({ a: 9, b: 8 });
    expect(asked).toEqual(['a', 'b']);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 5],
    ['a text', 'a'],
    ['an empty text', ''],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    ['true', true],
    ['a function', Object.assign(() => 1, { a: 1 })],
    ['an empty array', []],
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set(['a'])],
  ])('of %s are rejected', async (_, cost) => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = await refusal(throttler.throttle(cost as unknown as ThrottleCost));
    expect(error).toBeInstanceOf(InvalidCostError);
    expect(error).toMatchObject({ code: 'INVALID_COST' });
    expect(tokens(throttler)).toEqual({ a: 10 });
  });

  test('that are arrays name unknown rules', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = await refusal(throttler.throttle([1] as unknown as ThrottleCost));
    expect(['UNKNOWN_RULE', 'INVALID_COST']).toContain(error.code);
  });
});

describe('number of cost keys', () => {
  test.each([31, 32, 33, 34, 100, 1000])('may be %i', async (count) => {
    const ids = manyIds(count);
    const { clock, throttler } = setUp(
      ids.map((id, i) => bucket(id, 1000 + i, 0, i === count - 1 ? 0 : 1000 + i)),
    );
    const outcome = follow(clock, throttler.throttle(costOf(ids, (i) => i + 1)));
    await clock.advance(0);
    expect(outcome.state).toBe('waiting');
    throttler.reset();
    await clock.advance(0);
    expect(outcome.state).toBe('granted');
    expect(Object.values(tokens(throttler))).toEqual(ids.map(() => 999));
  });

  test('does not change the order of checks', async () => {
    const ids = manyIds(50);
    const { throttler } = setUp(ids.map((id) => bucket(id, 10)));
    const code = async (cost: object) =>
      (await refusal(throttler.throttle({ ...costOf(ids, () => 1), ...cost }))).code;
    expect(await code({ 'rule 0': 11, 'rule 40': -1, x: 1 })).toBe('UNKNOWN_RULE');
    expect(await code({ 'rule 0': 11, 'rule 40': -1 })).toBe('INVALID_COST');
    expect(await code({ 'rule 0': '1', 'rule 40': 11 })).toBe('INVALID_COST');
    expect(await code({ 'rule 0': 11 })).toBe('COST_EXCEEDS_CAPACITY');
    expect(Object.values(tokens(throttler))).toEqual(ids.map(() => 10));
  });
});

describe('cost object is read once, at the call', () => {
  /** Costs with getters, and how often each was read. */
  function counted(cost: ThrottleCost, onRead: (id: string) => void = () => {}) {
    const reads: Record<string, number> = {};
    const object: ThrottleCost = {};
    for (const [id, amount] of Object.entries(cost)) {
      const get = () => {
        reads[id] = (reads[id] ?? 0) + 1;
        onRead(id);
        return amount;
      };
      Object.defineProperty(object, id, { get, enumerable: true, configurable: true });
    }
    return { object, reads };
  }
  const ones = (ids: string[]) => Object.fromEntries(ids.map((id) => [id, 1]));

  test.each([2, 32, 33, 40])('with %i keys', async (count) => {
    const ids = manyIds(count);
    const { throttler } = setUp(ids.map((id) => bucket(id, 10)));
    const { object, reads } = counted(costOf(ids, () => 2));
    await throttler.throttle(object);
    expect(reads).toEqual(ones(ids));
    expect(Object.values(tokens(throttler))).toEqual(ids.map(() => 8));
  });

  test('also if it is rejected', async () => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    const refused = [
      { a: 1, x: 1, b: 1 },
      { a: 1, b: '1' as unknown as number },
      { a: -1, b: 1 },
      { a: 11, b: 1 },
    ];
    for (const cost of refused) {
      const { object, reads } = counted(cost as ThrottleCost);
      await refusal(throttler.throttle(object));
      expect(Math.max(...Object.values(reads))).toBe(1);
    }
  });

  test('with a getter that makes a request', async () => {
    const { throttler } = setUp([bucket('a', 100), bucket('b', 100)]);
    const { object, reads } = counted({ a: 10, b: 20 }, (id) => {
      if (id === 'b') throttler.throttle({ a: 1, b: 3 });
    });
    await throttler.throttle(object);
    expect(reads).toEqual({ a: 1, b: 1 });
    expect(tokens(throttler)).toEqual({ a: 89, b: 77 });
  });

  test('with a getter that calls another throttler', async () => {
    const { throttler } = setUp([bucket('a', 100), bucket('b', 100)]);
    const other = setUp([bucket('p', 100), bucket('q', 100)]).throttler;
    const { object, reads } = counted({ a: 10, b: 20 }, () => other.throttle({ p: 1, q: 2 }));
    await throttler.throttle(object);
    expect(reads).toEqual({ a: 1, b: 1 });
    expect(tokens(throttler)).toEqual({ a: 90, b: 80 });
    expect(tokens(other)).toEqual({ p: 98, q: 96 });
  });

  test('with a requesting getter among many keys', async () => {
    const ids = manyIds(40);
    const { throttler } = setUp(ids.map((id) => bucket(id, 100)));
    const { object, reads } = counted(
      costOf(ids, () => 50),
      (id) => {
        if (id === 'rule 1') throttler.throttle({ 'rule 0': 1 });
      },
    );
    await throttler.throttle(object);
    expect(reads).toEqual(ones(ids));
    expect(Object.values(tokens(throttler))).toEqual(ids.map((_, i) => (i === 0 ? 49 : 50)));
  });

  test('with a getter that throws its error', async () => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    for (const reason of [
      new RangeError('mine'),
      Object.assign(new Error('mine'), { code: 'CLOSED' }),
      7,
    ]) {
      const { object } = counted({ a: 1, b: 1 }, (id) => {
        if (id === 'b') throw reason;
      });
      expect(await refusal(throttler.throttle(object))).toBe(reason);
    }
    await throttler.throttle({ a: 1 });
    expect(tokens(throttler)).toEqual({ a: 9, b: 10 });
  });

  test('with a getter that exchanges the rules', async () => {
    const { throttler } = setUp([bucket('a', 100), bucket('b', 100)]);
    const { object } = counted({ a: 10, b: 20 }, (id) => {
      if (id !== 'b') return;
      throttler.removeRule('a');
      throttler.addRule(bucket('c', 100));
    });
    const error = await refusal(throttler.throttle(object));
    expect(error).toMatchObject({ code: 'UNKNOWN_RULE', ruleId: 'a' });
    expect(tokens(throttler)).toEqual({ b: 100, c: 100 });
  });

  test("with a getter that grows the engine's memory", async () => {
    const { throttler } = setUp([bucket('z', 100), bucket('a', 100), bucket('b', 100)]);
    await throttler.throttle({ z: 7, a: 9 });
    const { object } = counted({ a: 10, b: 20 }, (id) => {
      // The text is longer than the free memory.
      if (id === 'b') new MultiThrottler([bucket('x'.repeat(30_000_000), 1)]);
    });
    await throttler.throttle(object);
    expect(tokens(throttler)).toEqual({ z: 93, a: 81, b: 80 });
  });
});
