// The status of the rules as a member knows it.

import { fixedWindow, rollingWindow } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { World } from './world.ts';

const rules = () => [
  rollingWindow({ id: 'a', limit: 10, interval: 60_000, jitter: 10 }),
  fixedWindow({ id: 'b', limit: 10, interval: 60_000, jitter: 10 }),
];

async function pair() {
  const world = new World();
  const [one, two] = [world.member(rules()), world.member(rules())];
  await world.advance(10);
  return { world, one: one.throttler, two: two.throttler };
}

describe('the status that a member knows', () => {
  test('includes the request that was just granted', async () => {
    const { world, one } = await pair();
    for (let granted = 1; granted <= 3; granted++) {
      await world.clock.until(one.throttle({ a: 1 }));
      expect(one.getStatus().a).toMatchObject({ tokens: 10 - granted, age: 0 });
    }
    await world.clock.until(one.acquire({ a: 2, b: 1 }));
    expect(one.getStatus()).toMatchObject({ a: { tokens: 5 }, b: { tokens: 9 } });
  });

  test('includes what other members were granted before', async () => {
    const { world, one, two } = await pair();
    await world.clock.until(two.throttle({ a: 4 }));
    await world.clock.until(one.throttle({ a: 1 }));
    expect(one.getStatus().a).toMatchObject({ tokens: 5, utilization: 0.5 });
  });

  test('says how old it is while only other members use the hub', async () => {
    const { world, one, two } = await pair();
    await world.clock.until(one.throttle({ a: 1 }));
    await world.advance(40);
    await world.clock.until(two.throttle({ a: 4 }));
    expect(one.getStatus().a).toMatchObject({ tokens: 9, capacity: 10, age: 40 });
    await world.clock.until(one.refresh());
    expect(one.getStatus().a).toMatchObject({ tokens: 5, age: 0 });
  });

  test('includes what a report of this member has changed', async () => {
    const { world, one } = await pair();
    one.report({ status: 429, headers: { 'retry-after': '5' } });
    await world.advance(1);
    expect(one.getStats()).toMatchObject({ consecutive429: 1, pausedUntil: expect.any(Number) });
  });

  test('has the pause and the mode that another member has set', async () => {
    const world = new World();
    const modes = { careful: { buffer: 0.5 } };
    const [one, two] = [world.member(rules(), { modes }), world.member(rules(), { modes })];
    await world.advance(10);
    await world.clock.until(two.throttler.pause());
    await world.clock.until(two.throttler.setMode('careful'));
    await world.advance(1);
    expect(one.throttler.getStats().pausedUntil).toBe(Number.POSITIVE_INFINITY);
    expect(one.throttler.mode).toBe('careful');
    expect(one.throttler.getStatus().a?.capacity).toBe(5);
  });

  test('follows later when the status is expensive', async () => {
    const { world, one } = await pair();
    const { throttler } = (world.hub as NonNullable<typeof world.hub>).running.hub.parts;
    const getStatus = throttler.getStatus.bind(throttler);
    let computed = 0;
    // Each status takes 2 ms of the hub's time, as of many rules.
    throttler.getStatus = () => {
      computed += 1;
      world.clock.step(2);
      return getStatus();
    };
    for (let granted = 0; granted < 5; granted++) await world.clock.until(one.throttle({ a: 1 }));
    expect(computed).toBe(1);
    await world.advance(45);
    expect(computed).toBe(2);
    expect(one.getStatus().a?.tokens).toBe(5);
  });
});
