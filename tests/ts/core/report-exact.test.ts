import { fixedWindow, InvalidConfigError, rollingWindow } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { follow, setUp, thrown, tokens } from '../support/helpers.ts';

const counted = (exact: unknown) => (headers: Headers) => [
  { rule: 'w', used: Number(headers.get('x-count')), exact: exact as boolean },
];
const minute = (jitter = 100) => fixedWindow({ id: 'w', limit: 10, interval: 60_000, jitter });

describe('exact report', () => {
  test('returns free costs and grants waiters', async () => {
    const { clock, throttler } = setUp([minute()], { headers: counted(true) });
    const permits = await Promise.all(
      Array.from({ length: 10 }, () => throttler.acquire({ w: 1 })),
    );
    const waiting = [1, 2].map(() => follow(clock, throttler.throttle({ w: 1 })));
    await clock.advance(50);
    const [first, second] = permits;
    throttler.report({ status: 200, headers: { 'x-count': '0' }, permit: first });
    await clock.advance(0);
    expect(waiting.map(({ state }) => state)).toEqual(['granted', 'waiting']);
    throttler.report({ status: 400, headers: { 'x-count': '1' }, permit: second });
    await clock.advance(0);
    expect(waiting.map(({ state }) => state)).toEqual(['granted', 'waiting']);
  });

  test('returns nothing without permit, exact or fixed window', async () => {
    for (const [rule, exact, known] of [
      [minute(), true, false],
      [minute(), false, true],
      [minute(), undefined, true],
      [rollingWindow({ id: 'w', limit: 10, interval: 60_000 }), true, true],
    ] as const) {
      const { throttler } = setUp([rule], { headers: counted(exact) });
      const permit = await throttler.acquire({ w: 1 });
      throttler.report({
        status: 200,
        headers: { 'x-count': '0' },
        permit: known ? permit : undefined,
      });
      expect(tokens(throttler)).toEqual({ w: 9 });
    }
  });

  test.each([1, 'true', null, {}])('needs exact: true, not %j', async (exact) => {
    const { throttler } = setUp([minute()], { headers: counted(exact) });
    const permit = await throttler.acquire({ w: 1 });
    const error = thrown(() =>
      throttler.report({ status: 200, headers: { 'x-count': '0' }, permit }),
    );
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect(error.message).toMatch(/^usage.exact must be true or false, got /);
    expect(tokens(throttler)).toEqual({ w: 9 });
  });
});

test('only raises within a jitter of a restore', async () => {
  const first = setUp([minute()]);
  await first.throttler.acquire({ w: 4 });
  const { clock, throttler } = setUp([minute()]);
  throttler.restore(first.throttler.snapshot());
  await clock.advance(99);
  throttler.syncUsage({ w: 0 }, { exact: true });
  expect(tokens(throttler)).toEqual({ w: 6 });
  await clock.advance(1);
  throttler.syncUsage({ w: 0 }, { exact: true });
  expect(tokens(throttler)).toEqual({ w: 10 });
});
