// Claims on limits that several processes share: the internal calls that a ledger's client makes.

import type { AnyRule, MultiThrottler } from 'multi-throttler';
import { expect, test } from 'vitest';
import { follow, refusal, setUp } from '../support/helpers.ts';

type Flat = (string | number)[];
interface Internal {
  hold(list: Flat): number[];
  heldClaims(): Flat;
  waitingLanes(): Flat;
}

const held = (id: string, limit: number, permits = false) =>
  ({ id, algorithm: 'held', limit, permits }) as unknown as AnyRule;

function setUpHeld(rules: AnyRule[]) {
  const { clock, throttler } = setUp(rules);
  return { clock, throttler, internal: throttler as MultiThrottler & Internal };
}

test('a request is granted in the same tick while a claim covers it', async () => {
  const { clock, throttler, internal } = setUpHeld([held('a', 10)]);
  expect(throttler.tryThrottle({ a: 1 })).toBe(false);
  internal.hold(['a', 1, 3, 100]);
  expect(throttler.tryThrottle({ a: 2 })).toBe(true);
  expect(internal.heldClaims()).toEqual(['a', 1, 100, 3, 2, 0]);
  await clock.advance(100);
  expect(throttler.tryThrottle({ a: 1 })).toBe(false);
  internal.hold(['a', 1, 0, 0]);
  expect(internal.heldClaims()).toEqual([]);
});

test('claims and lanes are taken in one call, in which promises resolve', async () => {
  const { clock, throttler, internal } = setUpHeld([held('a', 10), held('b', 10)]);
  const ahead = follow(clock, throttler.throttle({ a: 9 }));
  const first = follow(clock, throttler.throttle({ a: 1, b: 2 }));
  const second = follow(clock, throttler.throttle({ a: 1, b: 2 }));
  const lanes = internal.waitingLanes();
  expect(lanes).toEqual([
    lanes[0],
    ...[1, 1, 0, 'a', 9, 10],
    lanes[7],
    ...[1, 2, 1, 'a', 1, 10, 'b', 2, 10],
  ]);
  expect(internal.hold(['a', 1, 1, 100, 'b', 2, 2, 100, lanes[7] ?? 0, 2])).toEqual([1]);
  await clock.advance(0);
  expect([ahead.at, first.at, second.at]).toEqual([undefined, 0, undefined]);
  internal.hold(['a', 3, 9, 100]);
  await clock.advance(0);
  expect([ahead.at, second.at]).toEqual([0, undefined]);
});

test('permits return to their claims', async () => {
  const { throttler, internal } = setUpHeld([held('a', 2, true)]);
  internal.hold(['a', 1, 2, Number.POSITIVE_INFINITY]);
  const permit = await throttler.acquire({ a: 2 });
  expect(internal.heldClaims().slice(3, 5)).toEqual([2, 2]);
  permit.release();
  expect(internal.heldClaims().slice(3, 5)).toEqual([2, 0]);
  expect((await refusal(throttler.throttle({ a: 1 }))).code).toBe('NEEDS_PERMIT');
});

test('a closed throttler takes no claims', () => {
  const { throttler, internal } = setUpHeld([held('a', 2)]);
  throttler.close();
  expect(() => internal.hold(['a', 1, 2, 100])).toThrow('closed');
});
