// Reports cross to the engine as numbers, or as an object if they do not fit: with the same effect.

import { concurrency, fixedWindow, InvalidConfigError, type ReportedUsage } from 'multi-throttler';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { seededRandom } from '../../../ts/simulator/random.mjs';
import { bucket, setUp } from '../support/helpers.ts';

const rules = () => [
  fixedWindow({ id: 'a', limit: 100, interval: 60_000 }),
  fixedWindow({ id: 'b:*', limit: 50, interval: 10_000, anchor: 'first-request' }),
  bucket('c', 100, 0.001),
  concurrency({ id: 'd', limit: 3 }),
];

/** More usage than fits into the buffer, of rules that do not exist. */
const PADDING: ReportedUsage[] = Array.from({ length: 9 }, (_, i) => ({
  rule: `unknown ${i}`,
  used: 1,
}));

describe('reports as numbers', () => {
  test.each([1, 2, 3, 4, 5])(
    'have the effect of reports as objects: random calls %i',
    async (seed) => {
      const random = seededRandom(seed);
      const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
      let padding: ReportedUsage[] = [];
      let usage: ReportedUsage[] = [];
      const headers = () => [...usage, ...padding];
      const pair = [setUp(rules(), { headers }), setUp(rules(), { headers })] as const;
      const number = () =>
        pick([undefined, 0, 7, 60, 250, Number.NaN, Number.POSITIVE_INFINITY, -3]);
      for (let step = 0; step < 60; step++) {
        usage = Array.from({ length: Math.floor(random() * 4) }, () => ({
          rule: pick(['a', 'b:x', 'b:y', 'c', 'd', 'none']),
          used: number(),
          remaining: number(),
          limit: number(),
          resetIn: number(),
          resetAt: pick([undefined, 25_000, 61_000]),
          exact: pick([undefined, true, false]),
        }));
        const status = pick([200, 200, 200, 400, 429, 418, 503]);
        const date = pick([undefined, 'Thu, 01 Jan 1970 00:00:30 GMT']);
        const retryAfter = pick([undefined, '2', '0.5']);
        const named = pick([undefined, ['a'], ['a', 'b:x'], []]);
        const cost = pick([{ a: 5 }, { a: 1, 'b:x': 2 }, { c: 3, d: 1 }]);
        const isHeld = random() < 0.7;
        const ms = Math.floor(random() * 3000);
        for (const [index, { clock, throttler }] of pair.entries()) {
          padding = index === 0 ? [] : PADDING;
          const permit = isHeld ? throttler.tryAcquire(cost) : undefined;
          await clock.advance(ms);
          throttler.report({
            status,
            headers: {
              ...(date ? { date } : {}),
              ...(retryAfter ? { 'retry-after': retryAfter } : {}),
            },
            rules: named,
            permit,
          });
          permit?.release();
        }
        const [numbers, objects] = pair.map(({ throttler }) => throttler);
        expect(numbers?.getStatus()).toEqual(objects?.getStatus());
        const paused = pair.map(({ throttler }) => throttler.getStats().consecutive429);
        expect(paused[0]).toBe(paused[1]);
      }
    },
  );

  test('name more rules than have numbers', () => {
    let usage: ReportedUsage[] = [];
    const { throttler } = setUp([bucket('m:*', 10_000, 0)], { headers: () => usage });
    for (let i = 0; i < 400; i++) {
      usage = [{ rule: `m:${i}`, used: i }];
      throttler.report({ status: 200, headers: {} });
      expect(throttler.getStatus()[`m:${i}`]?.tokens).toBe(10_000 - i);
    }
  });

  test('are not mixed up by a getter that makes a report of its own', () => {
    let usage: ReportedUsage[] = [];
    const { throttler } = setUp([bucket('a', 100, 0), bucket('b', 100, 0)], {
      headers: () => usage,
    });
    const inner: ReportedUsage[] = [{ rule: 'b', used: 40 }];
    usage = [
      {
        rule: 'a',
        get used() {
          usage = inner;
          throttler.report({ status: 200, headers: {} });
          return 30;
        },
      },
    ];
    throttler.report({ status: 200, headers: {} });
    const { a, b } = throttler.getStatus();
    expect([a?.tokens, b?.tokens]).toEqual([70, 60]);
  });

  test('are refused by the engine in its words where a value is of a wrong type', () => {
    let usage: unknown = [];
    const { throttler } = setUp([bucket('a', 100, 0)], { headers: () => usage as ReportedUsage[] });
    for (const wrong of [5, [null], [{ rule: 5 }], [{ rule: 'a', exact: 1 }]]) {
      usage = wrong;
      expect(() => throttler.report({ status: 200, headers: {} })).toThrow(InvalidConfigError);
    }
    for (const status of [99, 1000, 200.5, Number.NaN]) {
      expect(() => throttler.report({ status })).toThrow(/status must be an HTTP status/);
    }
    const rules = 'a' as unknown as string[];
    expect(() => throttler.report({ status: 200, rules })).toThrow(/rules must be an array/);
  });

  test.each([
    [200, 0],
    [429, 1],
  ])('read each clock once in the engine, and draw only for a refusal: %i', (status, draws) => {
    const { clock, throttler } = setUp(rules());
    const readings = [vi.spyOn(clock, 'now'), vi.spyOn(clock, 'wallNow').mockReturnValue(0)];
    const random = vi.spyOn(Math, 'random');
    onTestFinished(() => random.mockRestore());
    throttler.report({ status });
    expect(readings.map((reading) => reading.mock.calls.length)).toEqual([1, 1]);
    expect(random).toHaveBeenCalledTimes(draws);
  });

  test('are ignored once the throttler is closed', () => {
    const { throttler } = setUp([bucket('a', 100, 0)], {
      headers: () => [{ rule: 'a', used: 5 }],
    });
    throttler.close();
    expect(() => throttler.report({ status: 429, headers: {}, rules: ['none'] })).not.toThrow();
  });
});
