// The throttler is called while it is at work: by those it has granted, and by its own clock.

import { MultiThrottler } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from './clock.ts';
import { bucket, follow, refusal, setUp, tokens } from './helpers.ts';

/** A clock that calls back out of one of its functions, once for each time it is told to. */
class Calling extends VirtualClock {
  onNow: (() => void) | undefined;
  onSetTimeout: (() => void) | undefined;
  onClearTimeout: (() => void) | undefined;

  override now(): number {
    this.#call('onNow');
    return super.now();
  }

  override setTimeout(callback: () => void, ms: number): number {
    this.#call('onSetTimeout');
    return super.setTimeout(callback, ms);
  }

  override clearTimeout(handle: unknown): void {
    this.#call('onClearTimeout');
    super.clearTimeout(handle);
  }

  #call(name: 'onNow' | 'onSetTimeout' | 'onClearTimeout'): void {
    const call = this[name];
    this[name] = undefined;
    call?.();
  }
}

describe('from a promise that was resolved', () => {
  test('the next request', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
    const grants: number[] = [];
    const again = (): Promise<void> =>
      throttler.throttle({ a: 1 }).then(() => {
        grants.push(clock.now());
        return grants.length < 5 ? again() : undefined;
      });
    again();
    await clock.advance(100);
    expect(grants).toEqual([10, 20, 30, 40, 50]);
  });

  test('every other method', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0), bucket('b', 1)]);
    const methods: (() => unknown)[] = [
      () => throttler.getStatus(),
      () => throttler.getQueueLength(),
      () => throttler.isRunning(),
      () => throttler.addRule(bucket('c', 1)),
      () => throttler.removeRule('c'),
      () => throttler.setTokens('b', 0),
      () => throttler.reset(),
      () => throttler.clear(),
      () => throttler.close(),
    ];
    for (const method of methods) {
      const outcome = follow(clock, throttler.throttle({ a: 1 }).then(method));
      await clock.advance(10);
      expect(outcome.state).toBe('granted');
      throttler.setTokens('a', 0);
    }
  });

  test('a rejected one asks again', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)]);
    const again = follow(
      clock,
      throttler.throttle({ a: 1 }).catch(() => throttler.throttle({ a: 1 })),
    );
    throttler.clear();
    await clock.advance(0);
    expect([again.state, throttler.getQueueLength()]).toEqual(['waiting', 1]);
    throttler.reset();
    await clock.advance(0);
    expect(again.state).toBe('granted');
  });
});

describe('from the clock', () => {
  const hooks = ['onNow', 'onSetTimeout', 'onClearTimeout'] as const;
  const costs = { a: 1, b: 2 };

  function calling() {
    const clock = new Calling();
    const rules = [bucket('a', 10, 1 / 100, 1), bucket('b', 10), bucket('c', 10)];
    return { clock, throttler: new MultiThrottler(rules, { clock }) };
  }

  test('a request while a request is made: each pays its own costs', async () => {
    const { clock, throttler } = calling();
    clock.onNow = () => throttler.throttle({ c: 7 });
    throttler.throttle(costs);
    expect(tokens(throttler)).toEqual({ a: 0, b: 8, c: 3 });
  });

  test('the rules change while a request is made: it is never taken from another rule', async () => {
    const { clock, throttler } = calling();
    await throttler.throttle(costs);
    clock.onNow = () => {
      throttler.removeRule('a');
      throttler.addRule(bucket('new', 10));
    };
    expect(await refusal(throttler.throttle(costs))).toMatchObject({ code: 'UNKNOWN_RULE' });
    expect(tokens(throttler)).toEqual({ b: 8, c: 10, new: 10 });
  });

  test('a request while a rule is removed is not remembered under its place', async () => {
    const { clock, throttler } = calling();
    // Whether it comes before or after the removal is the throttler's business.
    clock.onNow = () => throttler.throttle(costs).catch(() => {});
    throttler.removeRule('a');
    throttler.addRule(bucket('new', 10));
    expect(await refusal(throttler.throttle(costs))).toMatchObject({ code: 'UNKNOWN_RULE', ruleId: 'a' });
    expect(tokens(throttler)).toMatchObject({ new: 10 });
  });

  for (const hook of hooks) {
    test.each([
      ['clear', 'CLEARED'],
      ['close', 'CLOSED'],
      ['removeRule', 'UNKNOWN_RULE'],
      ['reset', undefined],
      ['getStatus', undefined],
      ['throttle', undefined],
    ] as const)(`${hook}: %s while a request is made`, async (method, code) => {
      const { clock, throttler } = calling();
      // One waits already, so that a timer is there to be taken back.
      const low = follow(clock, throttler.throttle({ a: 9 }, { priority: 'low' }));
      clock[hook] = () => {
        if (method === 'removeRule') throttler.removeRule('a');
        else if (method === 'throttle') throttler.throttle({ a: 2 });
        else throttler[method]();
      };
      const outcome = follow(clock, throttler.throttle({ a: 2, b: 1 }));
      await clock.advance(5000);
      // Where it was called first, the request found it done; where it was called later, the request was part of it.
      expect(['granted', 'rejected']).toContain(outcome.state);
      if (outcome.state === 'rejected') expect(outcome.reason).toMatchObject({ code });
      expect(low.state).not.toBe('waiting');
      expect([throttler.getQueueLength(), clock.pending]).toEqual([0, 0]);
    });
  }

  test('setTimeout calls back at once', async () => {
    const clock = new VirtualClock();
    const later = clock.setTimeout.bind(clock);
    let calls = 0;
    clock.setTimeout = (callback, ms) => {
      if (calls++ === 0) {
        clock.step(ms);
        callback();
      }
      return later(callback, ms);
    };
    const throttler = new MultiThrottler([bucket('a', 1, 1 / 100, 0)], { clock });
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(1000);
    expect(outcome.state).toBe('granted');
    expect(tokens(throttler)).toEqual({ a: 1 });
  });
});
