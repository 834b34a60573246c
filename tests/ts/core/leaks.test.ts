// Leaks after 10^5 operations: memory of the engine, listeners, ids and timers.

import { getEventListeners } from 'node:events';
import { concurrency, MultiThrottler, rollingWindow } from 'multi-throttler';
import { beforeAll, describe, expect, test } from 'vitest';
import { reactions } from '../support/clock.ts';
import { bucket, setUp, tokens } from '../support/helpers.ts';

const MANY = 100_000;

let memory: WebAssembly.Memory | undefined;

beforeAll(() => {
  // The engine is instantiated with the first throttler.
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args: ConstructorParameters<typeof Instance>) {
      super(...args);
      // Exports have short names.
      memory = Object.values(this.exports).find((value) => value instanceof WebAssembly.Memory);
    }
  };
  new MultiThrottler([]).close();
  WebAssembly.Instance = Instance;
});

/**
 * Returns the bytes by which the engine's memory grows in the last nine tenths of the operations.
 */
async function growth(operation: (i: number) => unknown): Promise<number> {
  let before = 0;
  for (let i = 0; i < MANY; i++) {
    if (i === MANY / 10) before = memory?.buffer.byteLength ?? 0;
    operation(i);
    if (i % 1000 === 0) await reactions();
  }
  await reactions();
  expect(before).toBeGreaterThan(0);
  return (memory?.buffer.byteLength ?? 0) - before;
}

describe('engine memory does not grow with', () => {
  test('acquired and released permits', async () => {
    const { throttler } = setUp([concurrency({ id: 'tasks', limit: 10 }), bucket('a', 1e9)]);
    const grown = await growth(async () => {
      const permit = await throttler.acquire({ tasks: 1, a: 1 });
      permit.release();
    });
    expect([grown, tokens(throttler).tasks]).toEqual([0, 10]);
  });

  test('tasks that wait, run, fail and abort', async () => {
    const { throttler } = setUp([concurrency({ id: 'tasks', limit: 3 })], { maxCapacity: 5000 });
    const controller = new AbortController();
    let runs = 0;
    const grown = await growth((i) => {
      const aborting = i % 7 === 0 ? new AbortController() : controller;
      const task = () => {
        runs++;
        if (i % 5 === 0) throw new Error('failed');
      };
      const options = { id: `${i % 50}`, signal: aborting.signal };
      throttler.run({ tasks: 1 }, task, options).catch(() => {});
      if (i % 7 === 0) aborting.abort();
    });
    await reactions();
    expect([grown, tokens(throttler).tasks, throttler.isRunning()]).toEqual([0, 3, false]);
    expect(runs).toBeGreaterThan(MANY / 2);
  });

  test('waiters that change priority', async () => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 0)], { aging: 5, maxCapacity: 50 });
    const grown = await growth((i) => {
      const id = `${i % 40}`;
      throttler.throttle({ a: 1 }, { id, priority: 'low' }).catch(() => {});
      throttler.setPriority(id, i % 2 === 0 ? 'critical' : 'normal');
      if (i % 40 === 39) throttler.clear();
      clock.step(0.5);
    });
    throttler.clear();
    expect([grown, clock.pending]).toEqual([0, 0]);
  });

  test('requests dropped from a full queue', async () => {
    const { throttler } = setUp([bucket('a', 1, 0, 0)], {
      maxCapacity: 10,
      overflow: 'drop-lowest',
    });
    const classes = ['low', 'normal', 'critical'] as const;
    const grown = await growth((i) => {
      throttler.throttle({ a: 1 }, { priority: classes[i % 3] }).catch(() => {});
      if (i % 30 === 29) throttler.clear();
    });
    throttler.clear();
    expect(grown).toBe(0);
  });

  test('members of families that come and go', async () => {
    const { clock, throttler } = setUp([rollingWindow({ id: 'order:*', limit: 2, interval: 50 })]);
    const grown = await growth((i) => {
      throttler.throttle({ [`order:${i}`]: 1 });
      clock.step(1);
    });
    await clock.advance(100);
    expect([grown, tokens(throttler)]).toEqual([0, { 'order:*': 2 }]);
  });

  test('changes of rules, pauses, modes and estimates', async () => {
    const { clock, throttler } = setUp([bucket('a', 10, 1), bucket('b', 10, 1)], {
      modes: { m: { buffer: 0.5 } },
    });
    const grown = await growth((i) => {
      throttler.tryThrottle({ a: 1, b: i % 3 });
      throttler.estimateWait({ a: 5 });
      if (i % 2 === 0) throttler.addRule(bucket('a', 10, 1));
      else throttler.updateRule('b', { capacity: 5 + (i % 7) });
      if (i % 10 === 0) throttler.removeRule('a');
      if (i % 10 === 0) throttler.addRule(bucket('a', 10, 1));
      throttler.pause({ ms: 1, rules: ['a'] });
      throttler.setMode(i % 2 === 0 ? 'm' : 'normal', 1);
      clock.step(1);
    });
    expect(grown).toBe(0);
  });
});

test('no outcome leaves a listener on a signal', async () => {
  const { clock, throttler } = setUp([
    bucket('a', 1, 1 / 10, 0),
    concurrency({ id: 'tasks', limit: 1 }),
  ]);
  const { signal } = new AbortController();
  const ask = (cost: Record<string, number>, options = {}) =>
    throttler.run(cost, () => {}, { signal, ...options }).catch(() => {});
  ask({ tasks: 1 });
  ask({ unknown: 1 });
  ask({ a: 1 }, { maxWait: 10 });
  ask({ a: 1 }, { maxWait: 20 });
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  await clock.advance(1000);
  ask({ tasks: 1, a: 1 });
  throttler.setTokens('a', 0);
  ask({ a: 1 });
  throttler.clear();
  ask({ a: 1 });
  throttler.removeRule('a');
  await clock.advance(1000);
  const listeners = getEventListeners(signal, 'abort');
  expect([listeners, throttler.isRunning(), clock.pending]).toEqual([[], false, 0]);
});
