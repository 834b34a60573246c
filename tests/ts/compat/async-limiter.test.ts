import { CostExceedsCapacityError, InvalidCostError } from 'multi-throttler';
import { AsyncLimiter } from 'multi-throttler/compat';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { follow, generator, refusal, thrown } from '../support/helpers.ts';

function setUp(maxRate: number, timePeriod?: number) {
  const clock = new VirtualClock();
  return { clock, limiter: new AsyncLimiter(maxRate, timePeriod, { clock }) };
}

/** Returns when each of several amounts, asked for together, is acquired. */
async function times(maxRate: number, timePeriod: number, amounts: number[]) {
  const { clock, limiter } = setUp(maxRate, timePeriod);
  const at: number[] = [];
  const all = amounts.map((amount, n) =>
    limiter.acquire(amount).then(() => {
      at[n] = Math.round(clock.now());
    }),
  );
  await clock.until(Promise.all(all));
  return at;
}

const ones = (count: number) => Array<number>(count).fill(1);

test('4 per 8 s: a burst, then one every 2 s', async () => {
  expect(await times(4, 8, ones(8))).toEqual([0, 0, 0, 0, 2000, 4000, 6000, 8000]);
});

test.each([
  [1, 1.5, [0, 1500, 3000, 4500, 6000]],
  [4, 0.8, [0, 0, 0, 0, 200, 400, 600, 800, 1000, 1200]],
])('%d per %d s as in the original', async (maxRate, timePeriod, expected) => {
  expect(await times(maxRate, timePeriod, ones(expected.length))).toEqual(expected);
});

test('a large amount is not overtaken by small ones behind it', async () => {
  // The original grants the ones at 100, 200 and 300 ms, and the 3 at 600 ms.
  expect(await times(3, 0.3, [3, 3, 1, 1, 1])).toEqual([0, 300, 400, 500, 600]);
});

test('the period is a minute by default', async () => {
  const { clock, limiter } = setUp(60);
  expect([limiter.maxRate, limiter.timePeriod]).toEqual([60, 60]);
  await limiter.acquire(60);
  expect(await clock.until(limiter.acquire())).toBeCloseTo(1000, 6);
});

test.each([
  [5, CostExceedsCapacityError],
  [Number.POSITIVE_INFINITY, InvalidCostError],
  [-1, InvalidCostError],
  [Number.NaN, InvalidCostError],
])('an amount of %d is refused', async (amount, error) => {
  const { limiter } = setUp(4, 8);
  expect(await refusal(limiter.acquire(amount))).toBeInstanceOf(error);
  expect(limiter.hasCapacity(4)).toBe(true);
});

test('an amount of 0 never waits', async () => {
  const { clock, limiter } = setUp(4, 8);
  await limiter.acquire(4);
  expect(await clock.until(limiter.acquire(0))).toBe(0);
});

test('hasCapacity goes by the level alone', async () => {
  const { clock, limiter } = setUp(4, 8);
  expect([limiter.hasCapacity(), limiter.hasCapacity(4), limiter.hasCapacity(99)]).toEqual([
    true,
    true,
    false,
  ]);
  await limiter.acquire(4);
  expect([limiter.hasCapacity(), limiter.hasCapacity(0)]).toEqual([false, true]);
  limiter.acquire(2);
  await clock.advance(2000);
  // There is room for one, though two wait for more.
  expect([limiter.hasCapacity(1), limiter.hasCapacity(2)]).toEqual([true, false]);
});

test('hasCapacity agrees with what is granted at once, at random times', async () => {
  const random = generator(7);
  for (let round = 0; round < 200; round++) {
    const { clock, limiter } = setUp(1 + random(20), (1 + random(500)) / 100);
    for (let step = 0; step < 20; step++) {
      const amount = (1 + random(limiter.maxRate * 10)) / 10;
      if (amount > limiter.maxRate) continue;
      const wait = limiter.throttler.estimateWait({ maxRate: amount });
      if (random(2) === 0) await clock.advance(wait);
      const expected = limiter.throttler.estimateWait({ maxRate: amount }) === 0;
      expect(limiter.hasCapacity(amount)).toBe(expected);
      expect(limiter.throttler.tryThrottle({ maxRate: amount })).toBe(expected);
      await clock.advance(random(1000) / 7);
    }
  }
});

test('a cancelled waiter delays nobody', async () => {
  const { clock, limiter } = setUp(1, 1);
  const abort = new AbortController();
  await limiter.acquire();
  const cancelled = follow(clock, limiter.acquire(1, { signal: abort.signal }));
  const next = follow(clock, limiter.acquire());
  await clock.advance(400);
  abort.abort('gone');
  await clock.advance(600);
  expect(cancelled).toMatchObject({ state: 'rejected', at: 400, reason: 'gone' });
  expect(next).toMatchObject({ state: 'granted', at: 1000 });
});

test('run and enter acquire one', async () => {
  const { limiter } = setUp(3, 8);
  expect(await limiter.run(async () => 'done')).toBe('done');
  {
    await using _entered = await limiter.enter();
    expect(limiter.hasCapacity(1)).toBe(true);
  }
  expect(limiter.hasCapacity(2)).toBe(false);
});

test.each([
  [0, 1, 'maxRate'],
  [Number.NaN, 1, 'maxRate'],
  [1, 0, 'timePeriod'],
  [1, Number.POSITIVE_INFINITY, 'timePeriod'],
])('AsyncLimiter(%d, %d) is refused', (maxRate, timePeriod, field) => {
  expect(thrown(() => new AsyncLimiter(maxRate, timePeriod))).toMatchObject({
    code: 'INVALID_CONFIG',
    field,
  });
});
