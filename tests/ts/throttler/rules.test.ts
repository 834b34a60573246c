// Rules and configurations, and changes of rules while requests wait.

import { MultiThrottler, rollingWindow, ThrottleRule } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

describe('ThrottleRule', () => {
  test('takes arguments in the order of ccxt', () => {
    const rule = new ThrottleRule('requests', 10, 1 / 100, 5, 'MINUTE', 2);
    expect({ ...rule }).toEqual({
      id: 'requests',
      capacity: 10,
      refillRate: 1 / 100,
      tokens: 5,
      intervalType: 'MINUTE',
      intervalNum: 2,
    });
  });

  test('starts full by default', () => {
    expect(new ThrottleRule('a', 10, 1)).toMatchObject({ tokens: 10, intervalNum: 1 });
    expect(new ThrottleRule('a', 10, 1, undefined, 'HOUR').tokens).toBe(10);
  });

  test('caps tokens at the capacity', () => {
    expect(tokens(new MultiThrottler([bucket('a', 10, 0, 99)]))).toEqual({ a: 10 });
  });
});

describe('constructor', () => {
  test.each([
    ['an array', [bucket('a', 1)]],
    ['a Set', new Set([bucket('a', 1)])],
    ['the values of a Map', new Map([['x', bucket('a', 1)]]).values()],
    ['a frozen literal', [Object.freeze({ ...bucket('a', 1) })]],
  ])('takes rules from %s', (_, rules) => {
    expect(tokens(new MultiThrottler(rules))).toEqual({ a: 1 });
  });

  test('takes a generator or no rules', () => {
    function* rules() {
      yield bucket('a', 1);
      yield bucket('b', 2);
    }
    expect(tokens(new MultiThrottler(rules()))).toEqual({ a: 1, b: 2 });
    expect(new MultiThrottler([]).getStatus()).toEqual({});
  });

  test.each([undefined, null, 5, 'rules', {}, () => []])(
    'rejects rules that are not iterable: %o',
    (rules) => {
      const error = thrown(() => new MultiThrottler(rules as unknown as ThrottleRule[]));
      expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'rules' });
    },
  );

  test.each([undefined, null, 5, 'a', [], ['a']])(
    'rejects a rule that is no object: %o',
    (rule) => {
      const error = thrown(() => new MultiThrottler([rule as unknown as ThrottleRule]));
      expect(error.code).toBe('INVALID_RULE');
    },
  );

  test.each(['id', 'capacity', 'refillRate'])('rejects a rule without %s', (field) => {
    const { [field]: _, ...rule } = { ...bucket('a', 1) } as Record<string, unknown>;
    const error = thrown(() => new MultiThrottler([rule as unknown as ThrottleRule]));
    expect(error).toMatchObject({ code: 'INVALID_RULE', field });
  });

  test.each([5, 'x', [], true])('rejects a configuration that is no object: %o', (config) => {
    const error = thrown(() => new MultiThrottler([], config as object));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'config' });
  });

  test('rejects an unknown field of a rule', () => {
    const rule = rollingWindow({ id: 'a', limit: 1, interval: 5, jiter: 3 } as never);
    const error = thrown(() => new MultiThrottler([rule]));
    expect(error).toMatchObject({ code: 'INVALID_RULE', ruleId: 'a', field: 'jiter', value: 3 });
    expect(error.message).toBe(
      'Rule a: unknown field "jiter" for a rolling-window rule; known fields: id, limit, interval, jitter, scope',
    );
    const { throttler } = setUp([]);
    expect(thrown(() => throttler.addRule(rule))).toMatchObject({ field: 'jiter' });
    throttler.addRule({ ...bucket('a', 1), note: 'ccxt knows more of it' } as ThrottleRule);
    throttler.addRule(rollingWindow({ id: 'b', limit: 1, interval: 5, jitter: undefined }));
    expect(tokens(throttler)).toEqual({ a: 1, b: 1 });
  });

  test('rejects a limit without algorithm', () => {
    const error = thrown(
      () => new MultiThrottler([{ id: 'a', limit: 5, interval: 1000 } as never]),
    );
    expect(error).toMatchObject({ code: 'INVALID_RULE', ruleId: 'a', field: 'algorithm' });
    expect(error.message).toMatch(
      /^Rule a: algorithm must be one of: token-bucket .+, got nothing$/,
    );
  });

  test('accepts undefined for all options', () => {
    const config = { maxCapacity: undefined, delay: undefined, clock: undefined, unref: undefined };
    expect(new MultiThrottler([], config).getQueueLength()).toBe(0);
    expect(new MultiThrottler([], undefined).getQueueLength()).toBe(0);
  });

  test('rejects an unknown option', () => {
    const error = thrown(() => new MultiThrottler([], { maxcapacity: 5 } as object));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'maxcapacity', value: 5 });
    expect(error.message).toBe(
      'unknown field "maxcapacity" for config; known fields: maxCapacity, delay, ordering, overflow, ' +
        'share, aging, modes, adaptive, headers, backoff, unref, clock, timerWorker',
    );
  });

  test('rejects maxCapacity of an unknown priority', () => {
    const error = thrown(() => new MultiThrottler([], { maxCapacity: { urgent: 1 } as object }));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: 'maxCapacity.urgent' });
    expect(error.message).toBe(
      'unknown field "urgent" for maxCapacity; known fields: critical, normal, low',
    );
    const bad = thrown(() => new MultiThrottler([], { maxCapacity: { low: -1 } }));
    expect(bad).toMatchObject({ code: 'INVALID_CONFIG', field: 'maxCapacity.low', value: -1 });
  });

  test('throws what an iterable or getter throws', () => {
    const reason = new RangeError('mine');
    function* rules(): Generator<ThrottleRule> {
      yield bucket('a', 1);
      throw reason;
    }
    expect(thrown(() => new MultiThrottler(rules()))).toBe(reason);
    const rule = {
      get id(): string {
        throw reason;
      },
    };
    expect(thrown(() => new MultiThrottler([rule as ThrottleRule]))).toBe(reason);
  });
});

describe('addRule', () => {
  test('replaces tokens', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    await throttler.throttle({ a: 10 });
    throttler.addRule(bucket('a', 20, 0, 4));
    expect(throttler.getStatus()).toEqual({ a: { tokens: 4, capacity: 20, utilization: 0.8 } });
  });

  test('grants waiters sooner with a faster rule', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 1000, 0)]);
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(500);
    throttler.addRule(bucket('a', 1, 1 / 100, 0));
    await clock.advance(100);
    expect(outcome).toMatchObject({ state: 'granted', at: 600 });
    expect(clock.pending).toBe(0);
  });

  test('grants waiters later with a slower rule', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    throttler.addRule(bucket('a', 1, 1 / 1000, 0));
    await clock.advance(999);
    expect(outcome.state).toBe('waiting');
    await clock.advance(1);
    expect(outcome.state).toBe('granted');
  });

  test('grants waiters that the new rule allows', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)]);
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    throttler.addRule(bucket('a', 5));
    expect(tokens(throttler)).toEqual({ a: 4 });
    await clock.advance(0);
    expect(outcome.state).toBe('granted');
  });

  test('rejects waiters beyond the new capacity', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0), bucket('b', 1)]);
    const large = refusal(throttler.throttle({ a: 6, b: 1 }));
    const small = follow(clock, throttler.throttle({ a: 5 }));
    throttler.addRule(bucket('a', 5, 1 / 100, 0));
    expect(await large).toMatchObject({
      code: 'COST_EXCEEDS_CAPACITY',
      ruleId: 'a',
      cost: 6,
      capacity: 5,
    });
    expect(throttler.getQueueLength()).toBe(1);
    await clock.advance(500);
    expect(small.state).toBe('granted');
    expect(tokens(throttler)).toEqual({ a: 0, b: 1 });
  });

  test('of a new id affects no waiter', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    throttler.addRule(bucket('b', 1, 0, 0));
    await clock.advance(100);
    expect(outcome.state).toBe('granted');
    expect(clock.armed).toBe(1);
  });

  test('with an invalid rule changes nothing', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    expect(thrown(() => throttler.addRule(bucket('a', -1))).code).toBe('INVALID_RULE');
    await clock.advance(100);
    expect(outcome.state).toBe('granted');
  });
});

describe('removeRule', () => {
  test('grants requests behind those it rejects', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0), bucket('b', 1)]);
    const first = refusal(throttler.throttle({ a: 1, b: 1 }));
    const second = follow(clock, throttler.throttle({ b: 1 }));
    throttler.removeRule('a');
    expect((await first).message).toBe('Unknown throttle rule: a');
    await clock.advance(0);
    expect(second.state).toBe('granted');
    expect(tokens(throttler)).toEqual({ b: 0 });
  });

  test('leaves nothing to a rule added in its slot', async () => {
    const { clock, throttler } = setUp([bucket('a', 5, 0, 1), bucket('z', 5)]);
    throttler.throttle({ a: 1, z: 1 });
    const waiting = refusal(throttler.throttle({ a: 3, z: 1 }));
    throttler.removeRule('a');
    throttler.addRule(bucket('b', 5));
    expect((await waiting).ruleId).toBe('a');
    expect((await refusal(throttler.throttle({ a: 1 }))).code).toBe('UNKNOWN_RULE');
    await throttler.throttle({ b: 2, z: 1 });
    expect(tokens(throttler)).toEqual({ z: 3, b: 3 });
    const outcome = follow(clock, throttler.throttle({ b: 4 }));
    throttler.addRule(bucket('a', 5));
    await clock.advance(0);
    expect(outcome.state).toBe('waiting');
  });

  test('of an unknown rule returns false', () => {
    const { throttler } = setUp([bucket('a', 1)]);
    expect(throttler.removeRule('b')).toBe(false);
    expect(tokens(throttler)).toEqual({ a: 1 });
  });
});
