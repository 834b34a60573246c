// Wall clocks of members that are not the machine's, as programs replace `Date`, and machines that
// sleep.

import { rollingWindow } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { follow } from '../support/helpers.ts';
import { World } from './world.ts';

const rules = () => [rollingWindow({ id: 'a', limit: 10, interval: 10_000, jitter: 10 })];
const hour = 3_600_000;

/** A member whose wall clock is ahead of the hub's by as much as `set` says. */
function withWall(world: World) {
  let ahead = 0;
  const { clock } = world;
  const member = world.member(
    rules(),
    {},
    {
      now: () => clock.now(),
      wallNow: () => clock.wallNow() + ahead,
      setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
      clearTimeout: (handle) => clock.clearTimeout(handle),
    },
  );
  const set = (ms: number) => {
    ahead = ms;
  };
  return { ...member, set };
}

describe('a member whose program has replaced its wall clock', () => {
  test.each([hour, -hour])('is granted its requests, %d ms ahead', async (ahead) => {
    const world = new World();
    const { throttler, set } = withWall(world);
    set(ahead);
    const first = follow(world.clock, throttler.throttle({ a: 1 }));
    await world.advance(100);
    expect(first.state).toBe('granted');
    expect(throttler.getStats().shared.late).toBe(0);
  });

  test('is granted them after a step too, which makes one grant late', async () => {
    const world = new World();
    const { throttler, set } = withWall(world);
    await world.advance(100);
    set(hour);
    const next = follow(world.clock, throttler.throttle({ a: 1 }));
    await world.advance(100);
    expect(next.state).toBe('granted');
    expect(throttler.getStats()).toMatchObject({ granted: 1, shared: { late: 1 } });
  });
});

test('a grant that was on its way while the machine slept is late', async () => {
  const world = new World();
  const { throttler, set } = withWall(world);
  await world.advance(100);
  // The monotonic clocks stand still meanwhile, and the hub has sent the grant before.
  const request = follow(world.clock, throttler.throttle({ a: 1 }));
  set(hour);
  await world.clock.advance(0);
  expect(throttler.getStats().shared.late).toBe(1);
  await world.advance(100);
  expect(request.state).toBe('granted');
});
