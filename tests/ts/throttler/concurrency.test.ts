// Concurrency rules: permits, and which requests are granted.

import { concurrency, InvalidRuleError, type ThrottleCost, ThrottlerError } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const tasks = (limit: number, id = 'tasks') => concurrency({ id, limit });

describe('concurrency rule', () => {
  test('is held until its permits are released', async () => {
    const { clock, throttler } = setUp([tasks(3)]);
    const permit = await throttler.acquire({ tasks: 2 });
    await clock.advance(1e9);
    expect(throttler.getStatus()).toEqual({
      tasks: { tokens: 1, capacity: 3, utilization: 1 - 1 / 3 },
    });
    permit.release();
    expect(tokens(throttler)).toEqual({ tasks: 3 });
  });

  test('accepts a jitter without effect', async () => {
    const { throttler } = setUp([concurrency({ id: 'tasks', limit: 1, jitter: 1000 })]);
    const permit = await throttler.acquire({ tasks: 1 });
    permit.release();
    await throttler.acquire({ tasks: 1 });
    throttler.updateRule('tasks', { jitter: 5 });
    const error = thrown(() => throttler.addRule(concurrency({ id: 'b', limit: 1, jitter: -1 })));
    expect(error).toBeInstanceOf(InvalidRuleError);
    expect(error).toMatchObject({ field: 'jitter', value: -1 });
  });

  test('makes requests with maxWait wait until the deadline', async () => {
    const { clock, throttler } = setUp([tasks(1), bucket('a', 1, 1 / 100, 0)]);
    const holder = await throttler.acquire({ tasks: 1 });
    const [first, second] = [1, 2].map(() =>
      follow(clock, throttler.acquire({ tasks: 1 }, { maxWait: 80 })),
    );
    await clock.advance(50);
    holder.release();
    await clock.advance(50);
    expect(first).toMatchObject({ state: 'granted', at: 50 });
    expect(second).toMatchObject({ state: 'rejected', at: 80, reason: { code: 'WAIT_TIMEOUT' } });
    // Refills are foreseen: the next token goes to the waiter ahead.
    follow(clock, throttler.acquire({ tasks: 1, a: 1 }));
    const late = await refusal(throttler.throttle({ a: 1 }, { maxWait: 99 }));
    expect(late).toMatchObject({ code: 'WAIT_TIMEOUT', estimatedWait: 100 });
  });

  test('grants the next on release, without a timer', async () => {
    const { clock, throttler } = setUp([tasks(1)]);
    const first = await throttler.acquire({ tasks: 1 });
    const outcomes = [1, 2].map(() => follow(clock, throttler.acquire({ tasks: 1 })));
    expect([clock.armed, throttler.isRunning()]).toEqual([0, true]);
    await clock.advance(70);
    first.release();
    // No promise has reacted yet.
    expect([tokens(throttler), throttler.getQueueLength()]).toEqual([{ tasks: 0 }, 1]);
    await clock.advance(1000);
    expect(outcomes.map(({ state, at }) => [state, at])).toEqual([
      ['granted', 70],
      ['waiting', undefined],
    ]);
    expect(clock.armed).toBe(0);
  });

  test('accepts costs below and above one', async () => {
    const { clock, throttler } = setUp([tasks(2)]);
    const small = await Promise.all([1, 2, 3].map(() => throttler.acquire({ tasks: 0.5 })));
    const large = follow(clock, throttler.acquire({ tasks: 2 }));
    for (const permit of small) {
      await clock.advance(10);
      expect(large.state).toBe('waiting');
      permit.release();
    }
    await clock.advance(0);
    expect(large).toMatchObject({ state: 'granted', at: 30 });
  });

  test('beside other rules is the only one released', async () => {
    const { clock, throttler } = setUp([tasks(1), bucket('weight', 10)]);
    const permit = await throttler.acquire({ tasks: 1, weight: 4 });
    const next = follow(clock, throttler.acquire({ tasks: 1, weight: 4 }));
    expect(tokens(throttler)).toEqual({ tasks: 0, weight: 6 });
    permit.release();
    expect(tokens(throttler)).toEqual({ tasks: 0, weight: 2 });
    await clock.advance(0);
    expect(next.state).toBe('granted');
  });

  test('keeps held permits on reset and setTokens', async () => {
    const { throttler } = setUp([tasks(2)]);
    const permit = await throttler.acquire({ tasks: 2 });
    throttler.reset();
    throttler.setTokens('tasks', 2);
    expect(tokens(throttler)).toEqual({ tasks: 0 });
    permit.release();
    throttler.setTokens('tasks', 0);
    expect(tokens(throttler)).toEqual({ tasks: 2 });
  });

  test.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, '3', null, undefined])(
    'a limit of %o is none',
    (limit) => {
      const error = thrown(() => setUp([tasks(limit as number)]));
      expect(error).toBeInstanceOf(InvalidRuleError);
      expect(error).toMatchObject({ code: 'INVALID_RULE', field: 'limit', ruleId: 'tasks' });
    },
  );
});

describe('concurrency rule without a permit', () => {
  const text = 'Rule tasks limits concurrency and needs a permit: use acquire or run';

  test('makes throttle and tryThrottle reject', async () => {
    const { throttler } = setUp([tasks(5), bucket('weight', 10)]);
    const cost = { weight: 1, tasks: 1 };
    for (const error of [
      await refusal(throttler.throttle(cost)),
      thrown(() => throttler.tryThrottle(cost)),
    ]) {
      expect(error.constructor).toBe(ThrottlerError);
      expect({ ...error }).toEqual({ code: 'NEEDS_PERMIT', ruleId: 'tasks' });
      expect(error.message).toBe(text);
    }
    expect(tokens(throttler)).toEqual({ tasks: 5, weight: 10 });
  });

  test('accepts a cost of 0', async () => {
    const { throttler } = setUp([tasks(1), bucket('weight', 10)]);
    await throttler.acquire({ tasks: 1 });
    await throttler.throttle({ weight: 1, tasks: 0 });
    expect(throttler.tryThrottle({ weight: 1, tasks: 0 })).toBe(true);
    expect(tokens(throttler)).toEqual({ tasks: 0, weight: 8 });
  });

  test('is checked after the capacity, before the queue', async () => {
    const { throttler } = setUp([tasks(1), bucket('weight', 10, 0, 0)], { maxCapacity: 0 });
    const code = async (cost: ThrottleCost) => (await refusal(throttler.throttle(cost))).code;
    expect(await code({ tasks: 1, x: 1 })).toBe('UNKNOWN_RULE');
    expect(await code({ tasks: 1, weight: -1 })).toBe('INVALID_COST');
    expect(await code({ tasks: 1, weight: 11 })).toBe('COST_EXCEEDS_CAPACITY');
    expect(await code({ tasks: 1, weight: 1 })).toBe('NEEDS_PERMIT');
    expect(await code({ weight: 1 })).toBe('QUEUE_OVERFLOW');
  });
});

describe('rule changes while permits are held', () => {
  test('lower limit waits for permits, higher one grants waiters', async () => {
    const { clock, throttler } = setUp([tasks(2)]);
    const [first, second] = await Promise.all([1, 2].map(() => throttler.acquire({ tasks: 1 })));
    const waiting = [1, 2].map(() => follow(clock, throttler.acquire({ tasks: 1 })));
    throttler.updateRule('tasks', { limit: 1 });
    first?.release();
    await clock.advance(10);
    expect(waiting.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
    second?.release();
    await clock.advance(10);
    expect(waiting.map(({ at }) => at)).toEqual([10, undefined]);
    throttler.updateRule('tasks', { limit: 2 });
    await clock.advance(0);
    expect(waiting.map(({ at }) => at)).toEqual([10, 20]);
  });

  test('permit of a removed or replaced rule frees nothing', async () => {
    const { throttler } = setUp([tasks(3), bucket('a', 10)]);
    const removed = await throttler.acquire({ tasks: 1, a: 1 });
    throttler.removeRule('tasks');
    throttler.addRule(tasks(3));
    const replaced = await throttler.acquire({ tasks: 1, a: 1 });
    throttler.addRule(tasks(3));
    await throttler.acquire({ tasks: 2 });
    removed.release({ refund: true });
    replaced.release({ refund: true });
    expect(tokens(throttler)).toEqual({ tasks: 1, a: 10 });
  });

  test('permit of a removed rule frees nothing in its slot', async () => {
    const { throttler } = setUp([tasks(3)]);
    const permit = await throttler.acquire({ tasks: 1 });
    throttler.removeRule('tasks');
    throttler.addRule(tasks(3, 'other'));
    await throttler.acquire({ other: 2 });
    permit.release();
    expect(tokens(throttler)).toEqual({ other: 1 });
  });
});
