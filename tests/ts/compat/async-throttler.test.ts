import { CostExceedsCapacityError, UnknownRuleError } from 'multi-throttler';
import {
  AsyncThrottler,
  type AsyncThrottlerOptions,
  LinkedLimitWeightPair,
  RateLimit,
} from 'multi-throttler/compat';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { follow, generator, refusal, thrown } from '../support/helpers.ts';

const limit = (
  id: string,
  most: number,
  seconds: number,
  weight = 1,
  pools: [string, number][] = [],
) =>
  new RateLimit(id, {
    limit: most,
    timeInterval: seconds,
    weight,
    linkedLimits: pools.map(([pool, cost]) => new LinkedLimitWeightPair(pool, cost)),
  });

function setUp(limits: RateLimit[], options?: AsyncThrottlerOptions) {
  const clock = new VirtualClock();
  const throttler = new AsyncThrottler(limits, options, { clock });
  /** Runs tasks that are submitted together; returns when each one ran. */
  const times = async (...ids: string[]) => {
    const at: number[] = [];
    const all = ids.map((id, n) =>
      throttler.executeTask(id).run(() => {
        at[n] = Math.round(clock.now() * 1000) / 1000;
      }),
    );
    await clock.until(Promise.all(all));
    return at;
  };
  return { clock, throttler, times };
}

const six = ['a', 'a', 'a', 'a', 'a', 'a'];

afterEach(() => {
  vi.restoreAllMocks();
});

describe('entering', () => {
  test('two per half a second with six tasks', async () => {
    const { times } = setUp([limit('a', 2, 0.5)]);
    // The original, which polls each 0.1 s, takes 0, 0, 604, 604, 1208, 1208 ms.
    expect(await times(...six)).toEqual([0, 0, 525, 525, 1050, 1050]);
  });

  test('weighted pool of 10 per 5 s with weights 5 and 1', async () => {
    const { times } = setUp([
      limit('pool', 10, 5),
      limit('heavy', 100, 5, 1, [['pool', 5]]),
      limit('light', 100, 5, 1, [['pool', 1]]),
    ]);
    expect(
      await times('heavy', 'light', 'light', 'light', 'light', 'light', 'heavy', 'light'),
    ).toEqual([0, 0, 0, 0, 0, 0, 5250, 5250]);
  });

  test('own weight and linked weights count, each under its limit', async () => {
    const { times, throttler } = setUp([
      limit('a', 4, 1, 2, [
        ['pool', 3],
        ['other', 1],
      ]),
      limit('pool', 9, 2),
      limit('other', 9, 2),
    ]);
    expect(await times('a', 'a')).toEqual([0, 0]);
    const left = Object.entries(throttler.throttler.getStatus()).map(([id, { tokens }]) => [
      id,
      tokens,
    ]);
    expect(left).toEqual([
      ['a', 0],
      ['pool', 3],
      ['other', 7],
    ]);
    expect(await times('a', 'a')).toEqual([1050, 2100]);
  });

  test('a limit that is linked twice, or to itself, costs the sum', async () => {
    const { throttler, times } = setUp([
      limit('a', 10, 1, 1, [
        ['a', 2],
        ['pool', 1],
        ['pool', 3],
      ]),
      limit('pool', 10, 1),
    ]);
    await times('a');
    expect(throttler.throttler.getStatus()).toMatchObject({
      a: { tokens: 7 },
      pool: { tokens: 6 },
    });
  });

  test('a task of another pool overtakes one that waits', async () => {
    const { times } = setUp([limit('a', 1, 1), limit('b', 1, 1)]);
    expect(await times('a', 'a', 'b')).toEqual([0, 1050, 0]);
  });

  test('a weight above its limit, own or linked, rejects at once', async () => {
    const { throttler, clock } = setUp([
      limit('own', 5, 1, 6),
      limit('linked', 5, 1, 1, [['pool', 9]]),
      limit('pool', 8, 1),
      limit('fits', 5, 1, 5, [['pool', 8]]),
    ]);
    for (const id of ['own', 'linked']) {
      expect(await refusal(throttler.executeTask(id).run(() => {}))).toBeInstanceOf(
        CostExceedsCapacityError,
      );
    }
    await clock.until(throttler.executeTask('fits').run(() => {}));
    expect(clock.now()).toBe(0);
  });

  test('an unknown limit id rejects on entry, and not before', async () => {
    const { throttler } = setUp([limit('a', 1, 1), limit('b', 1, 1)]);
    const ran = vi.fn();
    const context = throttler.executeTask('c');
    const error = await refusal(context.run(ran));
    expect(error).toBeInstanceOf(UnknownRuleError);
    expect(error).toMatchObject({
      code: 'UNKNOWN_RULE',
      ruleId: 'c',
      message: 'Unknown throttle rule: c. Available rules: a, b',
    });
    expect(ran).not.toHaveBeenCalled();
    expect(await refusal(Promise.resolve(context))).toBeInstanceOf(UnknownRuleError);
  });

  test('undefined linked ids are left out, and said once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { times, throttler } = setUp([
      limit('a', 2, 1, 1, [['gone', 1]]),
      limit('b', 2, 1, 1, [['gone', 1]]),
    ]);
    expect(warn).not.toHaveBeenCalled();
    expect(await times('a', 'a', 'b')).toEqual([0, 0, 0]);
    expect(warn.mock.calls).toEqual([
      [
        'multi-throttler: the limit a is linked to gone, which is not defined; the link is left out',
      ],
    ]);
    throttler.addRateLimits([limit('gone', 1, 1)]);
    expect(await times('b')).toEqual([0]);
    expect(throttler.withinCapacity('a')).toBe(false);
  });

  test('a cancelled waiter delays nobody', async () => {
    const { throttler, clock } = setUp([limit('a', 1, 1)]);
    const abort = new AbortController();
    await throttler.executeTask('a');
    const cancelled = follow(
      clock,
      throttler.executeTask('a', { signal: abort.signal }).run(() => {}),
    );
    const next = follow(
      clock,
      throttler.executeTask('a').run(() => {}),
    );
    await clock.advance(500);
    abort.abort('changed my mind');
    await clock.advance(5000);
    expect(cancelled).toMatchObject({ state: 'rejected', at: 500, reason: 'changed my mind' });
    expect(next.state).toBe('granted');
    expect(next.at).toBeCloseTo(1050, 6);
  });

  test('the context is entered by each await and each run', async () => {
    const { throttler } = setUp([limit('a', 3, 1)]);
    const context = throttler.executeTask('a');
    expect(throttler.throttler.getStatus().a?.tokens).toBe(3);
    {
      await using entered = await context;
      expect(Symbol.asyncDispose in entered).toBe(true);
      expect(throttler.throttler.getStatus().a?.tokens).toBe(2);
    }
    {
      using _entered = await context;
    }
    expect(await context.run(async () => 5)).toBe(5);
    expect(throttler.throttler.getStatus().a?.tokens).toBe(0);
  });

  test('a task that fails rejects with its error and has used its capacity', async () => {
    const { throttler } = setUp([limit('a', 1, 1)]);
    const failing = throttler.executeTask('a').run(() => {
      throw new RangeError('no');
    });
    expect(await refusal(failing)).toBeInstanceOf(RangeError);
    expect(throttler.withinCapacity('a')).toBe(false);
  });

  test('more tasks wait than a throttler lets wait by default', async () => {
    const { throttler } = setUp([limit('a', 1, 1)]);
    for (let n = 0; n < 2101; n++) throttler.executeTask('a').then(undefined, () => {});
    await Promise.resolve();
    expect(throttler.throttler.getQueueLength()).toBe(2100);
    throttler.throttler.close();
  });
});

/**
 * The instants at which the original would grant tasks of one id that come at `arrivals`, if it
 * looked all the time: when the costs in its log, up to as old as the interval and its margin, and
 * the own ones fit into each limit.
 */
function originalGrants(limits: [most: number, span: number, cost: number][], arrivals: number[]) {
  const grants: number[] = [];
  const fits = (at: number) =>
    limits.every(([most, span, cost]) => {
      const counted = grants.filter((granted) => at - granted <= span).length;
      return (counted + 1) * cost <= most;
    });
  for (const arrival of arrivals) {
    const from = Math.max(arrival, grants.at(-1) ?? 0);
    const ends = limits.flatMap(([, span]) => grants.map((granted) => granted + span + 1e-6));
    const candidates = [from, ...ends.filter((end) => end > from).sort((a, b) => a - b)];
    grants.push(candidates.find(fits) ?? Number.NaN);
  }
  return grants;
}

test('random tasks are granted when the log of the original allows them', async () => {
  const random = generator(11);
  for (let round = 0; round < 150; round++) {
    const pools = Array.from({ length: 1 + random(3) }, (_, n) => {
      const cost = 1 + random(4);
      return { id: `pool${n}`, most: cost + random(12), seconds: (1 + random(40)) / 20, cost };
    });
    const margin = random(3) / 20;
    const linked = pools.map(({ id, cost }): [string, number] => [id, cost]);
    const clock = new VirtualClock();
    const throttler = new AsyncThrottler(
      [
        limit('task', 1 + random(10), 1, 1, linked),
        ...pools.map(({ id, most, seconds }) => limit(id, most, seconds)),
      ],
      { safetyMarginPct: margin },
      { clock },
    );
    let time = 0;
    const arrivals = Array.from({ length: 30 }, () => {
      time += random(3) === 0 ? random(900) : 0;
      return time;
    });
    const grants: number[] = [];
    const tasks = arrivals.map(async (arrival) => {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, arrival));
      await throttler.executeTask('task');
      grants.push(clock.now());
    });
    await clock.until(Promise.all(tasks));
    const [{ limit: own }] = throttler.getRelatedLimits('task');
    const expected = originalGrants(
      [
        [own, 1000 + 1000 * margin, 1],
        ...pools.map(({ most, seconds, cost }): [number, number, number] => {
          const interval = seconds * 1000;
          return [most, interval + interval * margin, cost];
        }),
      ],
      arrivals,
    );
    for (const [n, at] of grants.entries()) expect(at).toBeCloseTo(expected[n] ?? Number.NaN, 3);
  }
});

describe('the window', () => {
  test('an entry as old as a millisecond interval still counts', async () => {
    const { throttler, clock } = setUp([limit('a', 1, 0.01)], { safetyMarginPct: 0 });
    await throttler.executeTask('a');
    await clock.advance(10);
    expect(throttler.withinCapacity('a')).toBe(false);
    await clock.advance(0.001);
    expect(throttler.withinCapacity('a')).toBe(true);
  });

  test('the margin is a fraction of the interval', async () => {
    const { throttler, clock } = setUp([limit('a', 1, 0.02)], { safetyMarginPct: 0.5 });
    await throttler.executeTask('a');
    await clock.advance(30);
    expect(throttler.withinCapacity('a')).toBe(false);
    await clock.advance(0.001);
    expect(throttler.withinCapacity('a')).toBe(true);
  });

  test('decimal seconds are exact milliseconds', async () => {
    const { throttler } = setUp([limit('a', 1, 1.1), limit('b', 1, 0.007), limit('c', 1, 86_400)]);
    expect(['a', 'b', 'c'].map((id) => throttler.throttler.getRule(id))).toMatchObject([
      { interval: 1100 },
      { interval: 7 },
      { interval: 86_400_000 },
    ]);
  });

  test('retryInterval has no effect', async () => {
    const { times } = setUp([limit('a', 2, 0.5)], { retryInterval: 10 });
    expect(await times(...six)).toEqual([0, 0, 525, 525, 1050, 1050]);
  });
});

describe('the share', () => {
  test.each([
    [10, 55, 5],
    [1, 1, 1],
    [10, undefined, 10],
    [2.5, 100, 2],
    [0, 100, 1],
    [10, 0, 1],
    // 0.29 * 100 and 33.3 * 1000 are below the whole number in binary fractions.
    [100, 29, 29],
    [1000, 33.3, 333],
    [1000, 33.2999, 332],
  ])('of %d at %s percent is %d', (most, limitsSharePercentage, expected) => {
    const { throttler } = setUp([limit('a', most, 1)], { limitsSharePercentage });
    expect(throttler.getRelatedLimits('a')[0].limit).toBe(expected);
    expect(throttler.throttler.getStatus().a?.capacity).toBe(expected);
  });

  test.each([Number.POSITIVE_INFINITY, 2 ** 63 - 1, Number.MAX_SAFE_INTEGER])(
    'of %d is no limit',
    (most) => {
      const { throttler } = setUp([limit('a', most, 1)]);
      expect(throttler.throttler.getStatus().a?.capacity).toBe(Number.MAX_SAFE_INTEGER);
      expect(throttler.withinCapacity('a')).toBe(true);
    },
  );
});

describe('changing limits', () => {
  test('setRateLimits keeps the usage', async () => {
    const { throttler, times } = setUp([limit('a', 10, 1)]);
    await times('a');
    throttler.setRateLimits([limit('a', 1, 1)]);
    expect(throttler.withinCapacity('a')).toBe(false);
    throttler.setRateLimits([limit('a', 2, 1)]);
    expect(throttler.withinCapacity('a')).toBe(true);
  });

  test('a limit that was left out is unknown, and keeps its usage until it is set again', async () => {
    const { throttler, times } = setUp([limit('a', 1, 1)]);
    await times('a');
    throttler.setRateLimits([limit('b', 1, 1)]);
    expect(await refusal(throttler.executeTask('a').run(() => {}))).toMatchObject({
      message: 'Unknown throttle rule: a. Available rules: b',
    });
    throttler.setRateLimits([limit('a', 1, 1)]);
    expect(throttler.withinCapacity('a')).toBe(false);
    expect(await times('a')).toEqual([1050]);
  });

  test('a raised limit frees waiting tasks, a lowered one rejects those above it', async () => {
    const { throttler, clock } = setUp([limit('a', 2, 1, 2), limit('b', 2, 1, 2)]);
    await Promise.all([throttler.executeTask('a'), throttler.executeTask('b')]);
    const raised = follow(
      clock,
      throttler.executeTask('a').run(() => {}),
    );
    const lowered = follow(
      clock,
      throttler.executeTask('b').run(() => {}),
    );
    await clock.advance(100);
    throttler.setRateLimits([limit('a', 4, 1, 2), limit('b', 1, 1, 2)]);
    await clock.advance(0);
    expect(raised).toMatchObject({ state: 'granted', at: 100 });
    expect(lowered).toMatchObject({ state: 'rejected', at: 100 });
    expect(lowered.reason).toBeInstanceOf(CostExceedsCapacityError);
  });

  test('addRateLimits skips known ids and scales new ones', async () => {
    const { throttler } = setUp([limit('a', 10, 1)], { limitsSharePercentage: 50 });
    throttler.addRateLimits([limit('a', 99, 1), limit('b', 99, 1)]);
    expect(['a', 'b'].map((id) => throttler.getRelatedLimits(id)[0].limit)).toEqual([5, 49]);
  });

  test('an invalid limit changes nothing', () => {
    const { throttler } = setUp([limit('a', 10, 1)]);
    const bad: [RateLimit, string][] = [
      [limit('c', Number.NaN, 1), 'limit'],
      [limit('c', -1, 1), 'limit'],
      [limit('c', 1, 0), 'timeInterval'],
      [limit('c', 1, 0.0009), 'timeInterval'],
      [limit('', 1, 1), 'limitId'],
    ];
    for (const [wrong, field] of bad) {
      for (const change of ['setRateLimits', 'addRateLimits'] as const) {
        const error = thrown(() => throttler[change]([limit('b', 1, 1), wrong]));
        expect(error).toMatchObject({ code: 'INVALID_CONFIG', field });
      }
    }
    expect(Object.keys(throttler.throttler.getStatus())).toEqual(['a']);
    expect(throttler.getRelatedLimits('a')[0].limit).toBe(10);
  });

  test('the limits of the caller are copied', () => {
    const mine = limit('a', 10, 1);
    const { throttler } = setUp([mine], { limitsSharePercentage: 50 });
    expect(mine.limit).toBe(10);
    expect(throttler.getRelatedLimits('a')[0]).not.toBe(mine);
  });
});

describe('questions', () => {
  test('getRelatedLimits returns the limit and those it is linked to', () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { throttler } = setUp([
      limit('a', 1, 1, 1, [
        ['pool', 5],
        ['gone', 1],
      ]),
      limit('pool', 9, 2),
    ]);
    const [own, related] = throttler.getRelatedLimits('a');
    expect(own).toMatchObject({ limitId: 'a', limit: 1, timeInterval: 1, weight: 1 });
    expect(related.map(([{ limitId }, weight]) => [limitId, weight])).toEqual([['pool', 5]]);
    expect(throttler.getRelatedLimits('pool')[1]).toEqual([]);
    expect(thrown(() => throttler.getRelatedLimits('x'))).toBeInstanceOf(UnknownRuleError);
  });

  test('withinCapacity goes by the own limit and all linked ones', async () => {
    const { throttler, times } = setUp([
      limit('a', 5, 1, 1, [['pool', 1]]),
      limit('b', 5, 1, 1, [['pool', 2]]),
      limit('pool', 3, 1),
    ]);
    await times('b');
    expect(['a', 'b', 'pool', 'unknown'].map((id) => throttler.withinCapacity(id))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  test.each(['*', 'GET /orders/*', '/a* ', '__proto__', 'toString', '/order/{clientOid}'])(
    'an id such as %j is one limit',
    async (id) => {
      const { throttler, times } = setUp([
        limit(id, 1, 1, 1, [['pool', 1]]),
        limit('pool', 5, 1, 1, [[id, 1]]),
      ]);
      expect(await times(id)).toEqual([0]);
      expect([throttler.withinCapacity(id), throttler.withinCapacity('pool')]).toEqual([
        false,
        false,
      ]);
      expect(await refusal(throttler.executeTask(`${id}x`).run(() => {}))).toBeInstanceOf(
        UnknownRuleError,
      );
    },
  );
});

test.each([
  [{ safetyMarginPct: -0.1 }, 'safetyMarginPct'],
  [{ safetyMarginPct: Number.NaN }, 'safetyMarginPct'],
  [{ limitsSharePercentage: 101 }, 'limitsSharePercentage'],
  [{ limitsSharePercentage: -1 }, 'limitsSharePercentage'],
])('options %j are refused', (options, field) => {
  expect(thrown(() => new AsyncThrottler([], options))).toMatchObject({
    code: 'INVALID_CONFIG',
    field,
  });
});
