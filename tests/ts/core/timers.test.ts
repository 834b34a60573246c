// Long waits, clocks that step, late timers, and the number of timers.

import { MultiThrottler } from 'multi-throttler';
import { afterEach, expect, test, vi } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const LONGEST_DELAY = 2 ** 31 - 1;
const DAY = 86_400_000;

afterEach(() => {
  vi.restoreAllMocks();
});

test('timer delay excludes time passed since the call', async () => {
  let now = 1000;
  // Each reading takes some time.
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 2.75;
    return now;
  });
  const set = vi.spyOn(globalThis, 'setTimeout');
  const throttler = new MultiThrottler([bucket('a', 1, 1 / 100)]);
  throttler.throttle({ a: 1 });
  const granted = now;
  const waiting = throttler.throttle({ a: 1 });
  const armed = now;
  throttler.close();
  expect((await refusal(waiting)).code).toBe('CLOSED');
  expect(set.mock.calls.map(([, delay]) => delay)).toEqual([Math.ceil(granted + 100 - armed)]);
});

test('wait may exceed the longest timer', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / (60 * DAY), 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(60 * DAY - 1);
  expect(outcome.state).toBe('waiting');
  await clock.advance(1);
  expect(outcome).toMatchObject({ state: 'granted', at: 60 * DAY });
  expect(Math.max(...clock.asked)).toBeLessThanOrEqual(LONGEST_DELAY);
  expect(clock.fired).toBe(Math.ceil((60 * DAY) / LONGEST_DELAY));
});

test.each([LONGEST_DELAY - 1, LONGEST_DELAY, LONGEST_DELAY + 1])(
  'wait of %i ms is exact',
  async (ms) => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / ms, 0)]);
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(ms);
    expect(outcome).toMatchObject({ state: 'granted', at: ms });
  },
);

test('later shorter wait is granted first', async () => {
  const { clock, throttler } = setUp([
    bucket('a', 1, 1 / (60 * DAY), 0),
    bucket('b', 1, 1 / 100, 0),
  ]);
  const long = follow(clock, throttler.throttle({ a: 1 }, { priority: 'low' }));
  const short = follow(clock, throttler.throttle({ b: 1 }));
  await clock.advance(100);
  expect(short).toMatchObject({ state: 'granted', at: 100 });
  await clock.advance(60 * DAY - 100);
  expect(long).toMatchObject({ state: 'granted', at: 60 * DAY });
});

test('1000 waiters use one timer at a time', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 1000, 0)]);
  const outcomes = Array.from({ length: 1000 }, () => follow(clock, throttler.throttle({ a: 1 })));
  expect([clock.armed, clock.pending]).toEqual([1, 1]);
  await clock.advance(1_000_000);
  expect(outcomes.map(({ at }) => at)).toEqual(outcomes.map((_, i) => 1000 * (i + 1)));
  expect([clock.armed, clock.fired, clock.pending, clock.peak]).toEqual([1000, 1000, 0, 1]);
});

test('grants at one instant share a timer', async () => {
  const { clock, throttler } = setUp([bucket('a', 100, 1, 0)]);
  throttler.throttle({ a: 100 });
  const outcomes = Array.from({ length: 50 }, () => follow(clock, throttler.throttle({})));
  await clock.advance(100);
  expect(outcomes.every(({ state }) => state === 'granted')).toBe(true);
  expect(clock.fired).toBe(1);
});

test('requests behind the first keep its timer', async () => {
  const { clock, throttler } = setUp([bucket('a', 5, 1 / 100, 0)]);
  throttler.throttle({ a: 5 });
  for (let i = 0; i < 100; i++) throttler.throttle({ a: 1 });
  expect(clock.armed).toBe(1);
});

test('late timer delays only its own grant', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  clock.lateness = 7;
  const outcomes = Array.from({ length: 3 }, () => follow(clock, throttler.throttle({ a: 1 })));
  await clock.advance(1000);
  // A bucket of one that was full for a while has lost the refill of that time.
  expect(outcomes.map(({ at }) => at)).toEqual([107, 214, 321]);
});

test('late timer loses no tokens below capacity', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 0)]);
  clock.lateness = 7;
  const outcomes = Array.from({ length: 3 }, () => follow(clock, throttler.throttle({ a: 1 })));
  await clock.advance(1000);
  expect(outcomes.map(({ at }) => at)).toEqual([107, 207, 307]);
});

test('blocked event loop grants only due requests', async () => {
  const { clock, throttler } = setUp([bucket('a', 5, 1 / 100, 0)]);
  const outcomes = Array.from({ length: 8 }, () => follow(clock, throttler.throttle({ a: 1 })));
  await clock.block(10_000);
  expect(outcomes.filter(({ at }) => at === 10_000)).toHaveLength(5);
  await clock.advance(300);
  expect(outcomes.slice(5).map(({ at }) => at)).toEqual([10_100, 10_200, 10_300]);
});

test('request does not overtake due waiters', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  clock.lateness = 50;
  const first = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(120);
  expect(first.state).toBe('waiting');
  const second = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(0);
  expect([first.state, second.state]).toEqual(['granted', 'waiting']);
  await clock.advance(200);
  expect(second.state).toBe('granted');
});

test('step back keeps tokens', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 4)]);
  await clock.advance(100);
  expect(tokens(throttler)).toEqual({ a: 5 });
  for (const step of [-1, -50, -1e6]) {
    clock.step(step);
    expect(tokens(throttler)).toEqual({ a: 5 });
  }
  await throttler.throttle({ a: 5 });
  expect(tokens(throttler)).toEqual({ a: 0 });
});

test('steps back and forth count time once', async () => {
  const { clock, throttler } = setUp([bucket('a', 100, 1 / 10, 0)]);
  for (let i = 0; i < 10; i++) {
    await clock.advance(10);
    clock.step(-500);
    throttler.getStatus();
    clock.step(500);
  }
  expect(tokens(throttler)).toEqual({ a: 10 });
});

test('step back never grants early', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(60);
  clock.step(-50);
  await clock.advance(39);
  expect(outcome.state).toBe('waiting');
  await clock.advance(51);
  expect(outcome.state).toBe('granted');
  expect(tokens(throttler)).toEqual({ a: 0 });
});

test('step forward counts as elapsed time', async () => {
  const { clock, throttler } = setUp([bucket('a', 2, 1 / 100, 0)]);
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  clock.step(1e9);
  // The request that is due is granted before the status is read.
  expect(tokens(throttler)).toEqual({ a: 1 });
  await clock.advance(0);
  expect(outcome.state).toBe('granted');
});

test('clock may start at any time', async () => {
  for (const start of [-1e6, -0.5, 1e15]) {
    const clock = new VirtualClock();
    clock.step(start);
    const throttler = new MultiThrottler([bucket('a', 1, 1 / 100, 0)], { clock });
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(99);
    expect(outcome.state).toBe('waiting');
    await clock.advance(1);
    expect(outcome).toMatchObject({ state: 'granted', at: start + 100 });
  }
});

test('months of grants do not drift', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 7 / 3_600_000)]);
  for (let i = 0; i < 2000; i++) {
    await clock.until(throttler.throttle({ a: 1 }));
  }
  // The 2000th needs 1990 tokens from the refill.
  expect(clock.now()).toBeCloseTo((1990 * 3_600_000) / 7, 3);
});

test.each(['now', 'wallNow', 'setTimeout', 'clearTimeout'])(
  'clock without %s is rejected',
  (name) => {
    const clock = new VirtualClock();
    Object.defineProperty(clock, name, { value: undefined });
    const error = thrown(() => new MultiThrottler([], { clock }));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG', field: `clock.${name}` });
  },
);

test('clock functions are called as methods', async () => {
  class Wrapped extends VirtualClock {
    calls: unknown[] = [];
    override now() {
      this.calls.push(this);
      return super.now();
    }
  }
  const clock = new Wrapped();
  const throttler = new MultiThrottler([bucket('a', 1)], { clock });
  expect((await refusal(throttler.throttle({ a: 2 }))).code).toBe('COST_EXCEEDS_CAPACITY');
  expect(new Set(clock.calls)).toEqual(new Set([clock]));
});
