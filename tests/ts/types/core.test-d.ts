// Code that compiles, and code that must not: the throttler, its configuration and its errors.
// Nothing here runs.

import {
  type Clock,
  CostExceedsCapacityError,
  type IntervalType,
  MultiThrottler,
  type MultiThrottlerConfig,
  type Priority,
  QueueOverflowError,
  type ThrottleCost,
  type ThrottleOptions,
  ThrottleRule,
  ThrottlerError,
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
    expectTypeOf<MultiThrottler['setTokens']>().toEqualTypeOf<
      (ruleId: string, tokens: number) => void
    >();
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
    expectTypeOf<ThrottleOptions>()
      .toHaveProperty('signal')
      .toEqualTypeOf<AbortSignal | undefined>();
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
    new MultiThrottler([], {
      clock: undefined,
      unref: undefined,
      maxCapacity: undefined,
      delay: undefined,
    });
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

describe('what does not compile', () => {
  const throttler = new MultiThrottler([]);

  test('rules', () => {
    // @ts-expect-error a field is missing
    new MultiThrottler([
      { id: 'a', capacity: 1, refillRate: 1, tokens: 1, intervalType: 'SECOND' },
    ]);
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
