// What compiles and what does not. Nothing here runs.

import {
  type Clock,
  CostExceedsCapacityError,
  concurrency,
  fixedWindow,
  type IntervalType,
  type Mode,
  MultiThrottler,
  type MultiThrottlerConfig,
  type Permit,
  type Priority,
  QueueOverflowError,
  type Rule,
  type RulePatch,
  rollingWindow,
  type ThrottleCost,
  type ThrottleOptions,
  ThrottleRule,
  ThrottlerError,
  tokenBucket,
  WaitTimeoutError,
} from 'multi-throttler';
import { describe, expectTypeOf, test } from 'vitest';

describe('code written for ccxt', () => {
  test('rules as plain objects', () => {
    const rules: ThrottleRule[] = [
      {
        id: 'requests',
        capacity: 10,
        refillRate: 1 / 100,
        tokens: 10,
        intervalType: 'MINUTE',
        intervalNum: 1,
      },
    ];
    const throttler = new MultiThrottler(rules, { maxCapacity: 2 });
    expectTypeOf(throttler).toEqualTypeOf<MultiThrottler>();
    expectTypeOf(throttler.throttle({ requests: 1 })).toEqualTypeOf<Promise<void>>();
    throttler.addRule({ ...rules[0], id: 'more' } as ThrottleRule);
  });

  test('rules by position', () => {
    const rule = new ThrottleRule('requests', 10, 1 / 100, 10, 'MINUTE', 1);
    expectTypeOf(rule).toEqualTypeOf<ThrottleRule>();
    expectTypeOf<keyof ThrottleRule>().toEqualTypeOf<
      'id' | 'capacity' | 'refillRate' | 'tokens' | 'intervalType' | 'intervalNum'
    >();
    expectTypeOf<IntervalType>().toEqualTypeOf<'SECOND' | 'MINUTE' | 'HOUR' | 'DAY'>();
  });

  test('own classes and interfaces of that form', () => {
    interface Named extends ThrottleRule {
      name: string;
    }
    class Own implements ThrottleRule {
      id = 'own';
      capacity = 1;
      refillRate = 1;
      tokens = 1;
      intervalType = 'SECOND' as const;
      intervalNum = 1;
    }
    expectTypeOf<Named>().toExtend<ThrottleRule>();
    new MultiThrottler([new Own()]);
  });

  test('configurations', () => {
    const config: MultiThrottlerConfig = { maxCapacity: 2000, delay: 0.001 };
    new MultiThrottler([], config);
    new MultiThrottler([], {});
    new MultiThrottler([]);
  });

  test('costs', () => {
    const cost: ThrottleCost = { requests: 1 };
    cost.weight = 5;
    const record: Record<string, number> = cost;
    new MultiThrottler([]).throttle(record);
    expectTypeOf<ThrottleCost>().toEqualTypeOf<{ [ruleId: string]: number }>();
  });

  test('the status of three fields', () => {
    const throttler = new MultiThrottler([]);
    const status: { [ruleId: string]: { tokens: number; capacity: number; utilization: number } } =
      throttler.getStatus();
    for (const [id, { tokens, capacity, utilization }] of Object.entries(status)) {
      expectTypeOf(id).toBeString();
      expectTypeOf([tokens, capacity, utilization]).toEqualTypeOf<number[]>();
    }
  });

  test('every method', () => {
    expectTypeOf<MultiThrottler['removeRule']>().toEqualTypeOf<(ruleId: string) => boolean>();
    expectTypeOf<ThrottleRule>().toExtend<Parameters<MultiThrottler['addRule']>[0]>();
    expectTypeOf<MultiThrottler['addRule']>().returns.toBeVoid();
    expectTypeOf<MultiThrottler['getQueueLength']>().returns.toBeNumber();
    expectTypeOf<MultiThrottler['isRunning']>().toEqualTypeOf<() => boolean>();
    expectTypeOf<MultiThrottler['reset']>().toEqualTypeOf<() => void>();
    expectTypeOf<MultiThrottler['setTokens']>().toEqualTypeOf<(ruleId: string, tokens: number) => void>();
    expectTypeOf<() => number>().toExtend<MultiThrottler['getQueueLength']>();
  });
});

describe('beyond ccxt', () => {
  test('rules from any iterable', () => {
    const rule = new ThrottleRule('a', 1, 1);
    new MultiThrottler(new Set([rule]));
    new MultiThrottler(new Map([['a', rule]]).values());
    new MultiThrottler([rule] as readonly ThrottleRule[]);
  });

  test('options, with undefined for what is left out', () => {
    const throttler = new MultiThrottler([]);
    const { signal } = new AbortController();
    throttler.throttle({}, { priority: 'critical', signal, maxWait: 100 });
    throttler.throttle({}, { priority: undefined, signal: undefined, maxWait: undefined });
    throttler.throttle({}, undefined);
    expectTypeOf<Priority>().toEqualTypeOf<'critical' | 'normal' | 'low'>();
    expectTypeOf<ThrottleOptions>().toHaveProperty('signal').toEqualTypeOf<AbortSignal | undefined>();
    throttler.getQueueLength('low');
  });

  test('configuration', () => {
    const clock: Clock = {
      now: () => performance.now(),
      wallNow: () => Date.now(),
      setTimeout: (callback, ms) => setTimeout(callback, ms),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    };
    new MultiThrottler([], { clock, unref: true, maxCapacity: { critical: 10, low: 0 } });
    new MultiThrottler([], { clock: undefined, unref: undefined, maxCapacity: undefined, delay: undefined });
  });

  test('errors', () => {
    const error: unknown = undefined;
    if (error instanceof QueueOverflowError) expectTypeOf(error.maxCapacity).toBeNumber();
    if (error instanceof CostExceedsCapacityError) expectTypeOf(error.capacity).toBeNumber();
    if (error instanceof WaitTimeoutError) expectTypeOf(error.estimatedWait).toBeNumber();
    if (error instanceof ThrottlerError) expectTypeOf(error.code).toBeString();
    expectTypeOf<ThrottlerError>().toExtend<Error>();
  });

  test('clear says how many, close nothing', () => {
    const throttler = new MultiThrottler([]);
    expectTypeOf(throttler.clear()).toBeNumber();
    expectTypeOf(throttler.clear(new Error('stop'))).toBeNumber();
    expectTypeOf(throttler.close(new Error('stop'))).toBeVoid();
  });
});

describe('rules', () => {
  test('made by functions, beside those of ccxt', () => {
    const rules: (Rule | ThrottleRule)[] = [
      tokenBucket({ id: 'a', capacity: 1, refillRate: 1, tokens: 0, allowDebt: true, jitter: 5 }),
      rollingWindow({ id: 'b', limit: 1, interval: 1 }),
      fixedWindow({ id: 'c', limit: 1, interval: 1, anchor: 'first-request', jitter: 0 }),
      concurrency({ id: 'd:*', limit: 1 }),
      new ThrottleRule('e', 1, 1),
      { id: 'f', capacity: 1, refillRate: 1, tokens: 1, intervalType: 'DAY', intervalNum: 1 },
    ];
    const throttler = new MultiThrottler(rules);
    for (const rule of rules) throttler.addRule(rule);
    tokenBucket({ id: 'a', capacity: 1, refillRate: 1, tokens: undefined, allowDebt: undefined });
  });

  test('patches of every kind of rule', () => {
    const throttler = new MultiThrottler([]);
    throttler.updateRule('a', { capacity: 1, refillRate: 1, tokens: 1, allowDebt: false, jitter: 1 });
    throttler.updateRule('a', { capacity: 1, refillRate: 1, intervalType: 'HOUR', intervalNum: 1 });
    throttler.updateRule('b', { limit: 1, interval: 1 });
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
    new MultiThrottler([], { modes, share: 0.5, ordering: 'strict-fifo', overflow: 'drop-lowest', aging: 5 });
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

describe('what does not compile', () => {
  const throttler = new MultiThrottler([]);

  test('permits, tasks, patches', () => {
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
    // @ts-expect-error no such anchor
    fixedWindow({ id: 'a', limit: 1, interval: 1, anchor: 'now' });
    // @ts-expect-error no such field of a bucket
    tokenBucket({ id: 'a', capacity: 1, refillRate: 1, limit: 1 });
    expectTypeOf(nothing).not.toBeAny();
  });

  test('rules', () => {
    // @ts-expect-error a field is missing
    new MultiThrottler([{ id: 'a', capacity: 1, refillRate: 1, tokens: 1, intervalType: 'SECOND' }]);
    // @ts-expect-error no such interval
    new ThrottleRule('a', 1, 1, 1, 'WEEK', 1);
    // @ts-expect-error no rate
    new ThrottleRule('a', 1);
    // @ts-expect-error ids are texts
    new ThrottleRule(1, 1, 1);
    // @ts-expect-error no rules
    new MultiThrottler();
    // @ts-expect-error not an iterable
    new MultiThrottler(new ThrottleRule('a', 1, 1));
  });

  test('costs', () => {
    // @ts-expect-error no cost
    throttler.throttle();
    // @ts-expect-error costs are numbers
    throttler.throttle({ a: '1' });
    // @ts-expect-error costs are numbers
    throttler.throttle({ a: undefined });
    // @ts-expect-error costs are numbers
    throttler.throttle({ a: 1n });
    // @ts-expect-error not an object
    throttler.throttle(5);
    // @ts-expect-error null is no cost
    throttler.throttle(null);
  });

  test('options', () => {
    // @ts-expect-error no such class
    throttler.throttle({}, { priority: 'urgent' });
    // @ts-expect-error no such option
    throttler.throttle({}, { timeout: 5 });
    // @ts-expect-error not a signal
    throttler.throttle({}, { signal: new AbortController() });
    // @ts-expect-error not a number
    throttler.throttle({}, { maxWait: '5' });
    // @ts-expect-error no such class
    throttler.getQueueLength('urgent');
  });

  test('configuration', () => {
    // @ts-expect-error no such option
    new MultiThrottler([], { maxcapacity: 5 });
    // @ts-expect-error no such class
    new MultiThrottler([], { maxCapacity: { urgent: 5 } });
    // @ts-expect-error not all functions
    new MultiThrottler([], { clock: { now: () => 0 } });
    // @ts-expect-error not a boolean
    new MultiThrottler([], { unref: 1 });
  });

  test('results', () => {
    // @ts-expect-error a promise of nothing
    const granted: Promise<boolean> = throttler.throttle({});
    // @ts-expect-error a code cannot be changed
    new ThrottlerError('', '').code = '';
    expectTypeOf(granted).not.toBeAny();
  });

  test('private parts', () => {
    // @ts-expect-error there are none to see
    throttler.rules;
    // @ts-expect-error there are none to see
    throttler.queue;
  });
});
