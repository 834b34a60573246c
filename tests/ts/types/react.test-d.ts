import * as core from 'multi-throttler';
import {
  type MultiThrottler,
  type RuleStatus,
  rollingWindow,
  type ThrottlerStats,
} from 'multi-throttler';
import { useEstimatedWait, useRuleStatus, useThrottlerStats } from 'multi-throttler/react';
import { expectTypeOf, test } from 'vitest';

test('hooks take throttlers with known ids and with any', () => {
  const known = () =>
    new core.MultiThrottler([rollingWindow({ id: 'ORDERS', limit: 1, interval: 1 })]);
  type Known = ReturnType<typeof known>;
  expectTypeOf(useThrottlerStats).toBeCallableWith({} as MultiThrottler);
  expectTypeOf(useRuleStatus).toBeCallableWith({} as Known, 'ORDERS');
  expectTypeOf(useEstimatedWait).toBeCallableWith({} as Known, { ORDERS: 1 }, { priority: 'low' });
});

test('hooks return the types of the methods', () => {
  expectTypeOf(useThrottlerStats).returns.toEqualTypeOf<ThrottlerStats>();
  expectTypeOf(useRuleStatus).returns.toEqualTypeOf<RuleStatus | undefined>();
  expectTypeOf(useEstimatedWait).returns.toBeNumber();
});
