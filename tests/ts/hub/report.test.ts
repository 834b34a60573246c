// Reports of members, as the hub gives them to its engine.

import { createRequire } from 'node:module';
import type * as Package from 'multi-throttler';
import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sendReport } from '../../../ts/hub/report.ts';

/** Reports to a throttler of the package, whose classes are not those of the sources by type. */
const send = (throttler: object, report: Parameters<typeof sendReport>[1]) =>
  sendReport(throttler as Parameters<typeof sendReport>[0], report, undefined);

const other: typeof Package = createRequire(import.meta.url)('multi-throttler');

describe.each([
  ['this', MultiThrottler],
  ['another', other.MultiThrottler],
])('a refusal that names a removed rule, at a throttler of %s copy of the package', (_, Class) => {
  const setUp = () => {
    const throttler = new Class(
      ['a', 'b'].map((id) => rollingWindow({ id, limit: 5, interval: 60_000 })),
    );
    onTestFinished(() => throttler.close());
    throttler.removeRule('a');
    return throttler;
  };
  const refusal = { status: 429, headers: [['retry-after', '5'] as const], usage: [] };

  test('pauses all rules, and is an error', () => {
    const throttler = setUp();
    expect(() => send(throttler, { ...refusal, rules: ['a'] })).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_RULE', ruleId: 'a' }),
    );
    expect(throttler.estimateWait({ b: 1 })).toBeGreaterThan(4000);
  });

  test('pauses no other rule if the engine throws for another reason', () => {
    const throttler = setUp();
    const report = { ...refusal, status: '429' as never, rules: ['b'] };
    expect(() => send(throttler, report)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
    expect(throttler.estimateWait({ b: 1 })).toBe(0);
  });
});

test('a refusal without rules pauses all of them', () => {
  const throttler = new MultiThrottler([rollingWindow({ id: 'a', limit: 5, interval: 60_000 })]);
  onTestFinished(() => throttler.close());
  const headers = [['retry-after', '5'] as const];
  send(throttler, { status: 429, headers, usage: [{ rule: 'a', used: 2 }] });
  expect(throttler.estimateWait({ a: 1 })).toBeGreaterThan(4000);
  expect(throttler.getStatus().a?.tokens).toBe(3);
});
