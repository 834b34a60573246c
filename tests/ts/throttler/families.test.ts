// Families: an id that ends in `*` makes a rule of its own for each key used.

import {
  concurrency,
  fixedWindow,
  rollingWindow,
  type ThrottleCost,
  ThrottleRule,
  TooManyKeysError,
  tokenBucket,
  UnknownRuleError,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const costOf = (id: string, amount = 1): ThrottleCost => Object.fromEntries([[id, amount]]);
/** The maximum number of members in use at a time. */
const MOST = 10_000;

const keys = (count: number) => Array.from({ length: count }, (_, i) => `order:${i}`);

describe('family members', () => {
  test('have limits of their own', async () => {
    const { clock, throttler } = setUp([rollingWindow({ id: 'order:*', limit: 2, interval: 100 })]);
    await throttler.throttle({ 'order:BTC': 2 });
    await throttler.throttle({ 'order:ETH': 1 });
    const btc = follow(clock, throttler.throttle({ 'order:BTC': 1 }));
    const eth = follow(clock, throttler.throttle({ 'order:ETH': 1 }));
    await clock.advance(200);
    expect(eth.at).toBe(0);
    expect(btc.at).toBeGreaterThan(100 - 1e-9);
    expect((await refusal(throttler.throttle({ 'order:SOL': 3 }))).code).toBe(
      'COST_EXCEEDS_CAPACITY',
    );
  });

  test.each([
    ['ThrottleRule', new ThrottleRule('f:*', 3, 0)],
    ['a bucket with debt', tokenBucket({ id: 'f:*', capacity: 3, refillRate: 0, allowDebt: true })],
    ['a rolling window', rollingWindow({ id: 'f:*', limit: 3, interval: 1e6 })],
    ['a window of the calendar', fixedWindow({ id: 'f:*', limit: 3, interval: 1e6 })],
    [
      'a window from the first request',
      fixedWindow({ id: 'f:*', limit: 3, interval: 1e6, anchor: 'first-request' }),
    ],
    ['concurrency', concurrency({ id: 'f:*', limit: 3 })],
  ])('may have any algorithm: %s', async (_, rule) => {
    const { clock, throttler } = setUp([rule]);
    const permit = await throttler.acquire({ 'f:x': 2, 'f:y': 1 });
    expect(tokens(throttler)).toEqual({ 'f:*': 3, 'f:x': 1, 'f:y': 2 });
    clock.step(1);
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ 'f:*': 3 });
  });

  test('are in the status while not full', async () => {
    const { clock, throttler } = setUp([bucket('order:*', 2, 1 / 100), bucket('b', 1)]);
    await throttler.throttle({ 'order:x': 1 });
    expect(Object.keys(throttler.getStatus())).toEqual(['order:*', 'b', 'order:x']);
    await clock.advance(100);
    expect(Object.keys(throttler.getStatus())).toEqual(['order:*', 'b']);
  });

  test('mix with other rules in a cost', async () => {
    const { clock, throttler } = setUp([bucket('order:*', 1, 1 / 100), bucket('weight', 10)]);
    await throttler.throttle({ 'order:x': 1, 'order:y': 1, weight: 1 });
    const waiting = follow(clock, throttler.throttle({ 'order:x': 1, 'order:z': 1, weight: 5 }));
    expect(tokens(throttler)).toMatchObject({ 'order:x': 0, 'order:y': 0, weight: 9 });
    await clock.advance(100);
    expect(waiting.at).toBe(100);
  });

  test('belong to the longest prefix, unless a rule has the id', async () => {
    const { throttler } = setUp([
      bucket('*', 1),
      bucket('order:*', 2),
      bucket('order:BTC-*', 3),
      bucket('order:BTC', 4),
    ]);
    for (const id of ['trade', 'order:ETH', 'order:BTC-USDT', 'order:BTC'])
      await throttler.throttle(costOf(id));
    expect(tokens(throttler)).toEqual({
      '*': 1,
      'order:*': 2,
      'order:BTC-*': 3,
      'order:BTC': 3,
      trade: 0,
      'order:ETH': 1,
      'order:BTC-USDT': 2,
    });
  });

  test('have a non-empty key', async () => {
    const { throttler } = setUp([bucket('order:*', 1)]);
    for (const id of ['order:', 'order', 'order:*', 'order:x*', 'Order:x', 'xorder:y']) {
      for (const error of [
        await refusal(throttler.throttle(costOf(id))),
        thrown(() => throttler.tryThrottle(costOf(id))),
        thrown(() => throttler.estimateWait(costOf(id))),
      ]) {
        expect(error).toBeInstanceOf(UnknownRuleError);
        expect(error.message).toBe(`Unknown throttle rule: ${id}. Available rules: order:*`);
      }
    }
    expect(tokens(throttler)).toEqual({ 'order:*': 1 });
  });

  test.each([
    '__proto__',
    'constructor',
    '0',
    ' ',
    '限流',
    '\0',
    'a:b:c',
    '*x',
    'x'.repeat(10_000),
  ])('%o is a key like any other', async (key) => {
    const { throttler } = setUp([bucket('*', 5), bucket('order:*', 5)]);
    for (const id of [key, `order:${key}`]) {
      await throttler.throttle(costOf(id, 2));
      expect(throttler.tryThrottle(costOf(id, 2))).toBe(true);
      expect(Object.getOwnPropertyDescriptor(throttler.getStatus(), id)?.value.tokens).toBe(1);
    }
  });

  test('have keys of whole characters', async () => {
    const { throttler } = setUp([bucket('*', 5)]);
    expect((await refusal(throttler.throttle({ '\ud800': 1 }))).code).toBe('UNKNOWN_RULE');
  });

  test('have jitter, share and modes', async () => {
    const rule = rollingWindow({ id: 'order:*', limit: 10, interval: 100, jitter: 50 });
    const { clock, throttler } = setUp([rule], { share: 0.5, modes: { careful: { buffer: 0.5 } } });
    await throttler.throttle({ 'order:x': 5 });
    throttler.setMode('careful');
    expect(throttler.getStatus()).toMatchObject({ 'order:x': { tokens: 0, capacity: 2 } });
    expect(throttler.tryThrottle({ 'order:y': 1 })).toBe(true);
    expect(throttler.tryThrottle({ 'order:y': 2 })).toBe(false);
    expect(throttler.tryThrottle({ 'order:y': 1 })).toBe(true);
    await clock.advance(151);
    expect(throttler.tryThrottle({ 'order:x': 2 })).toBe(true);
  });
});

describe('calls on a family', () => {
  test('addRule resets all members, updateRule keeps usage', async () => {
    const { throttler } = setUp([tokenBucket({ id: 'order:*', capacity: 5, refillRate: 1 })]);
    await throttler.throttle({ 'order:x': 4 });
    throttler.updateRule('order:*', { capacity: 8, refillRate: 0 });
    expect(throttler.getStatus()).toMatchObject({
      'order:*': { capacity: 8 },
      'order:x': { capacity: 8 },
    });
    expect(throttler.tryThrottle({ 'order:y': 8 })).toBe(true);
    expect(throttler.tryThrottle({ 'order:x': 5 })).toBe(false);
    throttler.addRule(bucket('order:*', 3));
    expect(tokens(throttler)).toEqual({ 'order:*': 3, 'order:x': 3, 'order:y': 3 });
    expect(throttler.tryThrottle({ 'order:x': 3 })).toBe(true);
  });

  test('removeRule removes all members and names them', async () => {
    const { throttler } = setUp([bucket('order:*', 1, 0, 0)]);
    const waiting = ['x', 'y'].map((key) => refusal(throttler.throttle({ [`order:${key}`]: 1 })));
    expect(throttler.removeRule('order:*')).toBe(true);
    expect((await Promise.all(waiting)).map(({ message }) => message)).toEqual([
      'Unknown throttle rule: order:x',
      'Unknown throttle rule: order:y',
    ]);
    expect((await refusal(throttler.throttle({ 'order:x': 1 }))).code).toBe('UNKNOWN_RULE');
    expect(throttler.getStatus()).toEqual({});
  });

  test('pause covers present and later members', async () => {
    const { clock, throttler } = setUp([bucket('order:*', 5), bucket('other:*', 5)]);
    await throttler.throttle({ 'order:old': 1 });
    throttler.pause({ rules: ['order:*'], ms: 100 });
    const outcomes = ['order:old', 'order:new', 'other:x'].map((id) =>
      follow(clock, throttler.throttle(costOf(id))),
    );
    await clock.advance(200);
    expect(outcomes.map(({ at }) => at)).toEqual([100, 100, 0]);
  });

  test('pause of one member is kept and affects no other', async () => {
    const { clock, throttler } = setUp([bucket('order:*', 5)]);
    throttler.pause({ rules: ['order:x'], ms: 100 });
    await clock.advance(1);
    throttler.getStatus();
    expect(throttler.tryThrottle({ 'order:x': 1 })).toBe(false);
    expect(throttler.tryThrottle({ 'order:y': 1 })).toBe(true);
    throttler.resume({ rules: ['order:*'] });
    expect(throttler.tryThrottle({ 'order:x': 1 })).toBe(true);
  });

  test('setTokens creates a member and ignores a family', () => {
    const { throttler } = setUp([bucket('order:*', 5)]);
    throttler.setTokens('order:x', 2);
    throttler.setTokens('order:*', 1);
    expect(tokens(throttler)).toEqual({ 'order:*': 5, 'order:x': 2 });
  });

  test('updateRule with the id of a member changes that member alone', async () => {
    const { throttler } = setUp([bucket('order:*', 5)]);
    await throttler.throttle({ 'order:x': 1, 'order:y': 1 });
    throttler.updateRule('order:x', { capacity: 3 });
    expect(tokens(throttler)).toEqual({ 'order:*': 5, 'order:x': 3, 'order:y': 4 });
  });

  test('addRule with the id of a member replaces it', async () => {
    const { clock, throttler } = setUp([bucket('order:*', 5)]);
    await throttler.throttle({ 'order:x': 5 });
    const waiting = follow(clock, throttler.throttle({ 'order:x': 1 }));
    throttler.addRule(bucket('order:x', 2));
    await clock.advance(0);
    expect([waiting.state, tokens(throttler)['order:x']]).toEqual(['granted', 1]);
    throttler.reset();
    expect(tokens(throttler)['order:x']).toBe(2);
    throttler.removeRule('order:x');
    expect(throttler.tryThrottle({ 'order:x': 5 })).toBe(true);
  });
});

describe('10 000 members', () => {
  test('are the maximum in use at a time', async () => {
    const { throttler } = setUp([bucket('order:*', 2), bucket('weight', 1e6)]);
    for (const id of keys(MOST)) throttler.throttle({ weight: 1, [id]: 1 });
    const cost = { weight: 1, 'order:one more': 1 };
    for (const error of [
      await refusal(throttler.throttle(cost)),
      thrown(() => throttler.tryThrottle(cost)),
      thrown(() => throttler.estimateWait(cost)),
    ]) {
      expect(error).toBeInstanceOf(TooManyKeysError);
      expect(error).toMatchObject({ code: 'TOO_MANY_KEYS', ruleId: 'order:one more' });
      expect(error.message).toContain('order:one more');
      expect(error.message).toContain('10000');
    }
    expect(tokens(throttler).weight).toBe(1e6 - MOST);
    // Present members still grant, each with its own usage.
    for (const id of keys(MOST)) expect(throttler.tryThrottle({ [id]: 1 })).toBe(true);
    for (const id of keys(MOST)) expect(throttler.tryThrottle({ [id]: 1 })).toBe(false);
  });

  test('make room when they are full again', async () => {
    const { clock, throttler } = setUp([bucket('order:*', 1, 1 / 100)]);
    for (const id of keys(MOST)) throttler.throttle({ [id]: 1 });
    await clock.advance(50);
    throttler.setTokens('order:77', 0);
    expect((await refusal(throttler.throttle({ 'order:a': 1 }))).code).toBe('TOO_MANY_KEYS');
    await clock.advance(50);
    for (const id of keys(2 * MOST).slice(MOST, 2 * MOST - 1)) throttler.throttle({ [id]: 1 });
    expect(tokens(throttler)['order:77']).toBeCloseTo(0.5);
    expect((await refusal(throttler.throttle({ 'order:b': 1 }))).code).toBe('TOO_MANY_KEYS');
  });

  test('may be exceeded in the course of time', async () => {
    const { clock, throttler } = setUp([bucket('order:*', 1, 1 / 10)]);
    for (let i = 0; i < 30_000; i++) {
      if (!throttler.tryThrottle({ [`order:${i}`]: 1 })) throw new Error(`key ${i} was not full`);
      clock.step(0.1);
    }
    await clock.advance(10);
    expect(Object.keys(throttler.getStatus())).toEqual(['order:*']);
  });

  test('never lose one with a waiter or a permit', async () => {
    const { clock, throttler } = setUp([
      concurrency({ id: 'task:*', limit: 1 }),
      bucket('order:*', 1, 1 / 10),
    ]);
    const permit = await throttler.acquire({ 'task:held': 1 });
    const waiting = follow(clock, throttler.acquire({ 'task:held': 1, 'order:x': 1 }));
    await clock.advance(100);
    for (let round = 0; round < 5; round++) {
      for (const id of keys(3000)) throttler.throttle({ [id]: 1 });
      await clock.advance(100);
      throttler.getStatus();
    }
    expect([waiting.state, tokens(throttler)['task:held']]).toEqual(['waiting', 0]);
    permit.release();
    await clock.advance(0);
    expect(waiting.state).toBe('granted');
    expect(tokens(throttler)).toMatchObject({ 'task:held': 0, 'order:x': 0 });
  });
});
