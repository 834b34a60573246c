// Window rules through the class. The tests of the engine prove their promises to servers.

import {
  fixedWindow,
  InvalidRuleError,
  MultiThrottler,
  type Rule,
  rollingWindow,
  spacing,
  ThrottleRule,
  tokenBucket,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { follow, thrown } from '../support/helpers.ts';

function setUp(...rules: (Rule | ThrottleRule)[]) {
  const clock = new VirtualClock();
  return { clock, throttler: new MultiThrottler(rules, { clock }) };
}

/** Returns when each of `count` concurrent requests is granted. */
async function grants(rule: Rule, count: number, start = 0) {
  const { clock, throttler } = setUp(rule);
  await clock.advance(start);
  const outcomes = Array.from({ length: count }, () =>
    follow(clock, throttler.throttle({ [rule.id]: 1 })),
  );
  await clock.advance(10_000);
  return outcomes.map(({ at }) => Math.round((at ?? Number.NaN) * 1000) / 1000);
}

test('rolling window bounds any interval plus jitter', async () => {
  const rule = { id: 'a', limit: 2, interval: 1000 };
  expect(await grants(rollingWindow(rule), 5)).toEqual([0, 0, 1000, 1000, 2000]);
  expect(await grants(rollingWindow({ ...rule, jitter: 50 }), 5)).toEqual([0, 0, 1050, 1050, 2100]);
});

test('fixed window has edges of Unix time', async () => {
  // The clock starts at a multiple of 1000 of Unix time.
  const rule = { id: 'a', limit: 2, interval: 1000 };
  expect(await grants(fixedWindow(rule), 5, 300)).toEqual([300, 300, 1000, 1000, 2000]);
  expect(await grants(fixedWindow({ ...rule, anchor: 'epoch', jitter: 50 }), 5, 300)).toEqual([
    300, 300, 1050, 1050, 2050,
  ]);
});

test('first-request window starts with the first request', async () => {
  const rule = { id: 'a', limit: 2, interval: 1000, anchor: 'first-request' } as const;
  expect(await grants(fixedWindow(rule), 5, 300)).toEqual([300, 300, 1300, 1300, 2300]);
  expect(await grants(fixedWindow({ ...rule, jitter: 50 }), 5, 300)).toEqual([
    300, 300, 1350, 1350, 2400,
  ]);
});

test('spacing waits for the cost of the request before', async () => {
  expect(await grants(spacing({ id: 'a', interval: 100 }), 3, 300)).toEqual([300, 400, 500]);
  const rule = { id: 'a', algorithm: 'spacing', interval: 100, jitter: 50 } as const;
  expect(await grants(rule, 3)).toEqual([0, 150, 300]);
  const { clock, throttler } = setUp(spacing({ id: 'a', interval: 100 }));
  const outcomes = [3, 0.5, 1].map((cost) => follow(clock, throttler.throttle({ a: cost })));
  await clock.advance(1000);
  expect(outcomes.map(({ at }) => at)).toEqual([0, 300, 350]);
  expect(throttler.getRule('a')).toEqual(spacing({ id: 'a', interval: 100 }));
});

test('spacing has one token, and an interval that can be changed', async () => {
  const { clock, throttler } = setUp(spacing({ id: 'a', interval: 100 }));
  const seen: string[] = [];
  throttler.on('threshold', ({ rule }) => seen.push(rule));
  throttler.throttle({ a: 2 });
  await clock.advance(50);
  expect(throttler.getStatus().a).toMatchObject({ tokens: 0.25, capacity: 1, utilization: 0.75 });
  const next = follow(clock, throttler.throttle({ a: 1 }));
  throttler.updateRule('a', { interval: 40 });
  await clock.advance(1000);
  expect(next.at).toBe(80);
  expect([seen, throttler.getStats().throttleFactor]).toEqual([[], 0]);
});

test('invalid spacing names the field', () => {
  const error = thrown(() => setUp(spacing({ id: 'a', interval: Number.POSITIVE_INFINITY })));
  expect(error).toBeInstanceOf(InvalidRuleError);
  expect((error as Error).message).toBe(
    'Rule a: interval must be a number of milliseconds from 0 to 2^53 - 1, got Infinity',
  );
  const limited = { id: 'a', algorithm: 'spacing', interval: 1, limit: 5 } as never;
  expect(() => setUp(limited)).toThrow(
    'Rule a: unknown field "limit" for a spacing rule; known fields: id, interval, jitter, scope',
  );
});

test('bucket keeps back the refill of its jitter', async () => {
  const rule = tokenBucket({ id: 'a', capacity: 3, refillRate: 1 / 100, jitter: 100 });
  expect(await grants(rule, 4)).toEqual([0, 0, 100, 200]);
});

test('algorithms mix in one request', async () => {
  const { clock, throttler } = setUp(
    rollingWindow({ id: 'roll', limit: 3, interval: 1000 }),
    fixedWindow({ id: 'fixed', limit: 2, interval: 500 }),
    new ThrottleRule('bucket', 10, 1 / 10),
  );
  const cost = { roll: 1, fixed: 1, bucket: 2 };
  const outcomes = Array.from({ length: 4 }, () => follow(clock, throttler.throttle(cost)));
  await clock.advance(0);
  expect(throttler.getStatus()).toEqual({
    roll: { tokens: 1, capacity: 3, utilization: 1 - 1 / 3 },
    fixed: { tokens: 0, capacity: 2, utilization: 1 },
    bucket: { tokens: 6, capacity: 10, utilization: 0.4 },
  });
  await clock.advance(2000);
  expect(outcomes.map(({ at }) => Math.round(at ?? Number.NaN))).toEqual([0, 0, 500, 1000]);
});

test('setTokens and a change of algorithm work', async () => {
  const { clock, throttler } = setUp(rollingWindow({ id: 'a', limit: 5, interval: 1000 }));
  throttler.setTokens('a', 1);
  const [first, second] = [1, 1].map((a) => follow(clock, throttler.throttle({ a })));
  await clock.advance(10);
  expect([first?.state, second?.state]).toEqual(['granted', 'waiting']);
  throttler.addRule(fixedWindow({ id: 'a', limit: 1, interval: 1000 }));
  await clock.advance(0);
  expect(second?.state).toBe('granted');
});

test('getStatus replans after a step of the wall clock', async () => {
  const clock = new VirtualClock();
  let wall = 0;
  clock.wallNow = () => 1_700_000_000_000 + clock.now() + wall;
  const throttler = new MultiThrottler([fixedWindow({ id: 'a', limit: 1, interval: 1000 })], {
    clock,
  });
  throttler.throttle({ a: 1 });
  const outcome = follow(clock, throttler.throttle({ a: 1 }));
  wall = 500;
  throttler.getStatus();
  await clock.advance(499);
  expect(outcome.state).toBe('waiting');
  await clock.advance(1);
  expect(outcome).toMatchObject({ state: 'granted', at: 500 });
});

describe('invalid window rules', () => {
  test.each<[string, unknown, string, () => Rule]>([
    ['no limit', 0, 'limit', () => rollingWindow({ id: 'a', limit: 0, interval: 1000 })],
    [
      'an interval below 1 ms',
      0.5,
      'interval',
      () => fixedWindow({ id: 'a', limit: 1, interval: 0.5 }),
    ],
    [
      'a negative jitter',
      -1,
      'jitter',
      () => rollingWindow({ id: 'a', limit: 1, interval: 1000, jitter: -1 }),
    ],
    [
      'half the interval as jitter',
      500,
      'jitter',
      () => fixedWindow({ id: 'a', limit: 1, interval: 1000, jitter: 500 }),
    ],
    [
      'a jitter in which it fills',
      100,
      'jitter',
      () => tokenBucket({ id: 'a', capacity: 1, refillRate: 0.01, jitter: 100 }),
    ],
    [
      'an anchor nobody knows',
      'x',
      'anchor',
      () => fixedWindow({ id: 'a', limit: 1, interval: 1000, anchor: 'x' as 'epoch' }),
    ],
    [
      'an anchor of a rolling window, which has none',
      'epoch',
      'anchor',
      () => ({
        ...rollingWindow({ id: 'a', limit: 1, interval: 1000 }),
        anchor: 'epoch',
      }),
    ],
  ])('%s', (_, value, field, rule) => {
    const error = thrown(() => new MultiThrottler([rule()]));
    expect(error).toBeInstanceOf(InvalidRuleError);
    expect(error).toMatchObject({ code: 'INVALID_RULE', ruleId: 'a', field, value });
  });
});
