import {
  fixedWindow,
  MultiThrottler,
  rollingWindow,
  ThrottleRule,
  tokenBucket,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { deliveryOf, widened } from '../../../ts/hub/delivery.ts';
import { VirtualClock } from '../support/clock.ts';
import { generator } from '../support/helpers.ts';

describe('the time of delivery', () => {
  test('is a 64th of the window, within bounds, or as given', () => {
    const window = (interval: number) => rollingWindow({ id: 'a', limit: 1, interval });
    expect([10, 1000, 60_000].map((interval) => deliveryOf(window(interval), undefined))).toEqual([
      5, 15.625, 250,
    ]);
    expect(deliveryOf(window(1000), 7)).toBe(7);
    expect(deliveryOf(new ThrottleRule('b', 10, 0), undefined)).toBe(250);
  });

  test('is added to the jitter of windows and of buckets that refill quickly', () => {
    expect(
      widened(fixedWindow({ id: 'a', limit: 1, interval: 6400, jitter: 5 }), undefined),
    ).toEqual({ id: 'a', limit: 1, interval: 6400, jitter: 105, algorithm: 'fixed-window' });
    const quick = tokenBucket({ id: 'b', capacity: 100, refillRate: 0.1 });
    expect(widened(quick, 10)).toMatchObject({ jitter: 10, refillRate: 0.1 });
  });

  test('slows a bucket of one token, which keeps its capacity', () => {
    expect(widened(new ThrottleRule('b', 1, 0.01), 5)).toMatchObject({
      capacity: 1,
      refillRate: 0.01 / 1.05,
    });
  });
});

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'a server with a bucket refuses no request that is delivered in time, seed %i',
  async (seed) => {
    const random = generator(seed + 1);
    const capacity = 1 + random(6);
    const refillRate = (1 + random(20)) / 1000;
    const delivery = deliveryOf(new ThrottleRule('b', capacity, refillRate), undefined);
    const rule = widened(new ThrottleRule('b', capacity, refillRate), undefined);
    const clock = new VirtualClock();
    const throttler = new MultiThrottler([rule], { clock });
    const arrivals: { at: number; cost: number }[] = [];
    for (let n = 0; n < 300; n++) {
      const cost = 1 + random(capacity);
      await clock.until(throttler.throttle({ b: cost }));
      // Worst cases more often than not.
      const way = [0, 1, random(1000) / 1000][random(3)] ?? 0;
      arrivals.push({ at: clock.now() + way * delivery, cost });
      if (random(10) === 0) await clock.advance(random(2000));
    }
    let tokens = capacity;
    let last = 0;
    for (const { at, cost } of arrivals.sort((a, b) => a.at - b.at)) {
      tokens = Math.min(capacity, tokens + refillRate * (at - last)) - cost;
      last = at;
      expect(tokens).toBeGreaterThan(-1e-9);
    }
  },
);
