import { concurrency, InvalidConfigError, UnknownRuleError } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const states = (outcomes: { state: string }[]) => outcomes.map(({ state }) => state);

describe('pause of all rules', () => {
  test('blocks until resumed and rejects none', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.pause();
    const waiting = follow(clock, throttler.throttle({ a: 1 }));
    expect(throttler.tryThrottle({ a: 1 })).toBe(false);
    expect([throttler.isRunning(), clock.pending]).toEqual([true, 0]);
    await clock.advance(1e9);
    expect([waiting.state, tokens(throttler).a]).toEqual(['waiting', 10]);
    throttler.resume();
    await clock.advance(0);
    expect(waiting).toMatchObject({ state: 'granted', at: 1e9 });
  });

  test('ends at its exact instant', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.pause({ ms: 100.5 });
    const outcomes = [1, 2, 3].map(() => follow(clock, throttler.throttle({ a: 1 })));
    await clock.advance(100);
    expect(states(outcomes)).toEqual(['waiting', 'waiting', 'waiting']);
    await clock.advance(900);
    expect(outcomes.map(({ at }) => at)).toEqual([100.5, 100.5, 100.5]);
    expect([clock.fired, clock.peak, clock.pending]).toEqual([1, 1, 0]);
  });

  test('needs no timer without waiters', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.pause({ ms: 1000 });
    expect(clock.armed).toBe(0);
    await clock.advance(1000);
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
    expect(clock.armed).toBe(0);
  });

  test('keeps waiters while buckets refill', async () => {
    const { clock, throttler } = setUp([bucket('a', 5, 1 / 10, 0)]);
    const outcomes = [1, 2, 3].map(() => follow(clock, throttler.throttle({ a: 1 })));
    await clock.advance(15);
    throttler.pause({ ms: 10 });
    await clock.advance(100);
    expect(outcomes.map(({ at }) => at)).toEqual([10, 25, 30]);
  });

  test('lets empty costs through', async () => {
    const { throttler } = setUp([bucket('a', 1)]);
    throttler.pause();
    await throttler.throttle({});
    await throttler.throttle({ a: 0 });
    expect(throttler.tryThrottle({})).toBe(true);
  });

  test('is extended but not shortened', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.pause({ ms: 100 });
    throttler.pause({ ms: 50 });
    throttler.pause({ ms: 0 });
    const first = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(50);
    throttler.pause({ ms: 100 });
    await clock.advance(1000);
    expect(first.at).toBe(150);
    throttler.pause();
    throttler.pause({ ms: 10 });
    const second = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(1e6);
    expect(second.state).toBe('waiting');
  });

  test('covers rules added later', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    throttler.pause();
    throttler.addRule(bucket('b', 10));
    throttler.addRule(bucket('a', 10));
    throttler.reset();
    throttler.setTokens('a', 5);
    throttler.updateRule('a', { capacity: 20 });
    expect([{ a: 1 }, { b: 1 }].map((cost) => throttler.tryThrottle(cost))).toEqual([false, false]);
    throttler.resume();
    throttler.addRule(bucket('c', 10));
    expect([{ a: 1 }, { b: 1 }, { c: 1 }].map((cost) => throttler.tryThrottle(cost))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('keeps deadlines', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.pause({ ms: 100 });
    expect(await refusal(throttler.throttle({ a: 1 }, { maxWait: 99 }))).toMatchObject({
      code: 'WAIT_TIMEOUT',
      estimatedWait: 100,
    });
    const waiting = follow(clock, throttler.throttle({ a: 1 }, { maxWait: 100 }));
    throttler.pause({ ms: 1000 });
    await clock.advance(2000);
    expect(waiting).toMatchObject({ state: 'rejected', at: 100, reason: { estimatedWait: 900 } });
  });
});

describe('pause of some rules', () => {
  test('blocks requests that use them', async () => {
    const { clock, throttler } = setUp([bucket('a', 10), bucket('b', 10), bucket('c', 10)]);
    throttler.pause({ rules: ['a', 'c'] });
    const outcomes = [{ a: 1 }, { b: 1 }, { b: 1, c: 1 }, { b: 1, a: 0 }].map((cost) =>
      follow(clock, throttler.throttle(cost)),
    );
    await clock.advance(5);
    expect(states(outcomes)).toEqual(['waiting', 'granted', 'waiting', 'granted']);
    throttler.resume({ rules: ['c'] });
    await clock.advance(5);
    expect(outcomes.map(({ at }) => at)).toEqual([undefined, 0, 5, 0]);
    throttler.resume();
    await clock.advance(5);
    expect(outcomes[0]?.at).toBe(10);
  });

  test('keeps the demand of waiters on other rules', async () => {
    const { clock, throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    throttler.pause({ rules: ['a'] });
    throttler.throttle({ a: 1, b: 8 });
    const outcomes = [{ b: 3 }, { b: 2 }].map((cost) => follow(clock, throttler.throttle(cost)));
    await clock.advance(0);
    expect(states(outcomes)).toEqual(['waiting', 'waiting']);
  });

  test('of a concurrency rule allows releases', async () => {
    const { clock, throttler } = setUp([concurrency({ id: 'tasks', limit: 1 })]);
    const permit = await throttler.acquire({ tasks: 1 });
    throttler.pause({ rules: ['tasks'], ms: 100 });
    const next = follow(clock, throttler.acquire({ tasks: 1 }));
    permit.release();
    await clock.advance(200);
    expect(next.at).toBe(100);
  });

  test('of an empty array pauses none', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    throttler.pause({ rules: [] });
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
    throttler.pause({ rules: undefined, ms: undefined });
    throttler.resume({ rules: [] });
    expect(throttler.tryThrottle({ a: 1 })).toBe(false);
    throttler.resume({ rules: undefined });
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('ends when a rule is removed', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    throttler.pause({ rules: ['a'] });
    throttler.removeRule('a');
    throttler.addRule(bucket('a', 10));
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('with an unknown id throws and changes nothing', () => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    for (const work of [throttler.pause, throttler.resume]) {
      const error = thrown(() => work.call(throttler, { rules: ['a', 'x'] }));
      expect(error).toBeInstanceOf(UnknownRuleError);
      expect({ ...error }).toEqual({ code: 'UNKNOWN_RULE', ruleId: 'x' });
      expect(error.message).toBe('Unknown throttle rule: x. Available rules: a, b');
      expect(throttler.tryThrottle({ a: 1 })).toBe(work === throttler.pause);
      throttler.pause({ rules: ['a'] });
    }
  });
});

describe('invalid pause options', () => {
  test.each([
    ['ms', { ms: -1 }, -1],
    ['ms', { ms: Number.NaN }, Number.NaN],
    ['ms', { ms: '100' }, '100'],
    ['ms', { ms: null }, 'null'],
    ['ms', { ms: 5n }, 'a bigint'],
    ['rules', { rules: 'a' }, 'a'],
    ['rules', { rules: null }, 'null'],
    ['rules', { rules: new Set(['a']) }, 'an object'],
    ['rules', { rules: [5] }, 'an array'],
    ['options', 100, 100],
    ['options', 'a', 'a'],
    ['options', null, 'null'],
    ['options', ['a'], 'an array'],
    ['seconds', { seconds: 30 }, 30],
    ['rule', { ms: 30, rule: 'a' }, 'a'],
  ])('are rejected: %s %o', (field, options, value) => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = thrown(() => throttler.pause(options as object));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect({ ...error }).toEqual({ code: 'INVALID_CONFIG', field, value });
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('that throw when read pause nothing', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const reason = new RangeError('no');
    const options = {
      get rules(): string[] {
        throw reason;
      },
    };
    expect(thrown(() => throttler.pause(options))).toBe(reason);
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('may exceed any timer or never end', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    throttler.pause({ ms: 2 ** 33 });
    const waiting = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(2 ** 33);
    expect(waiting.at).toBe(2 ** 33);
    throttler.pause({ ms: Number.POSITIVE_INFINITY });
    expect(throttler.estimateWait({ a: 1 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('unknown fields of pause and resume are rejected', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const paused = thrown(() => throttler.pause({ rule: ['a'] } as object));
    expect(paused).toMatchObject({ code: 'INVALID_CONFIG', field: 'rule', value: 'an array' });
    expect(paused.message).toBe('unknown field "rule" for pause options; known fields: ms, rules');
    const resumed = thrown(() => throttler.resume({ ms: 5 } as object));
    expect(resumed.message).toBe('unknown field "ms" for resume options; known fields: rules');
    expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  });

  test('are without effect after close', () => {
    const { throttler } = setUp([]);
    throttler.close();
    expect(thrown(() => throttler.pause()).code).toBe('CLOSED');
    expect(thrown(() => throttler.resume()).code).toBe('CLOSED');
  });
});

test('resume without a pause changes nothing', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const waiting = follow(clock, throttler.throttle({ a: 1 }));
  throttler.resume();
  throttler.resume({ rules: ['a'] });
  await clock.advance(100);
  expect([waiting.at, clock.peak]).toEqual([100, 1]);
});
