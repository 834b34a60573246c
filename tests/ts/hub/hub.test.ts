import { concurrency, rollingWindow, ThrottleRule } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { reactions } from '../support/clock.ts';
import { follow, refusal } from '../support/helpers.ts';
import { World } from './world.ts';

const rules = () => [rollingWindow({ id: 'a', limit: 4, interval: 1000, jitter: 10 })];

describe('a hub', () => {
  test('grants the requests of all members in one order', async () => {
    const world = new World();
    const [one, two] = [world.member(rules()), world.member(rules())];
    const outcomes = [one, two, one, two, one, two].map(({ throttler }) =>
      follow(world.clock, throttler.throttle({ a: 1 })),
    );
    await world.advance(10);
    expect(outcomes.map(({ state }) => state).filter((s) => s === 'granted')).toHaveLength(4);
    await world.advance(1100);
    expect(outcomes.every(({ state }) => state === 'granted')).toBe(true);
    expect(one.throttler.getStats().shared.epoch).toBe('e1');
    expect(two.throttler.getStats().shared.epoch).toBe('e1');
  });

  test('rejects with the errors of the engine', async () => {
    const world = new World();
    const { throttler } = world.member(rules());
    const all = [
      refusal(throttler.throttle({ b: 1 })),
      refusal(throttler.throttle({ a: Number.NaN })),
      refusal(throttler.throttle({ a: 9 })),
      refusal(throttler.throttle({ a: 1 }, { maxwait: 1 } as object)),
    ];
    await world.advance(10);
    const errors = await Promise.all(all);
    expect(errors.map(({ name, code }) => [name, code])).toEqual([
      ['UnknownRuleError', 'UNKNOWN_RULE'],
      ['InvalidCostError', 'INVALID_COST'],
      ['CostExceedsCapacityError', 'COST_EXCEEDS_CAPACITY'],
      ['InvalidConfigError', 'INVALID_CONFIG'],
    ]);
  });

  test('releases the permits of a member that dies, and drops its waiters', async () => {
    const world = new World();
    const slots = [concurrency({ id: 's', limit: 1 })];
    const [one, two] = [world.member(slots), world.member(slots)];
    await world.advance(10);
    const held = follow(world.clock, one.throttler.acquire({ s: 1 }));
    await world.advance(10);
    expect(held.state).toBe('granted');
    one.throttler.acquire({ s: 1 }).catch(() => {});
    const next = follow(world.clock, two.throttler.acquire({ s: 1 }));
    await world.advance(10);
    expect(next.state).toBe('waiting');
    one.die();
    await world.advance(10);
    expect(next.state).toBe('granted');
  });

  test('cancels, moves and times out requests', async () => {
    const world = new World();
    const { throttler } = world.member([new ThrottleRule('a', 2, 0.002)]);
    await world.advance(10);
    await world.clock.until(throttler.throttle({ a: 2 }));
    const first = follow(world.clock, throttler.throttle({ a: 1 }, { id: 'first' }));
    const second = follow(world.clock, throttler.throttle({ a: 1 }, { id: 'second' }));
    const brief = follow(world.clock, throttler.throttle({ a: 1 }, { maxWait: 20 }));
    await world.advance(30);
    expect(brief.reason).toMatchObject({ code: 'WAIT_TIMEOUT', maxWait: 20 });
    expect(throttler.setPriority('second', 'critical')).toBe(true);
    expect(throttler.getQueueLength('critical')).toBe(1);
    await world.advance(600);
    expect([first.state, second.state]).toEqual(['waiting', 'granted']);
    expect(throttler.cancel('first')).toBe(true);
    await reactions();
    expect(first.reason).toMatchObject({ code: 'CANCELLED' });
    await world.advance(1000);
    expect(throttler.getStats()).toMatchObject({ granted: 2, aborted: 1 });
  });
});
