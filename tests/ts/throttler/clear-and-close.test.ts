// `clear` and `close`, many throttlers, and growing memory.

import { MultiThrottler, ThrottlerClosedError, ThrottlerError } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

describe('clear', () => {
  test('rejects all waiters, returns their number, takes nothing', async () => {
    const { clock, throttler } = setUp([bucket('a', 5, 1 / 100, 1)]);
    const outcomes = [2, 1, 1].map((a) =>
      follow(clock, throttler.throttle({ a }, { maxWait: 1000 })),
    );
    const low = follow(clock, throttler.throttle({ a: 1 }, { priority: 'low' }));
    expect(throttler.clear()).toBe(4);
    expect([throttler.getQueueLength(), throttler.isRunning(), clock.pending]).toEqual([
      0,
      false,
      0,
    ]);
    await clock.advance(0);
    for (const { reason } of [...outcomes, low]) {
      expect(reason).toBeInstanceOf(ThrottlerError);
      expect(reason).toMatchObject({ code: 'CLEARED' });
    }
    await clock.advance(100);
    expect(tokens(throttler)).toEqual({ a: 2 });
  });

  test('passes its reason to all waiters', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const reason = Object.assign(new Error('mine'), { code: 'CLOSED' });
    const waiting = [1, 1].map((a) => refusal(throttler.throttle({ a })));
    expect(throttler.clear(reason)).toBe(2);
    for (const error of await Promise.all(waiting)) expect(error).toBe(reason);
    // The reason is not kept for later requests.
    const later = refusal(throttler.throttle({ a: 1 }));
    throttler.removeRule('a');
    expect((await later).code).toBe('UNKNOWN_RULE');
  });

  test('returns 0 without waiters', () => {
    const { throttler } = setUp([bucket('a', 1)]);
    expect(throttler.clear()).toBe(0);
    expect(throttler.clear(new Error('mine'))).toBe(0);
  });

  test('keeps the throttler working', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    throttler.throttle({ a: 1 }).catch(() => {});
    throttler.clear();
    const outcome = follow(clock, throttler.throttle({ a: 1 }));
    await clock.advance(100);
    expect(outcome).toMatchObject({ state: 'granted', at: 100 });
  });
});

describe('close', () => {
  test('rejects all waiters and clears its timer', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
    const outcomes = [1, 1].map((a) => follow(clock, throttler.throttle({ a })));
    throttler.close();
    expect([throttler.getQueueLength(), throttler.isRunning(), clock.pending]).toEqual([
      0,
      false,
      0,
    ]);
    await clock.advance(0);
    for (const { reason } of outcomes) expect(reason).toBeInstanceOf(ThrottlerClosedError);
  });

  test('passes its reason to waiters, not to later requests', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const reason = new Error('mine');
    const waiting = [1, 1].map((a) => refusal(throttler.throttle({ a })));
    throttler.close(reason);
    for (const error of await Promise.all(waiting)) expect(error).toBe(reason);
    expect(await refusal(throttler.throttle({ a: 1 }))).toBeInstanceOf(ThrottlerClosedError);
  });

  test('is idempotent', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const waiting = refusal(throttler.throttle({ a: 1 }));
    throttler.close();
    throttler.close();
    throttler.close(new Error('mine'));
    expect(await waiting).toBeInstanceOf(ThrottlerClosedError);
    expect(await refusal(throttler.throttle({ a: 1 }))).toBeInstanceOf(ThrottlerClosedError);
  });

  test('rejects later requests and allows other calls', async () => {
    const { clock, throttler } = setUp([bucket('a', 5)]);
    throttler.close();
    for (const cost of [{ a: 1 }, {}, { x: 1 }, { a: -1 }]) {
      expect((await refusal(throttler.throttle(cost))).code).toBe('CLOSED');
    }
    expect(() => throttler.addRule(bucket('b', 1))).toThrow(ThrottlerClosedError);
    expect(throttler.getStatus()).toEqual({});
    expect(throttler.removeRule('a')).toBe(false);
    expect(throttler.clear()).toBe(0);
    throttler.reset();
    throttler.setTokens('a', 1);
    expect([throttler.getQueueLength(), throttler.isRunning(), clock.armed]).toEqual([0, false, 0]);
  });

  test('makes later aborts ineffective', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const controller = new AbortController();
    const waiting = refusal(throttler.throttle({ a: 1 }, { signal: controller.signal }));
    throttler.close();
    controller.abort('stop');
    expect(await waiting).toBeInstanceOf(ThrottlerClosedError);
  });

  test('is called by `using` at the end of a block', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)]);
    const waiting = refusal(throttler.throttle({ a: 1 }));
    (throttler as unknown as Disposable)[Symbol.dispose]();
    expect(await waiting).toBeInstanceOf(ThrottlerClosedError);
  });
});

describe('many throttlers', () => {
  test('two throttlers are independent', async () => {
    const one = setUp([bucket('a', 10, 1 / 10, 0), bucket('b', 10)]);
    const two = setUp([bucket('b', 100, 1 / 100, 0), bucket('a', 100)]);
    const outcomes = { one: [] as unknown[], two: [] as unknown[] };
    for (let i = 0; i < 5; i++) {
      outcomes.one.push(follow(one.clock, one.throttler.throttle({ a: 1, b: 1 })));
      outcomes.two.push(follow(two.clock, two.throttler.throttle({ a: 10, b: 1 })));
    }
    await one.clock.advance(50);
    expect(outcomes.one.map((o) => (o as { at: number }).at)).toEqual([10, 20, 30, 40, 50]);
    expect(two.throttler.getQueueLength()).toBe(5);
    one.throttler.close();
    await two.clock.advance(500);
    expect(outcomes.two.map((o) => (o as { at: number }).at)).toEqual([100, 200, 300, 400, 500]);
    expect(tokens(two.throttler)).toEqual({ b: 0, a: 50 });
  });

  test('a thousand throttlers are independent', async () => {
    const clock = new VirtualClock();
    const throttlers = Array.from(
      { length: 1000 },
      (_, i) => new MultiThrottler([bucket(`r${i}`, 1000)], { clock }),
    );
    await Promise.all(throttlers.map((throttler, i) => throttler.throttle({ [`r${i}`]: i })));
    for (const [i, throttler] of throttlers.entries())
      expect(tokens(throttler)).toEqual({ [`r${i}`]: 1000 - i });
  });
});

describe('growing memory', () => {
  test('charges 200 000 waiters correctly', async () => {
    const count = 200_000;
    const capacity = 1_000_000;
    const rules = [bucket('a', capacity, 0, 0), bucket('b', capacity)];
    const { clock, throttler } = setUp(rules, { maxCapacity: Number.POSITIVE_INFINITY });
    const controllers = [new AbortController(), new AbortController()];
    let granted = 0;
    const onGrant = () => {
      granted += 1;
    };
    const aborted: Promise<unknown>[] = [];
    for (let i = 0; i < count; i++) {
      const controller = i % 100_000 === 50_000 ? controllers[aborted.length] : undefined;
      const waiting = throttler.throttle({ a: 1 + (i % 3), b: 1 }, { signal: controller?.signal });
      if (controller) aborted.push(refusal(waiting));
      else waiting.then(onGrant);
    }
    expect(throttler.getQueueLength()).toBe(count);
    for (const controller of controllers) controller.abort('stop');
    expect(await Promise.all(aborted)).toEqual(['stop', 'stop']);
    throttler.setTokens('a', capacity);
    await clock.advance(0);
    expect(granted).toBe(count - 2);
    // Requests 50 000 and 150 000 were aborted; they cost 1 + 2 and 1 + 0.
    let a = capacity;
    for (let i = 0; i < count; i++) if (i % 100_000 !== 50_000) a -= 1 + (i % 3);
    expect(tokens(throttler)).toEqual({ a, b: capacity - (count - 2) });
  });

  test('between two costs of a request is handled', async () => {
    // Non-ASCII text is passed on with three bytes per character, which uses up the room.
    const long = 'é'.repeat(4_000_000);
    const { throttler } = setUp([
      bucket('a', 100),
      bucket('b', 100),
      bucket('c', 100),
      bucket(long, 100),
    ]);
    for (let i = 0; i < 40; i++) throttler.addRule(bucket(`${i}`.padEnd(1_000_000), 1));
    await throttler.throttle({ c: 70, b: 30 });
    await throttler.throttle({ a: 7, [long]: 1, b: 5 });
    const { a, b, c, [long]: d } = tokens(throttler);
    expect([a, b, c, d]).toEqual([93, 65, 30, 99]);
  });
});
