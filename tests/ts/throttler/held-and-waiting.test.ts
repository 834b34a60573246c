// Waiting requests and held permits: by rule, until none is left, and withdrawn.

import { concurrency, rollingWindow, type ThrottlerError } from 'multi-throttler';
import { describe, expect, test, vi } from 'vitest';
import { reactions } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const rules = () => [
  concurrency({ id: 'c', limit: 1 }),
  bucket('a', 10, 0.01),
  rollingWindow({ id: 'k:*', limit: 1, interval: 1000 }),
];

describe('getLoad', () => {
  test('counts waiting requests and held permits, in all and by rule', async () => {
    const { clock, throttler } = setUp(rules());
    const permit = await throttler.acquire({ c: 1, a: 1 });
    await throttler.acquire({ 'k:x': 1 });
    throttler.acquire({ c: 1 });
    throttler.throttle({ 'k:x': 1, a: 1 });
    throttler.throttle({ 'k:y': 1 });
    throttler.throttle({ 'k:y': 1 });
    expect(throttler.getLoad()).toEqual({ waiting: 3, held: 2 });
    expect(throttler.getLoad('c')).toEqual({ waiting: 1, held: 1 });
    expect(throttler.getLoad('a')).toEqual({ waiting: 1, held: 1 });
    expect(throttler.getLoad('k:x')).toEqual({ waiting: 1, held: 1 });
    expect(throttler.getLoad('k:y')).toEqual({ waiting: 1, held: 0 });
    expect(throttler.getLoad('k:*')).toEqual({ waiting: 2, held: 1 });
    expect(throttler.getLoad('k:none')).toEqual({ waiting: 0, held: 0 });
    permit.release();
    await clock.advance(1001);
    expect(throttler.getLoad()).toEqual({ waiting: 0, held: 2 });
    expect(throttler.getLoad('c')).toEqual({ waiting: 0, held: 1 });
  });

  test('follows rules that are replaced and removed', async () => {
    const { throttler } = setUp(rules());
    const permit = await throttler.acquire({ c: 1, a: 1 });
    throttler.addRule(bucket('a', 5));
    expect(throttler.getLoad('a')).toEqual({ waiting: 0, held: 0 });
    throttler.removeRule('c');
    permit.release();
    expect(throttler.getLoad()).toEqual({ waiting: 0, held: 0 });
  });
});

describe('clear by rule', () => {
  test('rejects the requests of a rule, of a member or of a family', async () => {
    const { throttler } = setUp([bucket('a', 10, 0, 0), ...rules().slice(2)]);
    await throttler.throttle({ 'k:x': 1, 'k:y': 1 });
    const [a, x, y] = [{ a: 1 }, { 'k:x': 1 }, { 'k:y': 1 }].map((cost) =>
      refusal(throttler.throttle(cost)),
    );
    const reason = new Error('stale');
    expect(throttler.clear(reason, { rule: 'k:x' })).toBe(1);
    expect(await x).toBe(reason);
    expect(throttler.clear(undefined, { rule: 'k:*' })).toBe(1);
    expect((await y)?.code).toBe('CLEARED');
    expect(throttler.clear(undefined, { rule: 'unknown' })).toBe(0);
    expect(throttler.clear()).toBe(1);
    expect((await a)?.code).toBe('CLEARED');
  });
});

describe('idle', () => {
  test('waits for permits with held', async () => {
    const { clock, throttler } = setUp(rules());
    const first = await throttler.acquire({ c: 1 });
    const second = throttler.acquire({ c: 1 });
    const [idle, held] = [throttler.idle(), throttler.idle({ held: true })].map((promise) =>
      follow(clock, promise),
    );
    await reactions();
    expect([idle?.state, held?.state]).toEqual(['waiting', 'waiting']);
    first.release();
    await reactions();
    expect([idle?.state, held?.state]).toEqual(['granted', 'waiting']);
    (await second).release({ refund: true });
    await reactions();
    expect(held?.state).toBe('granted');
    await throttler.idle({ held: true });
  });

  test('waits for one rule alone', async () => {
    const { clock, throttler } = setUp(rules());
    throttler.pause();
    const controller = new AbortController();
    const aborted = refusal(throttler.throttle({ a: 1 }, { signal: controller.signal }));
    throttler.throttle({ 'k:x': 1 });
    const [a, family] = [throttler.idle({ rule: 'a' }), throttler.idle({ rule: 'k:*' })].map(
      (promise) => follow(clock, promise),
    );
    await throttler.idle({ rule: 'c', held: true });
    controller.abort();
    await aborted;
    await reactions();
    expect([a?.state, family?.state]).toEqual(['granted', 'waiting']);
    throttler.resume();
    await reactions();
    expect(family?.state).toBe('granted');
  });

  test('resolves when the throttler is closed', async () => {
    const { throttler } = setUp(rules());
    await throttler.acquire({ c: 1 });
    const idle = throttler.idle({ held: true });
    throttler.close();
    await idle;
  });

  test('rejects with an error of its options', async () => {
    const { throttler } = setUp(rules());
    expect((await refusal(throttler.idle({ hold: true } as never))).message).toContain('"hold"');
    expect((await refusal(throttler.idle({ held: 1 } as never))).code).toBe('INVALID_CONFIG');
  });
});

describe('tryAcquire', () => {
  test('returns a permit in the same tick or nothing', () => {
    const { throttler } = setUp(rules());
    const permit = throttler.tryAcquire({ c: 1, a: 2 });
    expect(permit?.waited).toBe(0);
    expect(throttler.tryAcquire({ c: 1 }, { priority: 'critical' })).toBeUndefined();
    expect(tokens(throttler)).toMatchObject({ c: 0, a: 8 });
    permit?.release({ refund: true });
    expect(tokens(throttler)).toMatchObject({ c: 1, a: 10 });
    expect(thrown(() => throttler.tryAcquire({ x: 1 })).code).toBe('UNKNOWN_RULE');
  });

  test('obeys the order', () => {
    const { throttler } = setUp([bucket('a', 10, 0.01, 5)]);
    throttler.throttle({ a: 6 });
    expect(throttler.tryAcquire({ a: 1 })).toBeUndefined();
    expect(throttler.tryAcquire({ a: 1 }, { priority: 'critical' })).toBeDefined();
  });
});

describe('cancel', () => {
  test('rejects the waiting request of an id', async () => {
    const { throttler } = setUp([bucket('a', 10, 0, 5)]);
    const [first, second] = ['x', 'y'].map((id) => throttler.throttle({ a: 6 }, { id }));
    const behind = throttler.throttle({ a: 5 });
    const refused = refusal(first as Promise<void>);
    expect(throttler.cancel('x')).toBe(true);
    expect(throttler.cancel('x')).toBe(false);
    expect((await refused).code).toBe('CANCELLED');
    const reason = new Error('stale');
    expect(throttler.cancel('y', reason)).toBe(true);
    expect(await refusal(second as Promise<void>)).toBe(reason as ThrottlerError);
    await behind;
    expect(throttler.getStats()).toMatchObject({ granted: 1, aborted: 2 });
    await throttler.idle();
  });

  test('leaves a granted request alone, and its signal', async () => {
    const { throttler } = setUp([bucket('a', 10, 0, 5)]);
    const { signal } = new AbortController();
    await throttler.throttle({ a: 1 }, { id: 'x', signal });
    expect(throttler.cancel('x')).toBe(false);
    const remove = vi.spyOn(signal, 'removeEventListener');
    const waiting = refusal(throttler.throttle({ a: 6 }, { id: 'x', signal }));
    throttler.cancel('x');
    await waiting;
    expect(remove).toHaveBeenCalled();
  });
});

describe('run', () => {
  test('starts no task whose signal aborts in the tick of the grant', async () => {
    const { throttler } = setUp(rules());
    const first = await throttler.acquire({ c: 1 });
    const controller = new AbortController();
    const task = vi.fn();
    const run = refusal(throttler.run({ c: 1, a: 4 }, task, { signal: controller.signal }));
    first.release();
    controller.abort('late');
    expect(await run).toBe('late');
    expect(task).not.toHaveBeenCalled();
    expect(tokens(throttler)).toMatchObject({ c: 1, a: 10 });
  });
});
