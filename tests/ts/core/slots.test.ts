// The class remembers the engine's slot of each rule. A cost is never charged to another rule than
// the one it names, whatever happens to rules.

import { MultiThrottler, type ThrottleCost } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { Calling } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

const costOf = (id: string, amount = 1): ThrottleCost => Object.fromEntries([[id, amount]]);

test('costs are charged to a rule in a reused slot', async () => {
  const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
  await throttler.throttle({ a: 1, b: 1 });
  throttler.removeRule('a');
  throttler.addRule(bucket('c', 10));
  expect((await refusal(throttler.throttle({ a: 1, b: 1 }))).message).toBe(
    'Unknown throttle rule: a. Available rules: b, c',
  );
  await throttler.throttle({ b: 1, c: 1 });
  throttler.addRule(bucket('a', 10));
  await throttler.throttle({ a: 2, b: 1 });
  expect(tokens(throttler)).toEqual({ b: 7, c: 9, a: 8 });
});

test('costs are charged to rules that swap slots', async () => {
  const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
  for (let round = 0; round < 5; round++) {
    await throttler.throttle({ a: 1 });
    await throttler.throttle({ b: 2 });
    expect(tokens(throttler)).toEqual({ a: 9, b: 8 });
    throttler.removeRule('a');
    throttler.removeRule('b');
    // The slot that was freed last is used first.
    throttler.addRule(bucket(round % 2 === 0 ? 'a' : 'b', 10));
    throttler.addRule(bucket(round % 2 === 0 ? 'b' : 'a', 10));
  }
});

test('costs are charged per throttler', async () => {
  const one = setUp([bucket('a', 10), bucket('b', 10)]).throttler;
  const other = setUp([bucket('b', 10), bucket('a', 10)]).throttler;
  for (let i = 0; i < 3; i++) {
    await one.throttle({ a: 1, b: 2 });
    await other.throttle({ a: 1, b: 2 });
    one.removeRule('none');
    other.removeRule('none');
  }
  for (const throttler of [one, other]) expect(tokens(throttler)).toEqual({ a: 7, b: 4 });
});

describe('slots of family members', () => {
  test('are reused after they were dropped', async () => {
    const { clock, throttler } = setUp([bucket('x:*', 10, 1), bucket('fixed', 1e6)]);
    // The costs are small and distinct, so a cost charged to the wrong member is noticed.
    for (let round = 0; round < 20; round++) {
      const ids = Array.from({ length: 7 }, (_, i) => `x:${(round * 3 + i) % 11}`);
      for (const [i, id] of ids.entries()) await throttler.throttle({ [id]: i + 1, fixed: 1 });
      const left = tokens(throttler);
      for (const [i, id] of ids.entries()) expect(left[id]).toBe(9 - i);
      expect(left.fixed).toBe(1e6 - 7 * (round + 1));
      await clock.advance(20);
      throttler.getStatus();
    }
  });

  test('are reused by the lookup that drops them', async () => {
    const { clock, throttler } = setUp([bucket('x:*', 10, 1)]);
    const ids = (round: number) => Array.from({ length: 40 }, (_, i) => `x:${round}.${i}`);
    for (let round = 0; round < 10; round++) {
      const cost = Object.fromEntries(ids(round).map((id, i) => [id, 1 + (i % 9)]));
      await throttler.throttle(cost);
      const few = Object.fromEntries(
        ids(round)
          .slice(5, 30)
          .map((id) => [id, 1]),
      );
      expect(throttler.tryThrottle(few)).toBe(true);
      const left = tokens(throttler);
      for (const [i, id] of ids(round).entries())
        expect(left[id]).toBe(9 - (i % 9) - (i >= 5 && i < 30 ? 1 : 0));
      await clock.advance(30);
    }
  });

  test('work in costs of any size', async () => {
    for (const count of [31, 32, 33, 64, 500]) {
      const { clock, throttler } = setUp([bucket('x:*', 10, 1 / 100), bucket('a', 10)]);
      const cost = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`x:${i}`, 1 + (i % 9)]),
      );
      await throttler.throttle({ ...cost, a: 1 });
      const left = tokens(throttler);
      for (const [id, amount] of Object.entries(cost)) expect(left[id]).toBe(10 - amount);
      const waiting = follow(clock, throttler.throttle({ ...cost, a: 1 }));
      const refused = refusal(throttler.throttle({ ...cost, unknown: 1 }));
      expect((await refused).code).toBe('UNKNOWN_RULE');
      await clock.advance(10_000);
      // Members with a cost of 9 have one token left and need eight more.
      expect(waiting.at).toBe(800);
      expect(Object.keys(throttler.getStatus())).toEqual(['x:*', 'a']);
    }
  });
});

test('work in any order', async () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const { clock, throttler } = setUp([bucket('m:*', 1e6)]);
  const left = new Map<string, number>();
  const names = Array.from({ length: 12 }, (_, i) => (i < 8 ? `r${i}` : `m:${i}`));
  for (let step = 0; step < 5000; step++) {
    const name = names[random(names.length)] as string;
    const action = random(10);
    if (action === 0 && !name.startsWith('m:')) {
      throttler.addRule(bucket(name, 1e6));
      left.set(name, 1e6);
    } else if (action === 1) {
      expect(throttler.removeRule(name)).toBe(left.delete(name));
    } else if (action === 2 && name.startsWith('m:')) {
      throttler.setTokens(name, 1e6);
      left.delete(name);
      clock.step(1);
      throttler.getStatus();
    } else {
      const ids = names.filter(() => random(3) === 0);
      const known = ids.every((id) => left.has(id) || id.startsWith('m:'));
      const cost = Object.fromEntries(ids.map((id) => [id, 1 + random(3)]));
      const error = known ? undefined : await refusal(throttler.throttle(cost));
      if (known) throttler.throttle(cost);
      else expect(error?.code).toBe('UNKNOWN_RULE');
      for (const [id, amount] of known ? Object.entries(cost) : [])
        left.set(id, (left.get(id) ?? 1e6) - amount);
    }
  }
  expect(tokens(throttler)).toEqual({ 'm:*': 1e6, ...Object.fromEntries(left) });
});

describe('callbacks while slots are looked up', () => {
  test.each(['first', 'second'])('may exchange rules at the %s lookup', async (which) => {
    const clock = new Calling();
    const throttler = new MultiThrottler([bucket('a', 10), bucket('b', 10), bucket('c', 10)], {
      clock,
    });
    await throttler.throttle({ c: 1 });
    const change = () => {
      throttler.removeRule('a');
      throttler.addRule(bucket('new', 10));
      throttler.throttle({ new: 1, c: 1 });
    };
    clock.onNow =
      which === 'first'
        ? change
        : () => {
            clock.onNow = change;
          };
    expect((await refusal(throttler.throttle({ a: 5, b: 5 }))).code).toBe('UNKNOWN_RULE');
    await throttler.throttle({ new: 1, b: 1, c: 1 });
    expect(tokens(throttler)).toEqual({ b: 9, c: 7, new: 8 });
  });

  test('may change rules from a cost getter', async () => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    await throttler.throttle({ a: 1, b: 1 });
    const cost = {
      a: 5,
      get b() {
        throttler.removeRule('a');
        throttler.addRule(bucket('c', 10));
        return 1;
      },
    };
    expect((await refusal(throttler.throttle(cost))).code).toBe('UNKNOWN_RULE');
    expect((await refusal(throttler.throttle(costOf('a')))).code).toBe('UNKNOWN_RULE');
    expect(tokens(throttler)).toEqual({ b: 9, c: 10 });
  });
});
