import {
  concurrency,
  InvalidConfigError,
  MultiThrottler,
  type Permit,
  type ThrottleCost,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { Breakable, reactions } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';

const tasks = (limit: number) => concurrency({ id: 'tasks', limit });

/** A promise with its resolvers. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<T>((...ends) => {
    [resolve, reject] = ends;
  });
  return { promise, resolve, reject };
}

describe('run', () => {
  test('resolves with the result of the task', async () => {
    const { throttler } = setUp([tasks(1)]);
    expect(await throttler.run({ tasks: 1 }, () => 5)).toBe(5);
    expect(await throttler.run({ tasks: 1 }, async () => 'later')).toBe('later');
    // biome-ignore lint/suspicious/noThenProperty: what is like a promise counts as one
    const thenable = { then: (resolve: (value: string) => void) => resolve('like one') };
    expect(
      await throttler.run({ tasks: 1 }, () => thenable as unknown as PromiseLike<string>),
    ).toBe('like one');
    expect(await throttler.run({ tasks: 1 }, () => {})).toBeUndefined();
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('rejects with the error of the task', async () => {
    const { throttler } = setUp([tasks(1)]);
    for (const reason of [new RangeError('no'), 'text', undefined, { code: 'CLOSED' }]) {
      const thrower = () => {
        throw reason;
      };
      expect(await refusal(throttler.run({ tasks: 1 }, thrower))).toBe(reason);
      expect(await refusal(throttler.run({ tasks: 1 }, () => Promise.reject(reason)))).toBe(reason);
      expect(tokens(throttler)).toEqual({ tasks: 1 });
    }
  });

  test('holds the permit until the task is done', async () => {
    const { clock, throttler } = setUp([tasks(1)]);
    const { promise, resolve } = deferred<string>();
    const first = follow(
      clock,
      throttler.run({ tasks: 1 }, () => promise),
    );
    const second = follow(
      clock,
      throttler.run({ tasks: 1 }, () => {}),
    );
    await clock.advance(50);
    expect([tokens(throttler).tasks, second.state]).toEqual([0, 'waiting']);
    resolve('done');
    await clock.advance(0);
    expect([first.at, second.at, tokens(throttler).tasks]).toEqual([50, 50, 1]);
  });

  test('runs at most the limit at a time, in order', async () => {
    const { clock, throttler } = setUp([tasks(3)]);
    const started: number[] = [];
    let [running, most] = [0, 0];
    const all = Array.from({ length: 100 }, (_, i) =>
      throttler.run({ tasks: 1 }, async () => {
        started.push(i);
        most = Math.max(most, ++running);
        for (let turn = 0; turn < (i * 7) % 5; turn++) await reactions();
        running--;
        if (i % 10 === 0) throw new Error('failed');
      }),
    );
    await Promise.allSettled(all);
    expect(most).toBe(3);
    expect(started).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect([tokens(throttler).tasks, clock.armed]).toEqual([3, 0]);
  });

  test('gives the task its permit', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0), tasks(1)]);
    const waited = throttler.run({ a: 1, tasks: 1 }, (permit) => permit.waited);
    expect(await clock.until(waited)).toBe(100);
    expect(await waited).toBe(100);
    await clock.advance(100);
    await throttler.run({ a: 1, tasks: 1 }, (permit) => permit.release({ refund: true }));
    expect(tokens(throttler)).toEqual({ a: 1, tasks: 1 });
  });

  test('lets a task release its permit early', async () => {
    const { throttler } = setUp([tasks(1)]);
    const inner = await throttler.run({ tasks: 1 }, (permit) => {
      permit.release();
      return throttler.run({ tasks: 1 }, () => 'inner');
    });
    expect([inner, tokens(throttler).tasks]).toEqual(['inner', 1]);
  });

  test('does not call a rejected task', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0), tasks(1)], { maxCapacity: 1 });
    let runs = 0;
    const run = (cost: ThrottleCost, options?: object) =>
      refusal(throttler.run(cost, () => runs++, options)).then((error) => error.code ?? error);
    expect(await run({ x: 1 })).toBe('UNKNOWN_RULE');
    expect(await run({ a: -1 })).toBe('INVALID_COST');
    expect(await run({ a: 2 })).toBe('COST_EXCEEDS_CAPACITY');
    expect(await run({ a: 1 }, { maxWait: 99 })).toBe('WAIT_TIMEOUT');
    expect(await run({ a: 1 }, { priority: 'urgent' })).toBe('INVALID_CONFIG');
    expect(await run({ a: 1 }, { signal: AbortSignal.abort('stop') })).toBe('stop');
    const controller = new AbortController();
    const aborted = run({ a: 1 }, { signal: controller.signal });
    expect(await run({ a: 1 })).toBe('QUEUE_OVERFLOW');
    controller.abort('stop');
    expect(await aborted).toBe('stop');
    const cleared = run({ a: 1 });
    throttler.clear();
    expect(await cleared).toBe('CLEARED');
    await clock.advance(1000);
    throttler.close();
    expect(await run({})).toBe('CLOSED');
    expect(runs).toBe(0);
  });

  test('takes request options', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
    const order: string[] = [];
    throttler.run({ a: 1 }, () => order.push('normal'));
    throttler.run({ a: 1 }, () => order.push('critical'), { priority: 'critical' });
    expect(throttler.getQueueLength('critical')).toBe(1);
    await clock.advance(20);
    expect(order).toEqual(['critical', 'normal']);
  });

  test('ignores an abort while the task runs', async () => {
    const { clock, throttler } = setUp([tasks(1)]);
    const controller = new AbortController();
    const { promise, resolve } = deferred<string>();
    const outcome = follow(
      clock,
      throttler.run({ tasks: 1 }, () => promise, { signal: controller.signal }),
    );
    await clock.advance(5);
    controller.abort();
    await clock.advance(5);
    expect([outcome.state, tokens(throttler).tasks]).toEqual(['waiting', 0]);
    resolve('done');
    await clock.advance(0);
    expect([outcome.state, tokens(throttler).tasks]).toEqual(['granted', 1]);
  });

  test('lets a running task finish after close', async () => {
    const { throttler } = setUp([tasks(1)]);
    const { promise, resolve } = deferred<string>();
    const running = throttler.run({ tasks: 1 }, () => promise);
    await reactions();
    throttler.close();
    resolve('done');
    expect(await running).toBe('done');
  });

  test('keeps the result if the clock throws on release', async () => {
    const clock = new Breakable();
    const throttler = new MultiThrottler([tasks(1)], { clock });
    const fail = () => {
      throw new RangeError('broken');
    };
    const failing = (result: () => string) =>
      throttler.run({ tasks: 1 }, () => {
        clock.broken.set('now', fail);
        return result();
      });
    expect(await failing(() => 'sent')).toBe('sent');
    clock.broken.clear();
    const reason = new Error('refused');
    const refuse = () => {
      throw reason;
    };
    expect(await refusal(failing(refuse))).toBe(reason);
    clock.broken.clear();
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('reads the cost at the call', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const cost = { a: 3 };
    const running = throttler.run(cost, () => {});
    expect(tokens(throttler)).toEqual({ a: 7 });
    cost.a = 5;
    await running;
    expect(tokens(throttler)).toEqual({ a: 7 });
  });

  test.each([
    [undefined, 'undefined', 'undefined'],
    [null, 'null', 'null'],
    [5, '5', 5],
    ['task', '"task"', 'task'],
    [{}, 'an object', 'an object'],
    [Promise.resolve(), 'an object', 'an object'],
  ])('rejects a task that is %o and takes nothing', async (task, shown, value) => {
    const { throttler } = setUp([bucket('a', 1)]);
    const error = await refusal(throttler.run({ a: 1 }, task as () => void));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect({ ...error }).toEqual({ code: 'INVALID_CONFIG', field: 'task', value });
    expect(error.message).toBe(`task must be a function, got ${shown}`);
    expect(tokens(throttler)).toEqual({ a: 1 });
  });

  test('lets tasks call every method', async () => {
    const { throttler } = setUp([tasks(1), bucket('a', 10)]);
    const permits: Permit[] = [];
    await throttler.run({ tasks: 1 }, async (permit) => {
      permits.push(permit);
      throttler.updateRule('tasks', { limit: 2 });
      permits.push(await throttler.acquire({ tasks: 1 }));
      throttler.pause();
      throttler.resume();
      throttler.reset();
      throttler.setMode('normal');
      await throttler.idle();
      throttler.removeRule('tasks');
    });
    for (const permit of permits) permit.release();
    expect(tokens(throttler)).toEqual({ a: 10 });
  });
});

describe('wrap', () => {
  test('passes on arguments and this', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    class Exchange {
      readonly name = 'exchange';
      order = throttler.wrap(
        function (this: Exchange, symbol: string, amount: number) {
          return `${this.name} ${symbol} ${amount}`;
        },
        { a: 1 },
      );
    }
    expect(await new Exchange().order('BTC', 2)).toBe('exchange BTC 2');
    expect(tokens(throttler)).toEqual({ a: 9 });
  });

  test('throttles each call and holds its permit', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 100), tasks(1)]);
    const at: number[] = [];
    const call = throttler.wrap(async () => at.push(clock.now()), { a: 1, tasks: 1 });
    for (let i = 0; i < 3; i++) call();
    await clock.advance(0);
    expect(tokens(throttler)).toEqual({ a: 0, tasks: 1 });
    await clock.advance(1000);
    expect(at).toEqual([0, 100, 200]);
  });

  test('takes a cost function of the arguments', async () => {
    const { throttler } = setUp([
      bucket('weight', 100),
      bucket('orders:BTC', 1),
      bucket('orders:ETH', 1),
    ]);
    const cancel = throttler.wrap(
      async (symbol: string, ids: number[]) => `${symbol} ${ids.length}`,
      (symbol, ids) => ({ weight: ids.length, [`orders:${symbol}`]: 1 }),
    );
    expect(await Promise.all([cancel('BTC', [1, 2]), cancel('ETH', [3])])).toEqual([
      'BTC 2',
      'ETH 1',
    ]);
    expect(tokens(throttler)).toEqual({ weight: 97, 'orders:BTC': 0, 'orders:ETH': 0 });
  });

  test('rejects if the cost function throws or is invalid', async () => {
    const { throttler } = setUp([bucket('a', 1)]);
    let calls = 0;
    const wrap = (cost: () => unknown) =>
      throttler.wrap(() => calls++, cost as () => ThrottleCost)();
    const reason = new Error('no cost');
    const refuse = () => {
      throw reason;
    };
    expect(await refusal(wrap(refuse))).toBe(reason);
    for (const none of [undefined, null, 5, 'a', Promise.resolve({ a: 1 })]) {
      expect((await refusal(wrap(() => none))).code).toBe('INVALID_COST');
    }
    expect((await refusal(wrap(() => ({ a: Number.NaN })))).code).toBe('INVALID_COST');
    expect([calls, tokens(throttler).a]).toEqual([0, 1]);
  });

  test('returns a promise for synchronous functions', async () => {
    const { throttler } = setUp([tasks(1)]);
    const half = throttler.wrap(
      (n: number) => {
        if (n % 2 === 1) throw new RangeError('odd');
        return n / 2;
      },
      { tasks: 1 },
    );
    expect(await half(4)).toBe(2);
    expect(await refusal(half(3))).toBeInstanceOf(RangeError);
    expect(tokens(throttler)).toEqual({ tasks: 1 });
  });

  test('applies options to all calls', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
    const controller = new AbortController();
    const options = { priority: 'low', signal: controller.signal } as const;
    const outcome = follow(clock, throttler.wrap(() => {}, { a: 1 }, options)());
    expect(throttler.getQueueLength('low')).toBe(1);
    controller.abort('stop');
    await clock.advance(0);
    expect(outcome).toMatchObject({ state: 'rejected', reason: 'stop' });
  });

  test('keeps name and length', () => {
    const { throttler } = setUp([]);
    function fetchOrder(_symbol: string, _id: string) {}
    const wrapped = throttler.wrap(fetchOrder, {});
    expect([wrapped.name, wrapped.length]).toEqual(['fetchOrder', 2]);
  });

  test.each([undefined, null, 5, {}])('throws for %o', (fn) => {
    const { throttler } = setUp([]);
    expect(() => throttler.wrap(fn as unknown as () => void, {})).toThrow(
      /^fn must be a function, got /,
    );
  });
});
