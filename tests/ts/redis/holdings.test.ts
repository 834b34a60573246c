import { MultiThrottler } from 'multi-throttler';
import { expect, test } from 'vitest';
import { type Holder, Holdings } from '../../../ts/redis/holdings.js';
import { LedgerClock } from '../../../ts/redis/ledger-clock.js';
import { SharedRules } from '../../../ts/redis/shared-rules.js';

/** A throttler under a ledger whose clock is that of this process, and its claims. */
function setUp() {
  const rule = { id: 'A', k: 1, l: 10, w: 60_000, j: 0, r: 0 };
  const rules = new SharedRules(JSON.stringify({ rules: [rule], lease: 1000 }));
  const held = { id: 'A', algorithm: 'held', limit: 10, permits: false };
  const throttler = new MultiThrottler<'A'>([held as never]);
  const clock = new LedgerClock();
  const now = () => performance.now();
  clock.learn(now(), now(), now());
  return { rules, throttler, now, holdings: new Holdings(throttler as unknown as Holder, clock) };
}

const never = () => false;

test('what was spent is told once, however often it was looked at', () => {
  const { rules, throttler, now, holdings } = setUp();
  holdings.take([[1, [['A', 3, now() + 50_000]], []]], now());
  expect(throttler.tryThrottle({ A: 2 })).toBe(true);
  holdings.state(now());
  expect(throttler.tryThrottle({ A: 1 })).toBe(true);
  const { s } = holdings.settle(rules, now(), never);
  expect(s).toEqual([[1, [['A', 3, expect.any(Number)]]]]);
  holdings.settle(rules, now(), never);
  const told = holdings.tell(rules, now());
  expect(told.reduce((sum, [, amount]) => sum + amount, 0)).toBe(3);
});

test('a claim that arrives twice is taken once', () => {
  const { throttler, now, holdings } = setUp();
  const claim = [1, [['A', 2, now() + 50_000]], []] as const;
  holdings.take([claim], now());
  expect(throttler.tryThrottle({ A: 2 })).toBe(true);
  holdings.take([claim], now());
  expect(throttler.tryThrottle({ A: 1 })).toBe(false);
});

test('a claim that arrives after its end is given back unspent', () => {
  const { rules, throttler, now, holdings } = setUp();
  holdings.take([[1, [['A', 2, now() - 1]], []]], now());
  expect(throttler.tryThrottle({ A: 1 })).toBe(false);
  expect(holdings.settle(rules, now(), never).s).toEqual([[1, [['A', 0, 0]]]]);
  expect(holdings.late).toBe(1);
});

test('nothing that is held survives the loss of the ledger', () => {
  const { rules, throttler, now, holdings } = setUp();
  holdings.take([[1, [['A', 2, now() + 50_000]], []]], now());
  holdings.drop(rules, now());
  expect(throttler.tryThrottle({ A: 1 })).toBe(false);
});

test('an instant of the ledger is never converted to a later one', () => {
  const clock = new LedgerClock();
  // The ledger is 1000 ahead; the calls took 30 and 5 ms to reach it.
  clock.learn(1130, 100, 100);
  clock.learn(1205, 200, 200);
  expect(clock.toLocal(1300, 200)).toBe(295);
  expect(clock.toLedger(295, 200)).toBe(1300);
  clock.learn(1340, 300, 300);
  expect(clock.toLocal(1400, 300)).toBeLessThanOrEqual(395);
  // Not known, it ends what was given and never returns a number that JSON lacks.
  clock.forget();
  expect(clock.toLocal(1400, 300)).toBe(Number.NEGATIVE_INFINITY);
  expect(JSON.stringify(clock.toLedger(300, 300))).toBe('9007199254740991');
});
