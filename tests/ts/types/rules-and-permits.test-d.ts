// Code that compiles, and code that must not: rules, permits and tasks. Nothing here runs.

import {
  concurrency,
  fixedWindow,
  type Mode,
  MultiThrottler,
  type Permit,
  type Rule,
  type RulePatch,
  rollingWindow,
  spacing,
  ThrottleRule,
  tokenBucket,
} from 'multi-throttler';
import { describe, expectTypeOf, test } from 'vitest';

describe('rules', () => {
  test('made by functions, beside those of ccxt', () => {
    const rules: (Rule | ThrottleRule)[] = [
      tokenBucket({ id: 'a', capacity: 1, refillRate: 1, tokens: 0, allowDebt: true, jitter: 5 }),
      rollingWindow({ id: 'b', limit: 1, interval: 1 }),
      fixedWindow({ id: 'c', limit: 1, interval: 1, anchor: 'first-request', jitter: 0 }),
      concurrency({ id: 'd:*', limit: 1 }),
      spacing({ id: 'd', interval: 1, jitter: 5, scope: 'account' }),
      { id: 'd', algorithm: 'spacing', interval: 1 },
      new ThrottleRule('e', 1, 1),
      { id: 'f', capacity: 1, refillRate: 1, tokens: 1, intervalType: 'DAY', intervalNum: 1 },
    ];
    const throttler = new MultiThrottler(rules);
    for (const rule of rules) throttler.addRule(rule);
    tokenBucket({ id: 'a', capacity: 1, refillRate: 1, tokens: undefined, allowDebt: undefined });
  });

  test('patches of every kind of rule', () => {
    const throttler = new MultiThrottler([]);
    throttler.updateRule('a', {
      capacity: 1,
      refillRate: 1,
      tokens: 1,
      allowDebt: false,
      jitter: 1,
    });
    throttler.updateRule('a', { capacity: 1, refillRate: 1, intervalType: 'HOUR', intervalNum: 1 });
    throttler.updateRule('b', { limit: 1, interval: 1 });
    throttler.updateRule('d', { interval: 1, jitter: 1 });
    throttler.updateRule('c', {});
    const patch: RulePatch = { limit: 5 };
    expectTypeOf(throttler.updateRule('d', patch)).toBeVoid();
  });

  test('configuration', () => {
    const modes: { [name: string]: Mode } = {
      careful: { buffer: 0.1 },
      orders: { reserve: 0.2 },
      normal: {},
    };
    new MultiThrottler([], {
      modes,
      share: 0.5,
      ordering: 'strict-fifo',
      overflow: 'drop-lowest',
      aging: 5,
    });
    new MultiThrottler([], { modes: { careful: { buffer: undefined } } as const });
    const none = { modes: undefined, share: undefined, ordering: undefined, overflow: undefined };
    new MultiThrottler([], { ...none, aging: undefined });
  });
});

describe('permits and tasks', () => {
  const throttler = new MultiThrottler([]);

  test('acquire gives a permit, for using too', async () => {
    expectTypeOf(throttler.acquire({})).toEqualTypeOf<Promise<Permit>>();
    using permit = await throttler.acquire({}, { priority: 'low', id: 'x' });
    await using other = await throttler.acquire({});
    expectTypeOf(permit.waited).toBeNumber();
    expectTypeOf(other.release({ refund: true })).toBeVoid();
    permit.release();
    permit.release({});
    permit.release({ refund: undefined });
    expectTypeOf<Permit>().toExtend<Disposable & AsyncDisposable>();
    using closing = new MultiThrottler([]);
    expectTypeOf(closing).toEqualTypeOf<MultiThrottler>();
  });

  test('run resolves with what the task does', () => {
    expectTypeOf(throttler.run({}, () => 5)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(throttler.run({}, async () => 'text')).toEqualTypeOf<Promise<string>>();
    expectTypeOf(throttler.run({}, (permit) => permit.waited)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(throttler.run({}, async () => {})).toEqualTypeOf<Promise<void>>();
    expectTypeOf(
      throttler.run({}, (permit) => (permit.waited > 0 ? 'late' : Promise.resolve('at once'))),
    ).toEqualTypeOf<Promise<string>>();
  });

  test('wrap keeps the type of a function that returns a promise', () => {
    async function order(symbol: string, amount = 1, ...more: number[]): Promise<{ id: string }> {
      return { id: `${symbol} ${amount} ${more}` };
    }
    expectTypeOf(throttler.wrap(order, { a: 1 })).toEqualTypeOf<typeof order>();
    const byArguments = throttler.wrap(order, (symbol, amount = 1) => {
      expectTypeOf(symbol).toBeString();
      return { [symbol]: amount };
    });
    expectTypeOf(byArguments).toEqualTypeOf<typeof order>();
    expectTypeOf(throttler.wrap(async () => {}, {})).toEqualTypeOf<() => Promise<void>>();
    const generic = throttler.wrap(async <T>(value: T) => value, {});
    expectTypeOf(generic(5)).toEqualTypeOf<Promise<number>>();
    // So does fetch, with all that it can be called with.
    expectTypeOf(throttler.wrap(fetch, { weight: 1 })).toEqualTypeOf<typeof fetch>();
  });

  test('wrap takes parameters without a type, as p-limit and p-throttle do', () => {
    const untyped = throttler.wrap(async (symbol, ...rest) => {
      expectTypeOf(symbol).toBeAny();
      return `${symbol} ${rest.length}`;
    }, {});
    // biome-ignore lint/suspicious/noExplicitAny: as the compiler infers it
    expectTypeOf(untyped).toEqualTypeOf<(symbol: any, ...rest: any[]) => Promise<string>>();
    untyped('BTC-USDT', 5);
    const named = throttler.wrap<(n: number) => string>(
      (n) => n.toFixed(1),
      (n) => ({ a: n }),
    );
    expectTypeOf(named).toEqualTypeOf<(this: unknown, n: number) => Promise<string>>();
    // @ts-expect-error the parameter is a number
    named('5');
  });

  test('wrap makes a function that returns a promise of any other', () => {
    const half = throttler.wrap((n: number) => n / 2, {});
    expectTypeOf(half).toEqualTypeOf<(n: number) => Promise<number>>();
    const method = throttler.wrap(function (this: Date, _n: string) {
      return this.getTime();
    }, {});
    expectTypeOf(method).thisParameter.toEqualTypeOf<Date>();
    expectTypeOf(method).returns.toEqualTypeOf<Promise<number>>();
  });

  test('what else there is', () => {
    expectTypeOf(throttler.tryThrottle({}, { priority: 'low' })).toBeBoolean();
    expectTypeOf(throttler.estimateWait({}, { priority: undefined })).toBeNumber();
    expectTypeOf(throttler.setPriority('x', 'critical')).toBeBoolean();
    expectTypeOf(throttler.pause({ ms: 5, rules: ['a'] as const })).toBeVoid();
    expectTypeOf(throttler.pause()).toBeVoid();
    expectTypeOf(throttler.resume({ rules: undefined })).toBeVoid();
    expectTypeOf(throttler.setMode('careful', 5)).toBeVoid();
    expectTypeOf(throttler.mode).toBeString();
    expectTypeOf(throttler.idle()).toEqualTypeOf<Promise<void>>();
  });
});

test('what does not compile', () => {
  const throttler = new MultiThrottler([]);
  const order = async (_symbol: string) => {};
  // @ts-expect-error a permit is no promise of nothing
  const nothing: Promise<void> = throttler.acquire({}).then((permit) => permit);
  // @ts-expect-error nobody else says how long it waited
  throttler.acquire({}).then((permit) => permit.waited++);
  // @ts-expect-error no such option
  throttler.acquire({}).then((permit) => permit.release({ refunded: true }));
  // @ts-expect-error no task
  throttler.run({});
  // @ts-expect-error no function
  throttler.wrap('order', {});
  // @ts-expect-error a cost by other arguments than the function has
  throttler.wrap(order, (amount: number) => ({ a: amount }));
  // @ts-expect-error costs are numbers
  throttler.wrap(order, () => ({ a: '1' }));
  // @ts-expect-error an id stays
  throttler.updateRule('a', { id: 'b' });
  // @ts-expect-error an algorithm stays
  throttler.updateRule('a', { algorithm: 'concurrency' });
  // @ts-expect-error no such field
  throttler.updateRule('a', { capasity: 5 });
  // @ts-expect-error a mode is read only
  throttler.mode = 'careful';
  // @ts-expect-error it cannot wait
  throttler.tryThrottle({}, { maxWait: 5 });
  // @ts-expect-error no such priority
  throttler.setPriority('x', 'urgent');
  // @ts-expect-error ids in an array
  throttler.pause({ rules: 'a' });
  // @ts-expect-error no such order
  new MultiThrottler([], { ordering: 'fifo' });
  // @ts-expect-error no such field
  new MultiThrottler([], { modes: { careful: { reserved: 5 } } });
  // @ts-expect-error no limit
  concurrency({ id: 'a' });
  // @ts-expect-error no interval
  spacing({ id: 'a' });
  // @ts-expect-error no such field of spacing
  spacing({ id: 'a', interval: 1, limit: 1 });
  // @ts-expect-error no such anchor
  fixedWindow({ id: 'a', limit: 1, interval: 1, anchor: 'now' });
  // @ts-expect-error no such field of a bucket
  tokenBucket({ id: 'a', capacity: 1, refillRate: 1, limit: 1 });
  expectTypeOf(nothing).not.toBeAny();
});
