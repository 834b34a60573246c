// Ranks inside a class, through the class. The order itself is tested in the engine.

import { MultiThrottler, type RequestPriority, spacing } from 'multi-throttler';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { follow } from '../support/helpers.ts';

function setUp() {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler([spacing({ id: 'a', interval: 100 })], { clock });
  throttler.throttle({ a: 1 });
  return { clock, throttler };
}

const ASKED: RequestPriority[] = [
  'normal',
  { rank: 1000 },
  { class: 'low', rank: -1000 },
  { class: 'normal', rank: -1 },
  { class: 'critical', rank: -2 },
  {},
  { rank: 2 },
  'critical',
  { class: 'low', rank: 7 },
];

/** The places of {@link ASKED} in the order of their grants. */
const ORDER = [7, 4, 1, 6, 0, 5, 3, 8, 2];

test.each(['throttle', 'acquire', 'run'] as const)(
  '%s waits by class, then by rank',
  async (name) => {
    const { clock, throttler } = setUp();
    const call = (priority: RequestPriority) => {
      if (name === 'run') return throttler.run({ a: 1 }, () => {}, { priority });
      return throttler[name]({ a: 1 }, { priority });
    };
    const outcomes = ASKED.map((priority) => follow(clock, call(priority)));
    await clock.advance(2000);
    const order = outcomes.map(({ at }, index) => [at, index] as [number, number]);
    expect(order.sort(([a], [b]) => a - b).map(([, index]) => index)).toEqual(ORDER);
  },
);

test('setPriority changes the rank, and the counts by class stay', async () => {
  const { clock, throttler } = setUp();
  const names = ['x', 'y', 'z'];
  const outcomes = names.map((id) => follow(clock, throttler.throttle({ a: 1 }, { id })));
  expect(throttler.setPriority('z', { rank: 1 })).toBe(true);
  expect(throttler.setPriority('x', { class: 'low', rank: 5 })).toBe(true);
  expect(throttler.getQueueLength('low')).toBe(1);
  expect(throttler.getStats().waiting).toEqual({ critical: 0, normal: 2, low: 1 });
  await clock.advance(1000);
  expect(outcomes.map(({ at }) => at)).toEqual([300, 200, 100]);
});

test('tryThrottle, tryAcquire and estimateWait know ranks', async () => {
  const { clock, throttler } = setUp();
  throttler.throttle({ a: 1 }, { priority: { rank: 1 } });
  expect(throttler.estimateWait({ a: 1 }, { priority: { rank: 2 } })).toBe(100);
  expect(throttler.estimateWait({ a: 1 }, { priority: { rank: 1 } })).toBe(200);
  expect(throttler.tryThrottle({ a: 1 }, { priority: { class: 'low', rank: 3 } })).toBe(false);
  expect(throttler.tryAcquire({ a: 1 }, { priority: { rank: -3 } })).toBeUndefined();
  expect(() => throttler.tryThrottle({ a: 1 }, { priority: { rank: 0.5 } })).toThrow(
    'priority.rank must be a whole number from -1000 to 1000, got 0.5',
  );
  await clock.advance(1000);
});

test('events tell the class', async () => {
  const { clock, throttler } = setUp();
  const seen: string[] = [];
  throttler.on('queue', ({ priority }) => seen.push(priority));
  throttler.on('grant', ({ priority }) => seen.push(priority));
  throttler.throttle({ a: 1 }, { priority: { class: 'low', rank: 9 } });
  await clock.advance(1000);
  expect(seen).toEqual(['low', 'low']);
});
