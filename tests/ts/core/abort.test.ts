import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

/** A signal that counts its listeners. */
function counting() {
  const controller = new AbortController();
  const { signal } = controller;
  return { controller, signal, listeners: () => getEventListeners(signal, 'abort').length };
}

const reasons: [string, unknown][] = [
  ['an Error', new Error('stop')],
  ['an Error with a code of ours', Object.assign(new Error('stop'), { code: 'CLOSED' })],
  ['a text', 'stop'],
  ['null', null],
  ['0', 0],
  ['an object', { code: 'CLOSED' }],
];

describe('abort before the call', () => {
  test.each(reasons)('rejects with the reason: %s', async (_, reason) => {
    const { throttler } = setUp([bucket('a', 1)]);
    expect(await refusal(throttler.throttle({ a: 1 }, { signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    );
    expect(tokens(throttler)).toEqual({ a: 1 });
  });

  test('rejects with AbortError without a reason', async () => {
    const { throttler } = setUp([bucket('a', 1)]);
    const signal = AbortSignal.abort();
    const error = await refusal(throttler.throttle({ a: 1 }, { signal }));
    expect(error).toBe(signal.reason);
    expect(error.name).toBe('AbortError');
  });
});

describe('abort while waiting', () => {
  test.each(reasons)('rejects with the reason: %s', async (_, reason) => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)]);
    const { controller, signal, listeners } = counting();
    const outcome = follow(clock, throttler.throttle({ a: 1 }, { signal }));
    expect(listeners()).toBe(1);
    controller.abort(reason);
    expect(throttler.getQueueLength()).toBe(0);
    await clock.advance(0);
    expect(outcome).toEqual({ state: 'rejected', at: 0, reason });
    expect(outcome.reason).toBe(reason);
  });

  test('rejects with AbortError for undefined', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const controller = new AbortController();
    const waiting = refusal(throttler.throttle({ a: 1 }, { signal: controller.signal }));
    controller.abort(undefined);
    expect(await waiting).toBe(controller.signal.reason);
  });

  test('rejects requests of one signal in order', async () => {
    for (const gone of [[], [0], [2], [4], [0, 1], [3, 4], [1, 3], [0, 2, 4]]) {
      const rules = [0, 1, 2, 3, 4].map((n) => bucket(`r${n}`, 1, 0, 0));
      const { clock, throttler } = setUp(rules);
      const { controller, signal, listeners } = counting();
      const left: number[] = [];
      const granted: number[] = [];
      const outcomes = rules.map(({ id }, n) =>
        throttler.throttle({ [id]: 1 }, { signal }).then(
          () => granted.push(n),
          () => left.push(n),
        ),
      );
      for (const n of gone) throttler.setTokens(`r${n}`, 1);
      await clock.advance(0);
      expect(listeners()).toBe(1);
      controller.abort();
      await Promise.all(outcomes);
      expect([granted, left]).toEqual([gone, [0, 1, 2, 3, 4].filter((n) => !gone.includes(n))]);
      expect(throttler.isRunning()).toBe(false);
    }
  });

  test('rejects requests before and after one that left', async () => {
    const rules = [0, 1, 2].map((n) => bucket(`r${n}`, 1, 0, 0));
    const { throttler } = setUp(rules);
    const { controller, signal, listeners } = counting();
    const [first, last] = [0, 1].map((n) => throttler.throttle({ [`r${n}`]: 1 }, { signal }));
    throttler.setTokens('r1', 1);
    await last;
    const late = throttler.throttle({ r2: 1 }, { signal });
    expect(listeners()).toBe(1);
    controller.abort('stop');
    expect(await Promise.allSettled([first, late])).toEqual(
      [0, 1].map(() => ({ status: 'rejected', reason: 'stop' })),
    );
  });

  test('takes nothing and clears the timer', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const controller = new AbortController();
    const waiting = refusal(throttler.throttle({ a: 1 }, { signal: controller.signal }));
    expect(clock.pending).toBe(1);
    controller.abort();
    expect(clock.pending).toBe(0);
    expect(throttler.isRunning()).toBe(false);
    await waiting;
    await clock.advance(100);
    expect(tokens(throttler)).toEqual({ a: 1 });
  });

  test('of the head grants the next on time', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1 / 100, 2)]);
    const controller = new AbortController();
    const head = refusal(throttler.throttle({ a: 10 }, { signal: controller.signal }));
    const ready = follow(clock, throttler.throttle({ a: 2 }));
    const last = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(50);
    expect([ready.state, last.state]).toEqual(['waiting', 'waiting']);
    controller.abort();
    expect(tokens(throttler)).toEqual({ a: 0.5 });
    await head;
    await clock.advance(50);
    expect(ready).toMatchObject({ state: 'granted', at: 50 });
    expect(last).toMatchObject({ state: 'granted', at: 100 });
  });

  test('in the middle delays no other', async () => {
    const { clock, throttler } = setUp([bucket('a', 5, 1 / 10, 0)]);
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    const outcomes = controllers.map(({ signal }) =>
      follow(clock, throttler.throttle({ a: 1 }, { signal })),
    );
    controllers[1]?.abort();
    controllers[3]?.abort();
    await clock.advance(50);
    expect(outcomes.map(({ state, at }) => [state, at])).toEqual([
      ['granted', 10],
      ['rejected', 0],
      ['granted', 20],
      ['rejected', 0],
      ['granted', 30],
    ]);
  });

  test('by a getter of the costs rejects', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const controller = new AbortController();
    const cost = {
      get a() {
        controller.abort('stop');
        return 1;
      },
    };
    const outcome = follow(clock, throttler.throttle(cost, { signal: controller.signal }));
    await clock.advance(100);
    expect(outcome).toEqual({ state: 'rejected', at: 0, reason: 'stop' });
    expect(tokens(throttler)).toEqual({ a: 1 });
  });
});

describe('abort of many requests', () => {
  test('rejects all before granting any', async () => {
    const { clock, throttler } = setUp([bucket('a', 5, 1 / 100, 1)]);
    const controller = new AbortController();
    const options = { signal: controller.signal };
    const large = follow(clock, throttler.throttle({ a: 5 }, options));
    const small = follow(clock, throttler.throttle({ a: 1 }, options));
    controller.abort('stop');
    expect(tokens(throttler)).toEqual({ a: 1 });
    await clock.advance(0);
    for (const outcome of [large, small])
      expect(outcome).toMatchObject({ state: 'rejected', reason: 'stop' });
    expect(throttler.getQueueLength()).toBe(0);
  });

  test('keeps requests of other signals', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
    const [one, two] = [new AbortController(), new AbortController()];
    const signals = [one.signal, two.signal, undefined, one.signal, two.signal];
    const outcomes = signals.map((signal) =>
      follow(clock, throttler.throttle({ a: 1 }, { signal })),
    );
    one.abort();
    await clock.advance(30);
    expect(outcomes.map(({ state, at }) => [state, at])).toEqual([
      ['rejected', 0],
      ['granted', 10],
      ['granted', 20],
      ['rejected', 0],
      ['granted', 30],
    ]);
  });

  test('causes no leak warning of Node', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const { controller, listeners } = counting();
    const warnings: string[] = [];
    const onWarning = (warning: Error) => warnings.push(warning.name);
    process.on('warning', onWarning);
    try {
      const all = Array.from({ length: 100 }, () =>
        refusal(throttler.throttle({ a: 1 }, { signal: controller.signal })),
      );
      expect(listeners()).toBeLessThanOrEqual(10);
      controller.abort();
      await Promise.all(all);
      // Node emits warnings in a later tick.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', onWarning);
    }
    expect(warnings).toEqual([]);
  });

  test('works for two throttlers', async () => {
    const { throttler: one } = setUp([bucket('a', 1, 0, 0)]);
    const { throttler: two } = setUp([bucket('a', 1, 0, 0)]);
    const controller = new AbortController();
    const waiting = [one, two, one].map((each) =>
      refusal(each.throttle({ a: 1 }, { signal: controller.signal })),
    );
    controller.abort('stop');
    expect(await Promise.all(waiting)).toEqual(['stop', 'stop', 'stop']);
    expect([one.getQueueLength(), two.getQueueLength()]).toEqual([0, 0]);
  });
});

describe('abort after the end', () => {
  test('of a request granted at once has no listener', async () => {
    const { throttler } = setUp([bucket('a', 1)]);
    const { controller, signal, listeners } = counting();
    await throttler.throttle({ a: 1 }, { signal });
    expect(listeners()).toBe(0);
    controller.abort();
    expect(tokens(throttler)).toEqual({ a: 0 });
  });

  test('finds no listener after any outcome', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0), bucket('b', 1, 0, 0)]);
    const { signal, listeners } = counting();
    const granted = follow(clock, throttler.throttle({ a: 1 }, { signal }));
    await clock.advance(100);
    expect([granted.state, listeners()]).toEqual(['granted', 0]);

    const ends: (() => unknown)[] = [
      () => throttler.clear(),
      () => throttler.removeRule('b'),
      () => throttler.addRule(bucket('a', 0.5)),
      () => throttler.close(),
    ];
    const costs = [{ a: 1 }, { b: 1 }, { a: 1 }, { a: 0.5 }];
    for (const [i, end] of ends.entries()) {
      throttler.setTokens('a', 0);
      const waiting = refusal(throttler.throttle(costs[i] ?? {}, { signal }));
      expect(listeners()).toBe(1);
      end();
      await waiting;
      expect(listeners()).toBe(0);
    }
  });

  test('event without an abort rejects once', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const { signal, listeners } = counting();
    for (let i = 0; i < 3; i++) {
      const waiting = refusal(throttler.throttle({ a: 1 }, { signal }));
      expect(listeners()).toBe(1);
      signal.dispatchEvent(new Event('abort'));
      expect(await waiting).toBe(undefined);
      expect([listeners(), throttler.getQueueLength()]).toEqual([0, 0]);
    }
  });

  test('of an expired request changes nothing', async () => {
    const { clock, throttler } = setUp([bucket('a', 2, 1 / 100, 0)]);
    const { signal, listeners } = counting();
    const low = refusal(throttler.throttle({ a: 1 }, { signal, maxWait: 150, priority: 'low' }));
    throttler.throttle({ a: 2 });
    await clock.advance(150);
    expect((await low).code).toBe('WAIT_TIMEOUT');
    expect(listeners()).toBe(0);
  });

  test('spares a request in a reused slot', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const old = new AbortController();
    const granted = follow(clock, throttler.throttle({ a: 1 }, { signal: old.signal }));
    await clock.advance(100);
    const next = follow(clock, throttler.throttle({ a: 1 }));
    old.abort();
    await clock.advance(100);
    expect(granted).toMatchObject({ state: 'granted', at: 100 });
    expect(next).toMatchObject({ state: 'granted', at: 200 });
  });

  test('after the grant changes nothing', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)]);
    const controller = new AbortController();
    const outcome = follow(clock, throttler.throttle({ a: 1 }, { signal: controller.signal }));
    throttler.reset();
    controller.abort();
    await clock.advance(0);
    expect(outcome.state).toBe('granted');
    expect(tokens(throttler)).toEqual({ a: 0 });
  });
});
