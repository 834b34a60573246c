import { spacing } from 'multi-throttler';
import { expect, test } from 'vitest';
import { usageOf } from '../../../ts/command/log/usage.ts';
import { rateOf } from '../../../ts/command/plan/rules.ts';
import { Server } from '../../../ts/command/plan/server.ts';

const rule = spacing({ id: 'PACE', interval: 100 });

test('a simulated server of spacing refuses what comes too early', () => {
  const server = new Server([rule]);
  const arrive = (cost: number, at: number) => server.arrive({ PACE: cost }, at)?.retryAfter;
  expect([arrive(3, 0), arrive(1, 299), arrive(1, 300), arrive(1, 400)]).toEqual([
    undefined,
    1,
    undefined,
    undefined,
  ]);
  expect(rateOf(rule)).toBe(1 / 100);
});

test('a log exceeds spacing by the part of the interval that is missing', () => {
  const charges = [
    { at: 0, cost: 2 },
    { at: 150, cost: 1 },
    { at: 250, cost: 1 },
  ];
  const { peak, excesses } = usageOf(rule, charges as never, 1000);
  expect([peak, excesses]).toEqual([1.5, [{ from: 150, used: 1.5 }]]);
});
