// Errors thrown by code of the host, which must not cost other requests their promise or timer.

import { MultiThrottler } from 'multi-throttler';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bucket, follow, setUp, thrown } from '../support/helpers.ts';

test('errors of removeEventListener change nothing', async () => {
  const { clock, throttler } = setUp([bucket('a', 3, 1 / 100, 0)]);
  const error = new Error('no way out');
  const signal = {
    aborted: false,
    addEventListener() {},
    removeEventListener() {
      throw error;
    },
  } as unknown as AbortSignal;
  const outcomes = [signal, undefined, undefined].map((signal) =>
    follow(clock, throttler.throttle({ a: 1 }, { signal })),
  );
  expect(thrown(() => throttler.clear())).toBe(error);
  await clock.advance(0);
  expect(outcomes.map(({ state }) => state)).toEqual(['rejected', 'rejected', 'rejected']);
});

test('objects without listeners are rejected as signals', async () => {
  const { throttler } = setUp([bucket('a', 1)]);
  const signal = { aborted: false, addEventListener() {} } as unknown as AbortSignal;
  await expect(throttler.throttle({ a: 1 }, { signal })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    field: 'signal',
  });
});

test('clock error on a critical request loses none', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0), bucket('b', 1, 1 / 10, 0)]);
  const first = follow(clock, throttler.throttle({ a: 1 }));
  const setTimeout = clock.setTimeout.bind(clock);
  clock.setTimeout = () => {
    clock.setTimeout = setTimeout;
    throw new Error('once');
  };
  const critical = follow(clock, throttler.throttle({ b: 1 }, { priority: 'critical' }));
  await clock.advance(100);
  expect([critical.state, first.state, first.at]).toEqual(['rejected', 'granted', 100]);
});

test('clock error in a timer loses none', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  const now = clock.now.bind(clock);
  clock.now = () => {
    clock.now = now;
    throw new Error('once');
  };
  await expect(clock.advance(100)).rejects.toThrow('once');
  await clock.advance(100);
  expect(outcome.state).toBe('granted');
});

test('clock may call back synchronously', async () => {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler([bucket('a', 1, 1 / 100, 0)], { clock });
  const outcomes = Array.from({ length: 3 }, () => follow(clock, throttler.throttle({ a: 1 })));
  const setTimeout = clock.setTimeout.bind(clock);
  clock.setTimeout = (callback, ms) => {
    clock.step(ms);
    callback();
    return setTimeout(() => {}, 0);
  };
  await clock.advance(300);
  expect(outcomes.map(({ state }) => state)).toEqual(['granted', 'granted', 'granted']);
});
