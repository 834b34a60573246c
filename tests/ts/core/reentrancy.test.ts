// Calls to the throttler while it is at work: from promises that it settled, and from its own
// clock.

import { MultiThrottler } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { Calling, VirtualClock } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

describe('calls from a settled promise', () => {
  test('may submit the next request', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
    const grants: number[] = [];
    const again = (): Promise<void> =>
      throttler.throttle({ a: 1 }).then(() => {
        grants.push(clock.now());
        return grants.length < 5 ? again() : undefined;
      });
    again();
    await clock.advance(100);
    expect(grants).toEqual([10, 20, 30, 40, 50]);
  });

  test('may call every method', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0), bucket('b', 1)]);
    const methods: (() => unknown)[] = [
      () => throttler.getStatus(),
      () => throttler.getQueueLength(),
      () => throttler.isRunning(),
      () => throttler.addRule(bucket('c', 1)),
      () => throttler.removeRule('c'),
      () => throttler.setTokens('b', 0),
      () => throttler.reset(),
      () => throttler.clear(),
      () => throttler.close(),
    ];
    for (const method of methods) {
      const outcome = follow(clock, throttler.throttle({ a: 1 }).then(method));
      await clock.advance(10);
      expect(outcome.state).toBe('granted');
      throttler.setTokens('a', 0);
    }
  });

  test('may submit again after a rejection', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)]);
    const again = follow(
      clock,
      throttler.throttle({ a: 1 }).catch(() => throttler.throttle({ a: 1 })),
    );
    throttler.clear();
    await clock.advance(0);
    expect([again.state, throttler.getQueueLength()]).toEqual(['waiting', 1]);
    throttler.reset();
    await clock.advance(0);
    expect(again.state).toBe('granted');
  });
});

describe('calls from the clock', () => {
  const hooks = ['onNow', 'onSetTimeout', 'onClearTimeout'] as const;
  const costs = { a: 1, b: 2 };

  function calling() {
    const clock = new Calling();
    const rules = [bucket('a', 10, 1 / 100, 1), bucket('b', 10), bucket('c', 10)];
    return { clock, throttler: new MultiThrottler(rules, { clock }) };
  }

  test('charge each request its own costs', async () => {
    const { clock, throttler } = calling();
    clock.onNow = () => throttler.throttle({ c: 7 });
    throttler.throttle(costs);
    expect(tokens(throttler)).toEqual({ a: 0, b: 8, c: 3 });
  });

  test('never charge another rule', async () => {
    const { clock, throttler } = calling();
    await throttler.throttle(costs);
    clock.onNow = () => {
      throttler.removeRule('a');
      throttler.addRule(bucket('new', 10));
    };
    expect(await refusal(throttler.throttle(costs))).toMatchObject({ code: 'UNKNOWN_RULE' });
    expect(tokens(throttler)).toEqual({ b: 8, c: 10, new: 10 });
  });

  test('do not bind a request to a removed rule', async () => {
    const { clock, throttler } = calling();
    // The request may come before or after the removal.
    clock.onNow = () => throttler.throttle(costs).catch(() => {});
    throttler.removeRule('a');
    throttler.addRule(bucket('new', 10));
    expect(await refusal(throttler.throttle(costs))).toMatchObject({
      code: 'UNKNOWN_RULE',
      ruleId: 'a',
    });
    expect(tokens(throttler)).toMatchObject({ new: 10 });
  });

  for (const hook of hooks) {
    test.each([
      ['clear', 'CLEARED'],
      ['close', 'CLOSED'],
      ['removeRule', 'UNKNOWN_RULE'],
      ['reset', undefined],
      ['getStatus', undefined],
      ['throttle', undefined],
    ] as const)(`${hook}: %s while a request is made`, async (method, code) => {
      const { clock, throttler } = calling();
      // A request waits already, so that there is a timer to be cleared.
      const low = follow(clock, throttler.throttle({ a: 9 }, { priority: 'low' }));
      clock[hook] = () => {
        if (method === 'removeRule') throttler.removeRule('a');
        else if (method === 'throttle') throttler.throttle({ a: 2 });
        else throttler[method]();
      };
      const outcome = follow(clock, throttler.throttle({ a: 2, b: 1 }));
      await clock.advance(5000);
      // If the call came first, the request found its effect; if it came later, the request was
      // part of it.
      expect(['granted', 'rejected']).toContain(outcome.state);
      if (outcome.state === 'rejected') expect(outcome.reason).toMatchObject({ code });
      expect(low.state).not.toBe('waiting');
      expect([throttler.getQueueLength(), clock.pending]).toEqual([0, 0]);
    });
  }

  test('may be synchronous from setTimeout', async () => {
    const clock = new VirtualClock();
    const later = clock.setTimeout.bind(clock);
    let calls = 0;
    clock.setTimeout = (callback, ms) => {
      if (calls++ === 0) {
        clock.step(ms);
        callback();
      }
      return later(callback, ms);
    };
    const throttler = new MultiThrottler([bucket('a', 1, 1 / 100, 0)], { clock });
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(1000);
    expect(outcome.state).toBe('granted');
    expect(tokens(throttler)).toEqual({ a: 1 });
  });

  test('set the timer for the final waiters', async () => {
    const { clock, throttler } = calling();
    clock.onSetTimeout = () => throttler.clear();
    expect((await refusal(throttler.throttle({ a: 3 }))).code).toBe('CLEARED');
    expect([clock.pending, throttler.isRunning()]).toEqual([0, false]);
    let critical = follow(clock, Promise.resolve());
    clock.onSetTimeout = () => {
      critical = follow(clock, throttler.throttle({ a: 2 }, { priority: 'critical' }));
    };
    const normal = follow(clock, throttler.throttle({ a: 3 }));
    expect([clock.pending, throttler.getQueueLength()]).toEqual([1, 2]);
    await clock.advance(1000);
    expect([critical.at, normal.at, clock.pending]).toEqual([100, 400, 0]);
  });

  test('end if setTimeout always calls back', async () => {
    const clock = new VirtualClock();
    const later = clock.setTimeout.bind(clock);
    clock.setTimeout = (callback, ms) => {
      callback();
      return later(callback, ms);
    };
    const throttler = new MultiThrottler([bucket('a', 1, 1 / 100, 0)], { clock });
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    clock.setTimeout = later;
    await clock.advance(1000);
    expect(outcome.at).toBe(100);
  });

  test('keep the reason of the outer clear', async () => {
    const { clock, throttler } = calling();
    const mine = new Error('mine');
    const waiting = refusal(throttler.throttle({ a: 5 }));
    clock.onNow = () => throttler.clear(new Error('other'));
    expect(throttler.clear(mine)).toBe(1);
    expect(await waiting).toBe(mine);
  });

  test.each([
    ['acquire', (t: MultiThrottler) => t.acquire({ b: 1 })],
    ['run', (t: MultiThrottler) => t.run({ b: 1 }, () => {})],
    ['tryThrottle', (t: MultiThrottler) => t.tryThrottle({ b: 1 })],
    ['estimateWait', (t: MultiThrottler) => t.estimateWait({ a: 5 })],
    ['setPriority', (t: MultiThrottler) => t.setPriority('x', 'low')],
    ['updateRule', (t: MultiThrottler) => t.updateRule('a', { capacity: 20 })],
    ['pause and resume', (t: MultiThrottler) => [t.pause(), t.resume()]],
    ['setMode', (t: MultiThrottler) => t.setMode('normal')],
    ['idle', (t: MultiThrottler) => t.idle()],
  ])('may %s during any call', async (_, work) => {
    const others: ((t: MultiThrottler) => unknown)[] = [
      (t) => t.throttle({ a: 2 }),
      (t) => t.acquire({ a: 2, b: 1 }).then((permit) => permit.release()),
      (t) => t.tryThrottle({ a: 1 }),
      (t) => t.estimateWait({ a: 1 }),
      (t) => t.setPriority('x', 'critical'),
      (t) => t.addRule(bucket('new', 1)),
      (t) => t.removeRule('c'),
      (t) => t.updateRule('a', { capacity: 20 }),
      (t) => t.pause({ ms: 5 }),
      (t) => t.resume(),
      (t) => t.setMode('normal'),
      (t) => t.mode,
      (t) => t.reset(),
      (t) => t.setTokens('a', 1),
    ];
    for (const hook of hooks) {
      for (const other of others) {
        const { clock, throttler } = calling();
        const waiting = follow(clock, throttler.throttle({ a: 9 }, { id: 'x' }));
        clock[hook] = () => work(throttler);
        other(throttler);
        clock[hook] = undefined;
        await clock.advance(1e5);
        expect([waiting.state, throttler.isRunning(), clock.pending]).toEqual([
          'granted',
          false,
          0,
        ]);
      }
    }
  });
});

describe('calls from a custom signal', () => {
  /** A signal whose methods run other code first. */
  function signalThat(
    first: Partial<Record<'addEventListener' | 'removeEventListener', () => void>>,
  ) {
    const { signal } = new AbortController();
    for (const [name, work] of Object.entries(first) as [keyof typeof first, () => void][]) {
      const own = signal[name].bind(signal) as (...args: unknown[]) => void;
      Object.assign(signal, {
        [name]: (...args: unknown[]) => {
          work();
          own(...args);
        },
      });
    }
    return signal;
  }

  test.each(['throttle', 'acquire'] as const)(
    '%s: cleared while it is listened to',
    async (method) => {
      const { throttler } = setUp([bucket('a', 1, 0, 0)]);
      const signal = signalThat({ addEventListener: () => throttler.clear() });
      expect((await refusal(throttler[method]({ a: 1 }, { signal }))).code).toBe('CLEARED');
      expect(throttler.isRunning()).toBe(false);
    },
  );

  test('that clear spare later requests', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
    const controller = new AbortController();
    const { signal } = controller;
    const own = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
    let others = 0;
    Object.assign(signal, {
      addEventListener: (...args: unknown[]) => {
        throttler.clear();
        follow(
          clock,
          throttler.throttle({ a: 1 }).then(() => others++),
        );
        own(...args);
      },
    });
    await refusal(throttler.throttle({ a: 1 }, { signal }));
    controller.abort();
    await clock.advance(100);
    expect(others).toBe(1);
  });

  test('reject if addEventListener throws', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
    const reason = new RangeError('no');
    const signal = signalThat({
      addEventListener: () => {
        throw reason;
      },
    });
    expect(await refusal(throttler.throttle({ a: 1 }, { signal, id: 'x' }))).toBe(reason);
    expect([throttler.isRunning(), clock.pending, throttler.setPriority('x', 'low')]).toEqual([
      false,
      0,
      false,
    ]);
    await clock.advance(100);
    expect(tokens(throttler)).toEqual({ a: 1 });
  });
});

describe('calls from a listener of the signal', () => {
  test.each([
    ['throttle', (t: MultiThrottler) => t.throttle({ a: 1 })],
    ['clear', (t: MultiThrottler) => t.clear()],
    ['close', (t: MultiThrottler) => t.close()],
    ['reset', (t: MultiThrottler) => t.reset()],
    ['setPriority', (t: MultiThrottler) => t.setPriority('x', 'critical')],
  ])('may %s before and after ours', async (_, work) => {
    for (const first of [true, false]) {
      const { clock, throttler } = setUp([bucket('a', 5, 1 / 10, 0)]);
      const controller = new AbortController();
      const listen = () => controller.signal.addEventListener('abort', () => work(throttler));
      if (first) listen();
      const outcome = follow(
        clock,
        throttler.throttle({ a: 5 }, { signal: controller.signal, id: 'x' }),
      );
      if (!first) listen();
      controller.abort('stop');
      await clock.advance(1000);
      // If the call came first, it may have settled the request.
      if (outcome.state === 'rejected' && !first) expect(outcome.reason).toBe('stop');
      expect([outcome.state === 'waiting', throttler.isRunning(), clock.pending]).toEqual([
        false,
        false,
        0,
      ]);
    }
  });
});
