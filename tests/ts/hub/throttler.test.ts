// The surface of a throttler with a hub.

import { type AnyRule, concurrency, rollingWindow, ThrottleRule } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import type { HubThrottler } from '../../../ts/hub/throttler/throttler.ts';
import { reactions } from '../support/clock.ts';
import { follow, refusal, thrown } from '../support/helpers.ts';
import { World } from './world.ts';

const rules = (): AnyRule[] => [
  rollingWindow({ id: 'a', limit: 4, interval: 1000, jitter: 10 }),
  new ThrottleRule('b', 10, 0.01),
  rollingWindow({ id: 'pair:*', limit: 2, interval: 1000 }),
  concurrency({ id: 's', limit: 2 }),
];

async function pair(config: object = {}) {
  const world = new World();
  const one = world.member(rules(), config);
  const two = world.member(rules(), config);
  await world.advance(10);
  return { world, one: one.throttler, two: two.throttler, members: [one, two] as const };
}

/** Has the state of the hub asked for, and returns when it is there. */
async function fresh(world: World, throttler: HubThrottler) {
  await world.advance(100);
  throttler.getStatus();
  await world.advance(10);
}

describe('calls for all members', () => {
  test('a pause holds for all, and its events reach them', async () => {
    const { world, one, two } = await pair();
    const seen: string[] = [];
    two.on('pause', ({ rules: named }) => seen.push(`pause ${named}`));
    two.on('resume', () => seen.push('resume'));
    await world.advance(1);
    await world.clock.until(one.pause({ rules: ['a'] }));
    const waiting = follow(world.clock, two.throttle({ a: 1 }));
    await world.advance(100);
    expect(waiting.state).toBe('waiting');
    await world.clock.until(one.resume());
    await world.advance(10);
    expect(waiting.state).toBe('granted');
    expect(seen).toEqual(['pause a', 'resume']);
  });

  test('a refusal pauses all, with the permit of its request', async () => {
    const { world, one, two } = await pair();
    const permits: unknown[] = [];
    one.acquire({ a: 1 }).then((permit) => permits.push(permit));
    await world.advance(10);
    one.report({
      status: 429,
      headers: { 'retry-after': '2' },
      permit: permits[0] as never,
      rules: ['a'],
    });
    const waiting = follow(world.clock, two.throttle({ a: 1 }));
    await world.advance(1900);
    expect(waiting.state).toBe('waiting');
    await fresh(world, one);
    expect(one.getStats()).toMatchObject({ consecutive429: 1 });
    await world.advance(500);
    expect(waiting.state).toBe('granted');
  });

  test('a refusal of a rule that was removed pauses all', async () => {
    const { world, one, two } = await pair();
    one.report({ status: 429, headers: { 'retry-after': '2' }, rules: ['a', 'removed'] });
    await world.advance(1);
    const waiting = follow(world.clock, two.throttle({ b: 1 }));
    await world.advance(1000);
    expect(waiting.state).toBe('waiting');
    expect(world.errors).toEqual([expect.objectContaining({ code: 'UNKNOWN_RULE' })]);
    await world.advance(1500);
    expect(waiting.state).toBe('granted');
  });

  test('rules are added, changed and removed, and the next hub knows', async () => {
    const { world, one, two } = await pair();
    await world.clock.until(one.addRule(rollingWindow({ id: 'c', limit: 1, interval: 500 })));
    await world.clock.until(one.updateRule('a', { limit: 2 }));
    expect(await promised(world, one.removeRule('b'))).toBe(true);
    await world.advance(1);
    expect(two.getRule('a')).toMatchObject({ limit: 2, jitter: 10 });
    expect([two.getRule('b'), two.getRule('c')?.id]).toEqual([undefined, 'c']);
    world.kill();
    const unknown = refusal(two.throttle({ b: 1 }));
    const known = follow(world.clock, two.throttle({ c: 1, a: 2 }));
    await world.advance(200);
    expect((await unknown).code).toBe('UNKNOWN_RULE');
    expect(known.state).toBe('granted');
    expect(two.getStats().shared.epoch).toBe('e2');
  });

  test('errors of the hub reject the promises', async () => {
    const { world, one } = await pair();
    const errors = [
      refusal(one.addRule({ id: 'x', limit: -1, interval: 1, algorithm: 'rolling-window' })),
      refusal(one.updateRule('nothing', { limit: 1 })),
      refusal(one.updateRule('a', { jitter: 'long' } as never)),
      refusal(one.setMode('nothing')),
    ];
    await world.advance(10);
    expect((await Promise.all(errors)).map(({ code }) => code)).toEqual([
      'INVALID_RULE',
      'UNKNOWN_RULE',
      'INVALID_RULE',
      'INVALID_CONFIG',
    ]);
  });

  test('usage, tokens, settings and modes', async () => {
    const { world, one, two } = await pair({ modes: { careful: { buffer: 0.5 } } });
    await world.clock.until(one.syncUsage({ a: 4 }));
    await world.clock.until(one.setTokens('b', 3));
    await world.clock.until(one.addTokens('b', 1));
    await world.clock.until(one.setMode('careful'));
    await world.clock.until(one.configure({ maxCapacity: 1 }));
    await fresh(world, two);
    expect(two.mode).toBe('careful');
    const { a, b } = two.getStatus();
    expect(a).toMatchObject({ tokens: 0, capacity: 2, age: expect.any(Number) });
    expect(b?.tokens).toBeLessThan(6);
    const full = [two.throttle({ a: 1 }), two.throttle({ a: 1 })].map(refusal);
    await world.advance(10);
    expect((await full[1])?.code).toBe('QUEUE_OVERFLOW');
    expect(two.clear()).toBe(1);
    await full[0];
  });
});

describe('versions of rules', () => {
  test('members of one version with other rules are refused', async () => {
    const world = new World();
    world.member(rules());
    await world.advance(10);
    const other = world.member([rollingWindow({ id: 'a', limit: 5, interval: 1000 })]).throttler;
    const request = refusal(other.throttle({ a: 1 }));
    await world.advance(10);
    expect((await request).code).toBe('RULES_DIFFER');
    expect((await refusal(other.ready)).code).toBe('RULES_DIFFER');
    expect((await refusal(other.pause())).code).toBe('RULES_DIFFER');
  });

  test.each([
    [
      {},
      [rollingWindow({ id: 'a', limit: 5, interval: 1000, jitter: 10 }), ...rules().slice(1)],
      {
        rule: 'a',
        field: 'limit',
        text: 'the limit of rule "a" is 4 there and 5 here',
      },
    ],
    [{}, rules().slice(1), { rule: 'a', text: 'rule "a" is missing here' }],
    [
      {},
      [...rules(), concurrency({ id: 'x', limit: 2 })],
      {
        rule: 'x',
        text: 'rule "x" is missing there',
      },
    ],
    [
      { share: 0.5 },
      rules(),
      {
        field: 'share',
        text: 'the setting share is not given there and 0.5 here',
      },
    ],
  ])('names the first difference', async (config, others, { text, ...place }) => {
    const world = new World();
    world.member(rules());
    await world.advance(10);
    const other = world.member(others, config).throttler;
    await world.advance(10);
    const error = await refusal(other.ready);
    expect(error).toMatchObject({ code: 'RULES_DIFFER', version: 0, ...place });
    expect(error.message).toContain(`(0): ${text}. Give the newer ones`);
  });

  test('the order of rules, of fields and of defaults makes no difference', async () => {
    const world = new World();
    const modes = { careful: { buffer: 0.1, reserve: 0.2 } };
    world.member(rules(), { modes, share: 0.5 });
    await world.advance(10);
    const others = rules()
      .reverse()
      .map((rule) => ({ jitter: 0, ...rule }) as AnyRule);
    const same = { share: 0.5, modes: { careful: { reserve: 0.2, buffer: 0.1 } } };
    const other = world.member(others, same).throttler;
    await world.advance(10);
    await other.ready;
  });

  test('a higher version replaces the rules of all, and keeps usage', async () => {
    const world = new World();
    const old = world.member(rules()).throttler;
    let told = 0;
    await world.advance(10);
    old.on('rules', () => {
      told += 1;
    });
    await world.clock.until(old.throttle({ a: 3 }));
    const next = [
      rollingWindow({ id: 'a', limit: 5, interval: 1000, jitter: 10 }),
      new ThrottleRule('d', 1, 0.001),
    ];
    const newer = world.member(next, { version: 1 }).throttler;
    await world.advance(10);
    expect(newer.getStatus()).toMatchObject({ a: { tokens: 2 }, d: { tokens: 1 } });
    expect(old.getRule('d')?.id).toBe('d');
    expect(told).toBe(1);
    const late = world.member(rules()).throttler;
    await world.advance(10);
    expect(late.getRule('d')?.id).toBe('d');
  });
});

describe('requests of a member', () => {
  test('counts, load and queue lengths are its own', async () => {
    const { world, one, two } = await pair();
    for (let n = 0; n < 4; n++) await world.clock.until(one.throttle({ a: 1 }));
    two.throttle({ a: 1 }, { priority: 'low' }).catch(() => {});
    one.throttle({ a: 1, 'pair:x': 1 }).catch(() => {});
    const permits: { release(): void }[] = [];
    one.acquire({ s: 1 }).then((permit) => permits.push(permit));
    await world.advance(10);
    expect(one.getLoad()).toEqual({ waiting: 1, held: 1 });
    expect(one.getLoad('pair:*')).toEqual({ waiting: 1, held: 0 });
    expect(two.getLoad('s')).toEqual({ waiting: 0, held: 0 });
    expect([two.getQueueLength('low'), two.getQueueLength('normal')]).toEqual([1, 0]);
    expect(one.getStats()).toMatchObject({ granted: 5, waiting: { normal: 1 } });
    expect(one.getStats().shared).toMatchObject({ epoch: 'e1', isConnected: true, late: 0 });
    const idle = follow(world.clock, one.idle({ held: true }));
    await world.advance(1100);
    expect(idle.state).toBe('waiting');
    permits[0]?.release();
    await reactions();
    expect(idle.state).toBe('granted');
  });

  test('ranks hold among members, also later ones', async () => {
    const { world, one, two } = await pair();
    await world.clock.until(one.throttle({ a: 4 }));
    const calls = [
      one.throttle({ a: 4 }, { id: 'first' }),
      two.acquire({ a: 4 }, { priority: { rank: 5 } }),
      one.throttle({ a: 4 }, { priority: { class: 'critical', rank: -3 } }),
      two.throttle({ a: 4 }, { priority: { class: 'normal', rank: 4 }, id: 'last' }),
    ];
    const outcomes = calls.map((call) => follow(world.clock, call));
    await world.advance(10);
    expect(one.getQueueLength('critical')).toBe(1);
    expect(one.setPriority('first', { rank: 6 })).toBe(true);
    expect(two.setPriority('last', { rank: -6 })).toBe(true);
    await world.advance(6000);
    const times = outcomes.map(({ at }) => at as number);
    expect(times.every((at) => at > 0)).toBe(true);
    const order = [0, 1, 2, 3].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
    expect(order).toEqual([2, 0, 1, 3]);
  });

  test('a rank out of its range is an error here and at the hub', async () => {
    const { world, one } = await pair();
    const message = 'priority.rank must be a whole number from -1000 to 1000, got 1001';
    const priority = { rank: 1001 };
    expect(() => one.setPriority('x', priority)).toThrow(message);
    expect(() => one.setPriority('x', { level: 1 } as never)).toThrow('unknown field "level"');
    expect(() => one.setPriority('x', undefined as never)).toThrow('priority must be one of');
    const asked = refusal(one.throttle({ a: 1 }, { priority }));
    await world.advance(10);
    expect(await asked).toMatchObject({ code: 'INVALID_CONFIG', message });
  });

  test('events of its requests', async () => {
    const { world, one, two } = await pair();
    const seen: string[] = [];
    for (const name of ['grant', 'queue', 'reject', 'idle'] as const)
      one.on(name, ({ type }) => seen.push(type));
    const rejected: unknown[] = [];
    one.on('reject', ({ code, rule }) => rejected.push([code, rule]));
    await world.advance(1);
    await world.clock.until(one.throttle({ a: 4 }));
    one.throttle({ a: 1 }).catch(() => {});
    one.throttle({ nothing: 1 }).catch(() => {});
    two.throttle({ b: 1 }).catch(() => {});
    await world.advance(1100);
    expect(seen).toEqual(['idle', 'grant', 'reject', 'queue', 'idle', 'grant']);
    expect(rejected).toEqual([['UNKNOWN_RULE', 'nothing']]);
  });

  test('a refund gives the costs back, and a release of a place lets the next one in', async () => {
    const { world, one, two } = await pair();
    const permit = await promised(world, one.acquire({ a: 4 }));
    const next = follow(world.clock, two.acquire({ a: 4 }));
    await world.advance(10);
    expect(next.state).toBe('waiting');
    permit.release({ refund: true });
    await world.advance(10);
    expect(next.state).toBe('granted');
  });

  test('a task that holds its permit for too long loses it', async () => {
    const { world, one } = await pair();
    const run = refusal(one.run({ s: 2 }, () => new Promise(() => {}), { timeout: 50 }));
    const next = follow(
      world.clock,
      one.run({ s: 2 }, () => 5),
    );
    await world.advance(100);
    expect((await run).code).toBe('HOLD_TIMEOUT');
    expect(next.state).toBe('granted');
  });

  test('signals withdraw requests, and invalid options reject', async () => {
    const { world, one } = await pair();
    await world.clock.until(one.throttle({ a: 4 }));
    const controller = new AbortController();
    const waiting = refusal(one.throttle({ a: 1 }, { signal: controller.signal }));
    await world.advance(1);
    controller.abort(new Error('enough'));
    expect((await waiting).message).toBe('enough');
    expect((await refusal(one.throttle({ a: 1 }, { signal: {} as AbortSignal }))).code).toBe(
      'INVALID_CONFIG',
    );
    expect((await refusal(one.acquire({ a: 1 }, { timeout: 0 }))).code).toBe('INVALID_CONFIG');
    expect((await refusal(one.throttle({ a: 1 }, null as never))).code).toBe('INVALID_CONFIG');
    expect(thrown(() => one.on('nothing' as 'grant', () => {})).code).toBe('INVALID_CONFIG');
    expect(thrown(() => one.setPriority('x', 'high' as 'low')).code).toBe('INVALID_CONFIG');
    expect(one.setPriority('x', 'low')).toBe(false);
    expect(thrown(() => one.report({ status: 'x' } as never)).code).toBe('INVALID_CONFIG');
  });

  test('maxWait ends requests while there is no hub', async () => {
    const world = new World(() => 1);
    const { throttler } = world.member(rules());
    const first = refusal(throttler.throttle({ a: 1 }, { maxWait: 5 }));
    await world.advance(10);
    expect(await first).toMatchObject({ code: 'WAIT_TIMEOUT', maxWait: 5 });
  });

  test('what a wait will be', async () => {
    const { world, one } = await pair();
    await world.clock.until(one.throttle({ a: 4 }));
    const wait = await promised(world, one.estimate({ a: 1 }));
    expect(wait).toBeGreaterThan(1000);
    expect(wait).toBeLessThan(1100);
    expect(one.estimateWait({ a: 1 })).toBe(0);
    expect(one.estimateWait({ a: 5 })).toBe(Number.POSITIVE_INFINITY);
    world.kill();
    await world.clock.advance(0);
    expect(one.estimateWait({ a: 1 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('a member that is closed leaves, and rejects', async () => {
    const { world, one, two } = await pair();
    const waiting = refusal(one.throttle({ a: 9 }, {}));
    const held = follow(world.clock, one.acquire({ s: 2 }));
    await world.advance(10);
    await waiting;
    expect(held.state).toBe('granted');
    const next = follow(world.clock, two.acquire({ s: 1 }));
    await one.close();
    expect((await refusal(one.throttle({ a: 1 }))).code).toBe('CLOSED');
    await world.advance(10);
    expect(next.state).toBe('granted');
    expect(String(JSON.stringify(two))).toContain('"epoch":"e1"');
  });
});

/** The result of a promise that needs time to pass. */
async function promised<T>(world: World, promise: Promise<T>): Promise<T> {
  await world.clock.until(promise);
  return promise;
}
