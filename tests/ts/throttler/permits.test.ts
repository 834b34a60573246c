// Permits: their release and refund.

import {
  concurrency,
  fixedWindow,
  MultiThrottler,
  type Permit,
  rollingWindow,
  tokenBucket,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { Breakable, Calling } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

const tasks = (limit: number) => concurrency({ id: 'tasks', limit });

describe('permit', () => {
  test('knows how long its request waited', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100)]);
    const permits: Permit[] = [];
    for (let i = 0; i < 3; i++) throttler.acquire({ a: 1 }).then((permit) => permits.push(permit));
    await clock.advance(1000);
    expect(permits.map(({ waited }) => waited)).toEqual([0, 100, 200]);
    for (const permit of permits) permit.release();
    expect(permits.map(({ waited }) => waited)).toEqual([0, 100, 200]);
  });

  test('of an empty cost refunds nothing', async () => {
    const { throttler } = setUp([tasks(1)]);
    throttler.pause();
    const permit = await throttler.acquire({});
    expect(permit.waited).toBe(0);
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('is released once', async () => {
    const { throttler } = setUp([tasks(3), bucket('a', 10)]);
    const permit = await throttler.acquire({ tasks: 1, a: 1 });
    await throttler.acquire({ tasks: 1, a: 1 });
    permit.release();
    permit.release();
    permit.release({ refund: true });
    permit[Symbol.dispose]();
    await permit[Symbol.asyncDispose]();
    expect(tokens(throttler)).toEqual({ tasks: 2, a: 8 });
    // Its slot may belong to another permit by now.
    await throttler.acquire({ tasks: 1, a: 1 });
    permit.release();
    expect(tokens(throttler)).toEqual({ tasks: 1, a: 7 });
  });

  test('released with a cost gives back the difference', async () => {
    const { clock, throttler } = setUp([
      tasks(3),
      bucket('a', 10),
      rollingWindow({ id: 'b', limit: 10, interval: 1000 }),
    ]);
    const permit = await throttler.acquire({ tasks: 1, a: 8, b: 9 });
    const waiting = follow(clock, throttler.throttle({ b: 6 }));
    expect(waiting.state).toBe('waiting');
    permit.release({ cost: { b: 4, gone: 1 } });
    await expect.poll(() => waiting.state).toBe('granted');
    expect(tokens(throttler)).toEqual({ tasks: 3, a: 10, b: 0 });
  });

  test('released with a higher cost or none takes nothing more', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    for (const cost of [{ a: 9 }, { a: Number.NaN }, { a: 'x' as never }]) {
      (await throttler.acquire({ a: 1 })).release({ cost });
    }
    expect(tokens(throttler)).toEqual({ a: 7 });
    const permit = await throttler.acquire({ a: 1 });
    expect(thrown(() => permit.release({ cost: 5 as never }))).toMatchObject({
      code: 'INVALID_COST',
    });
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ a: 6 });
  });

  test('is released by using, also after a throw', async () => {
    const { throttler } = setUp([tasks(2)]);
    const seen: number[] = [];
    const look = () => seen.push(tokens(throttler).tasks as number);
    await refusal(
      (async () => {
        using permit = await throttler.acquire({ tasks: 1 });
        await using other = await throttler.acquire({ tasks: 1 });
        look();
        throw new Error(`${permit.waited + other.waited}`);
      })(),
    );
    look();
    expect(seen).toEqual([0, 2]);
  });

  test('of another throttler is ignored', async () => {
    const [one, other] = [setUp([tasks(1)]).throttler, setUp([tasks(1)]).throttler];
    const permit = await one.acquire({ tasks: 1 });
    await other.acquire({ tasks: 1 });
    permit.release();
    expect([tokens(one), tokens(other)]).toEqual([{ tasks: 1 }, { tasks: 0 }]);
  });

  test.each([
    null,
    undefined,
    {},
    { refund: undefined },
    { refund: false },
    { refund: 1 },
    5,
    'refund',
  ])('released with %o refunds nothing', async (options) => {
    const { throttler } = setUp([tasks(1), bucket('a', 10)]);
    (await throttler.acquire({ tasks: 1, a: 1 })).release(options as never);
    expect(tokens(throttler)).toEqual({ tasks: 1, a: 9 });
  });

  test('stays held if its option cannot be read', async () => {
    const { throttler } = setUp([tasks(1)]);
    const permit = await throttler.acquire({ tasks: 1 });
    const options = {
      get refund(): boolean {
        throw new RangeError('no');
      },
    };
    expect(thrown(() => permit.release(options))).toBeInstanceOf(RangeError);
    expect(tokens(throttler)).toEqual({ tasks: 0 });
    permit.release();
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('is released also if the clock throws', async () => {
    const clock = new Breakable();
    const throttler = new MultiThrottler([tasks(1)], { clock });
    const permit = await throttler.acquire({ tasks: 1 });
    const next = follow(clock, throttler.acquire({ tasks: 1 }));
    const reason = new RangeError('broken');
    clock.broken.set('now', () => {
      throw reason;
    });
    expect(thrown(() => permit.release())).toBe(reason);
    clock.broken.clear();
    await clock.advance(0);
    expect(next.state).toBe('granted');
    expect(tokens(throttler)).toEqual({ tasks: 0 });
  });
});

describe('refund', () => {
  test('returns all costs and grants waiters', async () => {
    const rules = [
      bucket('bucket', 5),
      rollingWindow({ id: 'rolling', limit: 5, interval: 1000 }),
      fixedWindow({ id: 'fixed', limit: 5, interval: 1000 }),
      fixedWindow({ id: 'first', limit: 5, interval: 1000, anchor: 'first-request' }),
      tasks(5),
    ];
    const cost = { bucket: 5, rolling: 5, fixed: 5, first: 5, tasks: 5 };
    const { clock, throttler } = setUp(rules);
    const permit = await throttler.acquire(cost);
    const next = follow(clock, throttler.acquire(cost));
    permit.release({ refund: true });
    await clock.advance(0);
    expect(next).toMatchObject({ state: 'granted', at: 0 });
    expect(Object.values(tokens(throttler))).toEqual([0, 0, 0, 0, 0]);
  });

  test('never exceeds the capacity', async () => {
    const { clock, throttler } = setUp([
      bucket('bucket', 5, 1 / 10),
      rollingWindow({ id: 'rolling', limit: 5, interval: 50 }),
      fixedWindow({ id: 'fixed', limit: 5, interval: 50 }),
    ]);
    const permit = await throttler.acquire({ bucket: 5, rolling: 5, fixed: 5 });
    // By then all tokens have refilled.
    await clock.advance(60);
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ bucket: 5, rolling: 5, fixed: 5 });
    await throttler.throttle({ bucket: 5, rolling: 5, fixed: 5 });
    expect(tokens(throttler)).toEqual({ bucket: 0, rolling: 0, fixed: 0 });
  });

  test('does not undo setTokens or a replaced rule', async () => {
    const { clock, throttler } = setUp([bucket('set', 10), bucket('replaced', 10)]);
    const permit = await throttler.acquire({ set: 6, replaced: 6 });
    await clock.advance(1);
    throttler.setTokens('set', 1);
    throttler.addRule(bucket('replaced', 10, 0, 2));
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ set: 1, replaced: 2 });
  });

  test('reduces debt', async () => {
    const { throttler } = setUp([
      tokenBucket({ id: 'a', capacity: 1, refillRate: 0, allowDebt: true }),
    ]);
    const permit = await throttler.acquire({ a: 5 });
    expect(tokens(throttler)).toEqual({ a: -4 });
    permit.release({ refund: true });
    expect(tokens(throttler)).toEqual({ a: 1 });
  });
});

describe('permits on abort, clear and close', () => {
  test('aborted before takes nothing', async () => {
    const { throttler } = setUp([tasks(1)]);
    const signal = AbortSignal.abort('stop');
    expect(await refusal(throttler.acquire({ tasks: 1 }, { signal }))).toBe('stop');
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('aborted while waiting is never granted', async () => {
    const { clock, throttler } = setUp([tasks(2)]);
    const held = await throttler.acquire({ tasks: 1 });
    const controller = new AbortController();
    const large = follow(clock, throttler.acquire({ tasks: 2 }, { signal: controller.signal }));
    const small = follow(clock, throttler.acquire({ tasks: 1 }));
    await clock.advance(10);
    expect(small.state).toBe('waiting');
    controller.abort('stop');
    await clock.advance(0);
    expect(large).toMatchObject({ state: 'rejected', reason: 'stop' });
    expect(small).toMatchObject({ state: 'granted', at: 10 });
    held.release();
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('aborted afterwards stays held', async () => {
    const { throttler } = setUp([tasks(1)]);
    const controller = new AbortController();
    const permit = await throttler.acquire({ tasks: 1 }, { signal: controller.signal });
    controller.abort();
    expect(tokens(throttler)).toEqual({ tasks: 0 });
    permit.release();
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('aborted by the clock in the call is refunded', async () => {
    const clock = new Calling();
    const throttler = new MultiThrottler([tasks(1), bucket('a', 1)], { clock });
    const controller = new AbortController();
    clock.onNow = () => controller.abort('stop');
    expect(
      await refusal(throttler.acquire({ tasks: 1, a: 1 }, { signal: controller.signal })),
    ).toBe('stop');
    expect(tokens(throttler)).toEqual({ tasks: 1, a: 1 });
  });

  test.each([
    ['clear', 'CLEARED'],
    ['close', 'CLOSED'],
  ] as const)(
    '%s rejects who waits; permits that are held are released without effect',
    async (end, code) => {
      const { throttler } = setUp([tasks(1)]);
      const permit = await throttler.acquire({ tasks: 1 });
      const waiting = refusal(throttler.acquire({ tasks: 1 }));
      throttler[end]();
      expect((await waiting).code).toBe(code);
      permit.release({ refund: true });
      permit.release();
      expect(tokens(throttler)).toEqual(end === 'clear' ? { tasks: 1 } : {});
    },
  );

  test('acquire rejects after close', async () => {
    const { throttler } = setUp([tasks(1)]);
    throttler.close();
    expect((await refusal(throttler.acquire({ tasks: 1 }))).code).toBe('CLOSED');
    expect((await refusal(throttler.acquire({}))).code).toBe('CLOSED');
  });

  test('closed by the clock while granted is a permit', async () => {
    const clock = new Calling();
    const throttler = new MultiThrottler([bucket('a', 1, 1 / 100, 0)], { clock });
    clock.onSetTimeout = () => {
      throttler.setTokens('a', 1);
      throttler.close();
    };
    const permit = await throttler.acquire({ a: 1 });
    expect(permit.waited).toBe(0);
    permit.release();
  });
});
