// The scenarios of ccxt's own tests for its multi-throttler with their exact times. ccxt polls and
// may be late; no grant is late here.

import {
  MultiThrottler,
  QueueOverflowError,
  type ThrottleCost,
  type ThrottleRule,
} from 'multi-throttler';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { follow } from '../support/helpers.ts';

function rule(id: string, capacity: number, refillRate: number, tokens = capacity): ThrottleRule {
  return { id, capacity, refillRate, tokens, intervalType: 'MINUTE', intervalNum: 1 };
}

/** Returns how long `count` requests of the same cost take, one after the other. */
async function duration(rules: ThrottleRule[], count: number, cost: ThrottleCost) {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler(rules, { clock });
  /** The times of the grants. */
  const grants: number[] = [];
  const run = async () => {
    for (let i = 0; i < count; i++) {
      await throttler.throttle(cost);
      grants.push(clock.now());
    }
  };
  return { duration: await clock.until(run()), grants, throttler };
}

test('one rule grants a burst, then one per 100 ms', async () => {
  const { duration: ms, grants } = await duration([rule('requests', 10, 1 / 100)], 15, {
    requests: 1,
  });
  expect(ms).toBe(500);
  expect(grants).toEqual([...Array(10).fill(0), 100, 200, 300, 400, 500]);
});

test('slower of two rules decides', async () => {
  const rules = [rule('requests', 5, 1 / 200), rule('weight', 20, 1 / 100)];
  const { duration: ms, grants } = await duration(rules, 8, { requests: 1, weight: 2 });
  expect(ms).toBe(600);
  expect(grants).toEqual([0, 0, 0, 0, 0, 200, 400, 600]);
});

test('REQUEST_WEIGHT limits the Binance example', async () => {
  const all = [
    rule('RAW_REQUESTS', 6000, 6000 / 60_000, 10),
    rule('REQUEST_WEIGHT', 1200, 1200 / 60_000, 5),
    rule('ORDERS', 100, 100 / 10_000, 3),
  ];
  const cost = { RAW_REQUESTS: 1, REQUEST_WEIGHT: 10, ORDERS: 1 };
  const { duration: ms, grants, throttler } = await duration(all, 6, cost);
  expect(ms).toBe(2750);
  // The bucket starts with 5 of the first 10 tokens; at 1200 per minute it gains 10 in 500 ms.
  expect(grants).toEqual([250, 750, 1250, 1750, 2250, 2750]);
  expect(throttler.getStatus().REQUEST_WEIGHT?.tokens).toBe(0);
  expect(throttler.getStatus().RAW_REQUESTS?.tokens).toBeGreaterThan(1);
  expect(throttler.getStatus().ORDERS?.tokens).toBeGreaterThan(1);

  // Without the weight the same requests take the 300 ms in which three ORDERS refill. With the
  // weight alone they take 2750 ms.
  const [raw, weight, orders] = all as [ThrottleRule, ThrottleRule, ThrottleRule];
  expect((await duration([raw, orders], 6, { RAW_REQUESTS: 1, ORDERS: 1 })).duration).toBe(300);
  expect((await duration([raw], 6, { RAW_REQUESTS: 1 })).duration).toBe(0);
  expect((await duration([weight], 6, { REQUEST_WEIGHT: 10 })).duration).toBe(2750);
});

test('strict rule decides beside a lenient one', async () => {
  const rules = [rule('strict', 3, 1 / 500), rule('lenient', 100, 1 / 10)];
  const { duration: ms, grants } = await duration(rules, 6, { strict: 1, lenient: 1 });
  expect(ms).toBe(1500);
  expect(grants).toEqual([0, 0, 0, 500, 1000, 1500]);
});

test('maxCapacity of 2 rejects beyond two waiters', async () => {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler([rule('test', 1, 1 / 1000)], { maxCapacity: 2, clock });
  const outcomes = Array.from({ length: 5 }, () => follow(clock, throttler.throttle({ test: 1 })));
  expect(throttler.getQueueLength()).toBe(2);
  await clock.advance(0);
  expect(outcomes.map(({ state }) => state)).toEqual([
    'granted',
    'waiting',
    'waiting',
    'rejected',
    'rejected',
  ]);
  for (const { reason } of outcomes.slice(3)) {
    expect(reason).toBeInstanceOf(QueueOverflowError);
    expect((reason as Error).message).toBe(
      'Throttle queue is over maxCapacity (2), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526',
    );
  }
  await clock.advance(2000);
  expect(outcomes.map(({ at }) => at)).toEqual([0, 1000, 2000, 0, 0]);
});

test('shorter of two intervals empties first', async () => {
  const rules = [rule('seconds', 2, 1 / 100), rule('minutes', 5, 1 / 50)];
  const { duration: ms, grants } = await duration(rules, 4, { seconds: 1, minutes: 1 });
  expect(ms).toBe(200);
  expect(grants).toEqual([0, 0, 100, 200]);
});

test('concurrent requests take as long as sequential ones', async () => {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler([rule('requests', 10, 1 / 100)], { clock });
  const outcomes = Array.from({ length: 15 }, () =>
    follow(clock, throttler.throttle({ requests: 1 })),
  );
  await clock.advance(500);
  expect(outcomes.map(({ at }) => at)).toEqual([...Array(10).fill(0), 100, 200, 300, 400, 500]);
});
