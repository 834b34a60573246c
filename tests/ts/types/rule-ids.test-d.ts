// Which ids compile, under rules whose ids are known and under others. Nothing here runs.

import {
  type AnyRule,
  type CostId,
  concurrency,
  fixedWindow,
  MultiThrottler,
  type Permit,
  type Rule,
  type RuleId,
  type RuleStatus,
  rollingWindow,
  type ThrottleCost,
  ThrottleRule,
  tokenBucket,
} from 'multi-throttler';
import { attachThrottler } from 'multi-throttler/ccxt';
import { binanceSpot, throttledFetch } from 'multi-throttler/exchange';
import { describe, expectTypeOf, test } from 'vitest';

const window = { limit: 10, interval: 1000 };

const typed = new MultiThrottler([
  fixedWindow({ id: 'ORDERS', ...window }),
  rollingWindow({ id: 'WEIGHT', ...window }),
  tokenBucket({ id: 'BURST', capacity: 5, refillRate: 1 }),
  concurrency({ id: 'TASKS', limit: 5 }),
  fixedWindow({ id: 'place-order:*', ...window, anchor: 'first-request' }),
]);

type Ids = 'ORDERS' | 'WEIGHT' | 'BURST' | 'TASKS' | 'place-order:*';

describe('rules with known ids', () => {
  test('make a throttler that knows them', () => {
    expectTypeOf(typed).toEqualTypeOf<MultiThrottler<Ids>>();
    expectTypeOf(fixedWindow({ id: 'a', ...window }).id).toEqualTypeOf<'a'>();
    expectTypeOf<CostId<'a' | 'b:*'>>().toEqualTypeOf<'a' | `b:${string}`>();
    expectTypeOf<RuleId<'a' | 'b:*'>>().toEqualTypeOf<'a' | 'b:*' | `b:${string}`>();
  });

  test('accept their ids and members of families', async () => {
    const { signal } = new AbortController();
    expectTypeOf(typed.throttle({ ORDERS: 1 })).toEqualTypeOf<Promise<void>>();
    typed.throttle({ WEIGHT: 5, 'place-order:BTC-USDT': 1 }, { signal });
    typed.throttle({});
    const symbol: string = 'BTC-USDT';
    typed.throttle({ [`place-order:${symbol}`]: 1 } as const);
    expectTypeOf(typed.acquire({ TASKS: 1 })).toEqualTypeOf<Promise<Permit>>();
    typed.run({ TASKS: 1, ORDERS: 1 }, () => 5);
    typed.wrap(async (_symbol: string) => {}, { ORDERS: 1 });
    typed.wrap(
      async (_symbol: string) => {},
      (name) => ({ ORDERS: 1, [`place-order:${name}` as const]: 1 }),
    );
    typed.tryThrottle({ BURST: 1 });
    typed.estimateWait({ BURST: 1, ORDERS: 0 });
    typed.setTokens('ORDERS', 5);
    typed.setTokens('place-order:ETH-USDT', 5);
    typed.pause({ rules: ['ORDERS', 'place-order:*', 'place-order:ETH-USDT'] });
    typed.resume({ rules: ['ORDERS'] });
    typed.updateRule('place-order:*', { limit: 5 });
    typed.syncUsage({ ORDERS: 3, 'place-order:ETH-USDT': 1 }, { exact: true });
    typed.report({ status: 429, rules: ['ORDERS'] });
    expectTypeOf(typed.removeRule('WEIGHT')).toBeBoolean();
  });

  test('are the keys of the status', () => {
    const status = typed.getStatus();
    expectTypeOf(status.ORDERS).toEqualTypeOf<RuleStatus>();
    expectTypeOf(status['place-order:*']).toEqualTypeOf<RuleStatus | undefined>();
    expectTypeOf(status['place-order:ETH-USDT']).toEqualTypeOf<RuleStatus | undefined>();
    for (const [id, { tokens }] of Object.entries(status)) expectTypeOf([id, tokens]).not.toBeAny();
    // @ts-expect-error no such rule
    status.ORDRS;
  });

  test('refuse other ids', () => {
    // @ts-expect-error no such rule
    typed.throttle({ ORDRS: 1 });
    // @ts-expect-error no such rule beside one that there is
    typed.throttle({ ORDERS: 1, WEIHGT: 1 });
    // @ts-expect-error a member of no family
    typed.throttle({ 'cancel-order:BTC-USDT': 1 });
    // @ts-expect-error a cost names a member and not the family
    typed.throttle({ place: 1 });
    // @ts-expect-error costs are numbers
    typed.throttle({ ORDERS: '1' });
    // @ts-expect-error no such rule
    typed.acquire({ ORDRS: 1 });
    // @ts-expect-error no such rule
    typed.run({ ORDRS: 1 }, () => {});
    // @ts-expect-error no such rule
    typed.wrap(() => {}, { ORDRS: 1 });
    // @ts-expect-error no such rule
    typed.tryThrottle({ ORDRS: 1 });
    // @ts-expect-error no such rule
    typed.estimateWait({ ORDRS: 1 });
    // @ts-expect-error no such rule
    typed.setTokens('ORDRS', 5);
    // @ts-expect-error no such rule
    typed.pause({ rules: ['ORDRS'] });
    // @ts-expect-error no such rule
    typed.resume({ rules: ['ORDRS'] });
    // @ts-expect-error no such rule
    typed.updateRule('ORDRS', { limit: 5 });
    // @ts-expect-error no such rule
    typed.syncUsage({ ORDRS: 5 });
    // @ts-expect-error no such rule
    typed.removeRule('ORDRS');
    // @ts-expect-error no such rule
    typed.report({ status: 429, rules: ['ORDRS'] });
  });

  test('refuse variables of other ids, where no rule is a family', () => {
    const plain = new MultiThrottler([fixedWindow({ id: 'ORDERS', ...window })]);
    const cost = { ORDRS: 1 };
    // @ts-expect-error no such rule
    plain.throttle(cost);
    const costs = () => cost;
    // @ts-expect-error no such rule
    plain.wrap((_name: string) => {}, costs);
  });

  test('accept costs of ids that are known only at run time', () => {
    const cost: ThrottleCost = { ORDERS: 1 };
    typed.throttle(cost);
    typed.acquire(binanceSpot.costs('GET', '/api/v3/time'));
    const own: ThrottleCost<'ORDERS' | 'WEIGHT'> = { ORDERS: 1 };
    typed.throttle(own);
  });
});

describe('a throttler with known ids', () => {
  test('is a MultiThrottler wherever one is expected', () => {
    const plain: MultiThrottler = typed;
    const ofMore: MultiThrottler<Ids | 'more'> = new MultiThrottler<Ids | 'more'>([]);
    expectTypeOf(plain.throttle).parameter(0).toEqualTypeOf<ThrottleCost>();
    const log = (throttler: MultiThrottler) => Object.keys(throttler.getStatus());
    log(typed);
    log(ofMore);
    const all: MultiThrottler[] = [typed, ofMore];
    expectTypeOf(all[0]).toEqualTypeOf<MultiThrottler | undefined>();
    throttledFetch(typed, { costs: () => ({ ORDERS: 1 }) });
    attachThrottler({} as never, { throttler: typed });
  });

  test('takes further rules, whose ids its type may name from the start', () => {
    typed.addRule(rollingWindow({ id: 'more', ...window }));
    // @ts-expect-error its type does not know the new rule
    typed.throttle({ more: 1 });
    const named = new MultiThrottler<'first' | 'second'>([
      rollingWindow({ id: 'first', ...window }),
    ]);
    named.addRule(rollingWindow({ id: 'second', ...window }));
    named.throttle({ first: 1, second: 1 });
    const any: MultiThrottler = new MultiThrottler([rollingWindow({ id: 'first', ...window })]);
    any.throttle({ whatever: 1 });
    new MultiThrottler<string>([rollingWindow({ id: 'first', ...window })]).throttle({
      whatever: 1,
    });
  });

  test('is no throttler of other ids', () => {
    // @ts-expect-error other ids
    const other: MultiThrottler<'first'> = new MultiThrottler([
      rollingWindow({ id: 'second', ...window }),
    ]);
    expectTypeOf(other).not.toBeAny();
  });

  test('refuses rules that its type does not name', () => {
    // @ts-expect-error another id
    new MultiThrottler<'first'>([rollingWindow({ id: 'second', ...window })]);
  });
});

describe('rules whose ids are not known', () => {
  const id = String('ORDERS');

  test('leave a throttler that takes any id', () => {
    const throttlers = [
      new MultiThrottler([]),
      new MultiThrottler([rollingWindow({ id, ...window })]),
      new MultiThrottler([rollingWindow({ id, ...window }), fixedWindow({ id: 'b', ...window })]),
      new MultiThrottler([new ThrottleRule('a', 1, 1)]),
      new MultiThrottler([new ThrottleRule('a', 1, 1), fixedWindow({ id: 'b', ...window })]),
      new MultiThrottler(binanceSpot.rules),
      new MultiThrottler([...binanceSpot.rules, fixedWindow({ id: 'b', ...window })]),
    ];
    for (const throttler of throttlers) {
      expectTypeOf(throttler).toEqualTypeOf<MultiThrottler>();
      throttler.throttle({ whatever: 1 });
      expectTypeOf(throttler.getStatus().whatever).toEqualTypeOf<RuleStatus | undefined>();
    }
  });

  test('come in lists with a type', () => {
    const rules: Rule[] = [];
    rules.push(rollingWindow({ id: 'a', ...window }), fixedWindow({ id: 'b', ...window }));
    const forms: AnyRule[] = [...rules, new ThrottleRule('c', 1, 1)];
    expectTypeOf(new MultiThrottler(rules)).toEqualTypeOf<MultiThrottler>();
    expectTypeOf(new MultiThrottler(forms)).toEqualTypeOf<MultiThrottler>();
    const made = ['BTC', 'ETH'].map((symbol) => rollingWindow({ id: symbol, ...window }));
    expectTypeOf(new MultiThrottler(made)).toEqualTypeOf<MultiThrottler>();
  });

  test('may have a known beginning', () => {
    const made = ['BTC', 'ETH'].map((symbol) =>
      rollingWindow({ id: `order:${symbol}`, ...window }),
    );
    const throttler = new MultiThrottler(made);
    throttler.throttle({ 'order:BTC': 1 });
  });
});

describe('code written for ccxt', () => {
  test('has rules and costs of any id', () => {
    const rules: ThrottleRule[] = [
      {
        id: 'ORDERS',
        capacity: 1,
        refillRate: 1,
        tokens: 1,
        intervalType: 'SECOND',
        intervalNum: 1,
      },
    ];
    const throttler = new MultiThrottler(rules, { maxCapacity: 2 });
    expectTypeOf(throttler).toEqualTypeOf<MultiThrottler>();
    const pay = (cost: ThrottleCost) => throttler.throttle(cost);
    pay({ whatever: 1 });
    class Exchange {
      throttler: MultiThrottler = new MultiThrottler(rules);
      throttle(cost: ThrottleCost): Promise<void> {
        return this.throttler.throttle(cost);
      }
    }
    expectTypeOf(new Exchange().throttle({ x: 1 })).toEqualTypeOf<Promise<void>>();
  });

  test('may give a rule a scope', () => {
    const form = {
      capacity: 1,
      refillRate: 1,
      tokens: 1,
      intervalType: 'SECOND',
      intervalNum: 1,
    } as const;
    const throttler = new MultiThrottler([{ id: 'ORDERS', ...form, scope: 'account' }]);
    throttler.addRule({ id: 'WEIGHT', ...form, scope: 'ip' });
    throttler.updateRule('ORDERS', { scope: 'account' });
    // @ts-expect-error no such scope
    throttler.addRule({ id: 'WEIGHT', ...form, scope: 'user' });
    expectTypeOf(throttler.getStatus().ORDERS?.scope).toEqualTypeOf<'account' | undefined>();
  });
});
