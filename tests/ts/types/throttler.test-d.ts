// All throttlers satisfy one interface. Nothing here runs.

import { MultiThrottler, rollingWindow, type Throttler } from 'multi-throttler';
import { type AttachedThrottler, attachThrottler, type CcxtExchange } from 'multi-throttler/ccxt';
import type { ThrottlerDashboard } from 'multi-throttler/dashboard';
import { throttledFetch } from 'multi-throttler/exchange';
import { localThrottler } from 'multi-throttler/local';
import { registerPrometheus } from 'multi-throttler/metrics';
import { createMonitorHandler } from 'multi-throttler/monitor';
import { sharedThrottler } from 'multi-throttler/redis';
import { tabThrottler } from 'multi-throttler/tabs';
import { expectTypeOf, test } from 'vitest';

const rules = [rollingWindow({ id: 'A', limit: 1, interval: 1000 })];
const one = new MultiThrottler(rules);
const shared = sharedThrottler({ key: 'k', rules });
const local = localThrottler({ key: 'k', rules });
const tabs = tabThrottler({ key: 'k', rules });

test('throttlers of known rules are throttlers of any', () => {
  for (const each of [one, shared, local, tabs]) expectTypeOf(each).toExtend<Throttler>();
  expectTypeOf(one).toExtend<Throttler<'A'>>();
  expectTypeOf(local).toExtend<Throttler<'A'>>();
});

test('what takes a throttler takes any of them', (exchange: unknown) => {
  for (const each of [one, shared, local, tabs] as Throttler[]) {
    throttledFetch(each, { costs: () => ({ A: 1 }) });
    createMonitorHandler(each);
    registerPrometheus(each, {} as never);
    ({}) as ThrottlerDashboard satisfies { throttler: unknown };
  }
  const given = attachThrottler(exchange as CcxtExchange, { throttler: local });
  expectTypeOf(given.throttler).toEqualTypeOf(local);
  expectTypeOf(attachThrottler(exchange as CcxtExchange)).toEqualTypeOf<
    AttachedThrottler<MultiThrottler>
  >();
});

test('what has to be answered at once is not of the interface', () => {
  const any: Throttler = one;
  // @ts-expect-error a proxy cannot
  any.tryThrottle({ A: 1 });
  // @ts-expect-error a proxy cannot
  any.snapshot();
});
