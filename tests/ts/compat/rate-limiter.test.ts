import { RateLimiter } from 'multi-throttler/compat';
import { expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { follow, thrown } from '../support/helpers.ts';

function setUp(maxRequests: number, interval: number) {
  const clock = new VirtualClock();
  return { clock, limiter: new RateLimiter(maxRequests, interval, { clock }) };
}

test('a window begins with the first call after the last one has ended', async () => {
  const { clock, limiter } = setUp(2, 1);
  await clock.advance(900);
  const outcomes = Array.from({ length: 3 }, () => follow(clock, limiter.consumeToken()));
  await clock.advance(1000);
  // At exactly the interval the window still counts: `elapsed > interval` in the original.
  expect(outcomes.map(({ at }) => at)).toEqual([900, 900, undefined]);
  await clock.advance(1);
  expect(outcomes[2]?.at).toBeCloseTo(1900, 6);
  // The window of the third call has one more token. The next one begins when it is asked for.
  await clock.advance(5000);
  expect(await clock.until(limiter.consumeToken())).toBe(0);
  expect(await clock.until(limiter.consumeToken())).toBe(0);
  expect(await clock.until(limiter.consumeToken())).toBeCloseTo(1000, 6);
});

test('waiters are served in order of arrival, without polling', async () => {
  const { clock, limiter } = setUp(1, 0.25);
  const order: number[] = [];
  const all = [0, 1, 2, 3].map((n) => limiter.consumeToken().then(() => order.push(n)));
  expect(await clock.until(Promise.all(all))).toBeCloseTo(750, 6);
  expect(order).toEqual([0, 1, 2, 3]);
  expect(clock.fired).toBe(3);
});

test('a cancelled waiter delays nobody', async () => {
  const { clock, limiter } = setUp(1, 1);
  await limiter.consumeToken();
  const signal = AbortSignal.abort('gone');
  const cancelled = follow(clock, limiter.consumeToken({ signal }));
  const next = follow(clock, limiter.consumeToken());
  await clock.advance(1001);
  expect(cancelled).toMatchObject({ state: 'rejected', at: 0, reason: 'gone' });
  expect(next.state).toBe('granted');
});

test.each([
  [0, 1, 'maxRequests'],
  [1, 0, 'interval'],
  [1, Number.NaN, 'interval'],
])('RateLimiter(%d, %d) is refused', (maxRequests, interval, field) => {
  expect(thrown(() => new RateLimiter(maxRequests, interval))).toMatchObject({
    code: 'INVALID_CONFIG',
    field,
  });
});
