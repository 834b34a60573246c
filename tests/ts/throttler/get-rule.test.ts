import { fixedWindow, MultiThrottler, rollingWindow, ThrottleRule } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { setUp } from '../support/helpers.ts';
import { Watched } from '../support/recorder.ts';

const orders = rollingWindow({ id: 'ORDERS', limit: 5, interval: 1000, scope: 'account' });

describe('getRule', () => {
  test('returns rules as they were given', () => {
    const { throttler } = setUp([orders, new ThrottleRule('b', 5, 1)]);
    throttler.addRule(fixedWindow({ id: 'c', limit: 1, interval: 10, anchor: 'first-request' }));
    expect(throttler.getRule('ORDERS')).toEqual(orders);
    expect(throttler.getRule('b')).toEqual({ id: 'b', capacity: 5, refillRate: 1, tokens: 5 });
    expect(throttler.getRule('c')).toEqual({
      id: 'c',
      limit: 1,
      interval: 10,
      algorithm: 'first-request-window',
    });
    expect(throttler.getRule('d')).toBeUndefined();
  });

  test('makes the same rule again under another id', () => {
    const { throttler } = setUp([orders, new ThrottleRule('b', 5, 1)]);
    for (const id of ['ORDERS', 'b'])
      throttler.addRule({ ...throttler.getRule(id), id: `${id}@2` } as never);
    const status = throttler.getStatus();
    expect([status['ORDERS@2'], status['b@2']]).toEqual([status.ORDERS, status.b]);
  });

  test('follows updates, replacements and removals', () => {
    const { throttler } = setUp([orders]);
    throttler.updateRule('ORDERS', { limit: 7, jitter: undefined });
    expect(throttler.getRule('ORDERS')).toEqual({ ...orders, limit: 7 });
    throttler.addRule({ ...orders, limit: 9 });
    expect(throttler.getRule('ORDERS')).toMatchObject({ limit: 9 });
    throttler.removeRule('ORDERS');
    expect(throttler.getRule('ORDERS')).toBeUndefined();
  });

  test('ignores a rejected update, and later changes of the object', () => {
    const rule = { ...orders };
    const { throttler } = setUp([rule]);
    rule.limit = 99;
    expect(() => throttler.updateRule('ORDERS', { limit: -1 })).toThrow();
    expect(throttler.getRule('ORDERS')).toEqual(orders);
  });

  test('returns the family of a member, that of the longest prefix', () => {
    const families = ['a*', 'a:b*', 'c*'].map((id, i) =>
      rollingWindow({ id, limit: i + 1, interval: 10 }),
    );
    const { throttler } = setUp([...families, orders]);
    expect(throttler.getRule('a:x')).toMatchObject({ id: 'a*', limit: 1 });
    expect(throttler.getRule('a:bc')).toMatchObject({ id: 'a:b*', limit: 2 });
    expect(throttler.getRule('a')).toBeUndefined();
    expect(throttler.getRule('a*')).toEqual(families[0]);
  });

  test('reads an iterable of rules once', () => {
    function* rules() {
      yield orders;
    }
    expect(new MultiThrottler(rules()).getRule('ORDERS')).toEqual(orders);
  });
});

describe('a reader of usage headers', () => {
  const own = () => [{ rule: 'ORDERS', used: 1 }];

  test('of one report takes the place of that of the configuration', () => {
    const throttler = new Watched([orders, { ...orders, id: 'ORDERS@2' }], { headers: own });
    expect(throttler.reader).toBe(own);
    const seen: unknown[] = [];
    throttler.report({
      status: 200,
      headers: { a: 'b' },
      rules: ['ORDERS@2'],
      reader: (headers, status, rules) => {
        seen.push([headers.get('a'), status, rules]);
        return [{ rule: 'ORDERS@2', used: 3 }];
      },
    });
    expect([throttler.left('ORDERS'), throttler.left('ORDERS@2')]).toEqual([5, 2]);
    expect(seen).toEqual([['b', 200, ['ORDERS@2']]]);
    throttler.report({ status: 200, headers: {} });
    expect(throttler.left('ORDERS')).toBe(4);
  });

  test('is absent by default', () => {
    expect(setUp([orders]).throttler.reader).toBeUndefined();
  });
});
