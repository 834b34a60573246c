// Clocks whose functions throw or return nonsense. No request may be granted early, wait forever or
// get lost.

import { type AnyRule, concurrency, MultiThrottler } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { Breakable, reactions } from '../support/clock.ts';
import { bucket, follow, refusal, thrown, tokens } from '../support/helpers.ts';

const reason = new RangeError('broken');
const fail = () => {
  throw reason;
};

/** Runs work in which a listener throws, and returns the uncaught errors. */
async function uncaughtIn(work: () => void): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process
    .removeAllListeners('uncaughtException')
    .on('uncaughtException', (error) => uncaught.push(error));
  try {
    work();
    await reactions();
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('uncaughtException', other);
  }
  return uncaught;
}

function setUp(rules: AnyRule[] = [bucket('a', 1, 1 / 100, 0), bucket('b', 1)]) {
  const clock = new Breakable();
  return { clock, throttler: new MultiThrottler(rules, { clock }) };
}

describe('clock whose now throws', () => {
  test('passes its error on and takes nothing', async () => {
    const { clock, throttler } = setUp();
    clock.broken.set('now', fail);
    expect(await refusal(throttler.throttle({ b: 1 }))).toBe(reason);
    expect(thrown(() => throttler.getStatus())).toBe(reason);
    expect(thrown(() => throttler.reset())).toBe(reason);
    expect(thrown(() => new MultiThrottler([], { clock }))).toBe(reason);
    clock.broken.clear();
    expect(tokens(throttler)).toEqual({ a: 0, b: 1 });
  });

  test.each([1, 2, 3, 4])(
    'loses no waiter with a timeout at reading %i of a release',
    async (nth) => {
      const { clock, throttler } = setUp([concurrency({ id: 'c', limit: 1 })]);
      const first = await throttler.acquire({ c: 1 });
      const second = throttler.acquire({ c: 1 }, { timeout: 100 }).catch((error) => error);
      let readings = 0;
      clock.broken.set('now', () => (++readings === nth ? fail() : 0));
      try {
        first.release();
      } catch (error) {
        expect(error).toBe(reason);
      }
      clock.broken.clear();
      throttler.throttle({});
      const outcome = await second;
      if (outcome === reason) expect(throttler.getLoad()).toEqual({ waiting: 0, held: 0 });
      else outcome.release();
      expect(await throttler.acquire({ c: 1 })).toMatchObject({ waited: 0 });
    },
  );

  test('grants waiters when it works again', async () => {
    const { clock, throttler } = setUp();
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    clock.broken.set('now', fail);
    await expect(clock.advance(100)).rejects.toBe(reason);
    clock.broken.clear();
    throttler.throttle({});
    await clock.advance(100);
    expect(outcome.state).toBe('granted');
  });

  test.each([
    ['an abort', (_: MultiThrottler, controller: AbortController) => controller.abort(reason)],
    ['clear', (throttler: MultiThrottler) => throttler.clear(reason)],
    ['close', (throttler: MultiThrottler) => throttler.close(reason)],
  ])('still removes the request on %s', async (_, end) => {
    const { clock, throttler } = setUp();
    const controller = new AbortController();
    const outcome = follow(clock, throttler.throttle({ a: 1 }, { signal: controller.signal }));
    clock.broken.set('now', fail);
    const uncaught = await uncaughtIn(() => {
      try {
        end(throttler, controller);
      } catch (error) {
        expect(error).toBe(reason);
      }
      clock.broken.clear();
    });
    expect(uncaught.filter((error) => error !== reason)).toEqual([]);
    await clock.advance(0);
    expect(outcome).toMatchObject({ state: 'rejected', reason });
    expect(throttler.getQueueLength()).toBe(0);
  });
});

describe('clock whose setTimeout throws', () => {
  test('rejects the request that needs the timer', async () => {
    const { clock, throttler } = setUp();
    clock.broken.set('setTimeout', fail);
    expect(await refusal(throttler.throttle({ a: 1, b: 1 }))).toBe(reason);
    expect(throttler.getQueueLength()).toBe(0);
    clock.broken.clear();
    const outcome = follow(clock, throttler.throttle({ a: 1, b: 1 }));
    await clock.advance(100);
    expect(outcome).toMatchObject({ state: 'granted', at: 100 });
  });

  test('grants earlier waiters when it works again', async () => {
    const { clock, throttler } = setUp([bucket('a', 2, 1 / 100, 0)]);
    const first = follow(clock, throttler.throttle({ a: 2 }));
    clock.broken.set('setTimeout', fail);
    expect(await refusal(throttler.throttle({ a: 1 }, { priority: 'critical' }))).toBe(reason);
    clock.broken.clear();
    throttler.setTokens('unknown', 1);
    await clock.advance(200);
    expect(first).toMatchObject({ state: 'granted', at: 200 });
  });
});

describe('clock whose clearTimeout throws', () => {
  test('still aborts requests', async () => {
    const { clock, throttler } = setUp();
    const controller = new AbortController();
    const outcome = follow(clock, throttler.throttle({ a: 1 }, { signal: controller.signal }));
    clock.broken.set('clearTimeout', () => {
      clock.broken.clear();
      throw reason;
    });
    await uncaughtIn(() => controller.abort('stop'));
    await clock.advance(0);
    expect(outcome).toMatchObject({ state: 'rejected', reason: 'stop' });
    await clock.advance(1000);
    expect(tokens(throttler)).toEqual({ a: 1, b: 1 });
  });
});

describe('clock whose now returns nonsense', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'stops time at %d and then goes on',
    async (nonsense) => {
      const { clock, throttler } = setUp();
      const first = follow(clock, throttler.throttle({ a: 1 }));
      clock.broken.set('now', () => nonsense);
      const second = follow(clock, throttler.throttle({ a: 1 }));
      expect(tokens(throttler)).toEqual({ a: 0, b: 1 });
      await clock.advance(60);
      clock.broken.clear();
      throttler.setTokens('unknown', 1);
      expect(tokens(throttler).a).toBeCloseTo(0.6);
      await clock.advance(140);
      expect(first).toMatchObject({ state: 'granted', at: 100 });
      expect(second).toMatchObject({ state: 'granted', at: 200 });
      for (const ms of clock.asked) expect(ms).toBeGreaterThanOrEqual(0);
    },
  );

  test('sets no timers in a loop', async () => {
    const { clock, throttler } = setUp();
    throttler.throttle({ a: 1 });
    clock.broken.set('now', () => Number.NaN);
    await clock.advance(1000);
    expect(clock.fired).toBeLessThanOrEqual(1001);
    expect(clock.peak).toBe(1);
    for (const ms of clock.asked) expect(ms).toBeGreaterThanOrEqual(0);
  });

  // A clock that returns process.hrtime.bigint() is an easy mistake.
  test.each([1n, Symbol('now'), undefined, null, '5', {}, () => 5])(
    'throws or stops time for %o',
    async (nonsense) => {
      const { clock, throttler } = setUp();
      clock.broken.set('now', () => nonsense);
      const outcome = follow(clock, throttler.throttle({ a: 1 }));
      await clock.advance(0);
      expect(['waiting', 'rejected']).toContain(outcome.state);
      clock.broken.clear();
      await clock.advance(1000);
      expect(tokens(throttler).b).toBe(1);
    },
  );
});
