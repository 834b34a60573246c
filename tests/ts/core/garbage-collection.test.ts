// Garbage collection of throttlers, and the memory after a million requests.

import { describe, expect, test } from 'vitest';
import { run } from '../support/script.ts';

const collect = `
  const collect = async () => {
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      gc();
    }
  };
`;

test('unreachable throttler still grants waiters', () => {
  expect(
    run(
      `${collect}
      const rules = [bucket('a', 2, 1 / 100, 0)];
      // Like the platform, this clock refers to the callbacks of timers and to nothing else.
      let now = 0;
      const timers = [];
      const clock = {
        now: () => now,
        wallNow: () => now,
        setTimeout: (callback) => timers.push(callback),
        clearTimeout() {},
      };
      (() => {
        const make = () => new MultiThrottler(rules, { clock });
        make().throttle({ a: 1 }).then(() => print('granted'));
        make().throttle({ a: 1 }, { signal: new AbortController().signal }).then(() => print('granted'));
        make().throttle({ a: 2 }, { maxWait: 1e9 }).then(() => print('granted'));
      })();
      await collect();
      print('collected');
      now = 200;
      for (const callback of timers) callback();
      `,
      '--expose-gc',
    ),
  ).toEqual(['collected', 'granted', 'granted', 'granted']);
});

test('unreachable throttler still aborts waiters', () => {
  expect(
    run(
      `${collect}
      const controller = new AbortController();
      (() => {
        const throttler = new MultiThrottler([bucket('a', 1, 1e-8, 0)]);
        throttler.throttle({ a: 1 }, { signal: controller.signal }).catch((error) => print(error.name));
      })();
      await collect();
      controller.abort();
      `,
      '--expose-gc',
    ),
  ).toEqual(['AbortError']);
});

test('idle unreachable throttler is collected beside its signal', () => {
  expect(
    run(
      `${collect}
      const { signal } = new AbortController();
      const make = async () => {
        const throttler = new MultiThrottler([bucket('a', 1, 1 / 10)]);
        await throttler.throttle({ a: 1 }, { signal });
        await throttler.throttle({ a: 1 }, { signal });
        return new WeakRef(throttler);
      };
      const [one, two] = [await make(), await make()];
      await collect();
      print(one.deref(), two.deref());
      `,
      '--expose-gc',
    ),
  ).toEqual([' ']);
});

const watchMemory = `
  let memory;
  const Instance = WebAssembly.Instance;
  WebAssembly.Instance = function (...args) {
    const instance = new Instance(...args);
    memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
    return instance;
  };
`;

test('collected throttlers free wasm memory', () => {
  expect(
    run(
      `${collect} ${watchMemory}
      const rules = Array.from({ length: 100 }, (_, i) => bucket('rule ' + i, 1, 1));
      const make = async () => {
        for (let i = 0; i < 200; i++) {
          const throttler = new MultiThrottler(rules);
          // A request that has waited must not keep itself alive.
          throttler.throttle({ 'rule 0': 1 });
          throttler.throttle({ 'rule 0': 1 }).catch(() => {});
          throttler.clear();
        }
        await collect();
      };
      for (let i = 0; i < 5; i++) await make();
      const before = memory.buffer.byteLength;
      for (let i = 0; i < 15; i++) await make();
      print(memory.buffer.byteLength < before * 1.5);
      `,
      '--expose-gc',
    ),
  ).toEqual(['true']);
});

test('settled requests free wasm memory', () => {
  expect(
    run(
      `${watchMemory}
      const throttler = new MultiThrottler([bucket('a', 1e6, 0, 0), bucket('b', 1, 1)], { maxCapacity: Infinity });
      const round = async () => {
        let refused = 0;
        for (let i = 0; i < 5000; i++) throttler.throttle({ a: 1 + (i % 1000) / 8 }).catch(() => refused++);
        throttler.clear();
        for (let i = 0; i < 1000; i++) throttler.throttle({ b: -i, x: 1 }).catch(() => refused++);
        await new Promise((resolve) => setImmediate(resolve));
        return refused;
      };
      for (let i = 0; i < 3; i++) await round();
      const before = memory.buffer.byteLength;
      let refused = 0;
      for (let i = 0; i < 10; i++) refused += await round();
      print(refused, memory.buffer.byteLength === before);
      `,
    ),
  ).toEqual(['60000 true']);
});

// With nothing due no timer will fire, so only a call to the throttler could change anything.
describe('unreachable throttler with endless waiters is collected', () => {
  const work = {
    'a request': 'throttler.throttle({ never: 1 })',
    'a request with a signal of its own':
      'throttler.throttle({ never: 1 }, { signal: new AbortController().signal })',
    'a request with a signal that lives on': 'throttler.throttle({ never: 1 }, { signal })',
    'a permit': 'throttler.acquire({ tasks: 1 }), throttler.acquire({ tasks: 1 })',
    'a permit with a signal that lives on':
      'throttler.acquire({ tasks: 1 }), throttler.acquire({ tasks: 1 }, { signal })',
    'a task':
      'throttler.run({ tasks: 1 }, () => new Promise(() => {})), throttler.run({ tasks: 1 }, () => {})',
    'somebody who would go on with it':
      '(async () => { await throttler.throttle({ never: 1 }); throttler.reset(); })()',
    'the end of a pause': 'throttler.pause(), throttler.throttle({ a: 1 })',
    'an idle queue':
      'throttler.throttle({ never: 1 }), throttler.idle().then(() => throttler.reset())',
    'nothing, after a wait': 'throttler.throttle({ a: 1 }), await throttler.throttle({ a: 1 })',
  };

  test.each(Object.entries(work))('%s', (_, code) => {
    expect(
      run(
        `${collect} ${watchMemory}
        const { signal } = new AbortController();
        (await import('node:events')).setMaxListeners(0, signal);
        const rules = [
          bucket('a', 1, 1),
          bucket('never', 1, 0, 0),
          concurrency({ id: 'tasks', limit: 1 }),
          // The rules need enough memory of the engine to be noticed.
          ...Array.from({ length: 100 }, (_, i) => bucket('rule ' + i, 1, 1)),
        ];
        const make = async () => {
          const throttler = new MultiThrottler(rules);
          ${code};
          return new WeakRef(throttler);
        };
        const round = async () => {
          const made = await Promise.all(Array.from({ length: 100 }, make));
          await collect();
          return made.filter((ref) => ref.deref() !== undefined).length;
        };
        for (let i = 0; i < 3; i++) await round();
        const before = memory.buffer.byteLength;
        let left = 0;
        for (let i = 0; i < 6; i++) left += await round();
        print(left, memory.buffer.byteLength < before * 1.5);
        process.exit();
        `,
        '--expose-gc',
      ),
    ).toEqual(['0 true']);
  });

  test('and its waiters still abort', () => {
    expect(
      run(
        `${collect}
        const controller = new AbortController();
        let ref;
        (() => {
          const throttler = new MultiThrottler([concurrency({ id: 'tasks', limit: 1 })]);
          ref = new WeakRef(throttler);
          throttler.acquire({ tasks: 1 });
          throttler.acquire({ tasks: 1 }, { signal: controller.signal }).catch((error) => print(error.name));
        })();
        await collect();
        print('collected', ref.deref() === undefined);
        controller.abort();
        `,
        '--expose-gc',
      ),
    ).toEqual(['collected true', 'AbortError']);
  });
});

test('permit keeps its waiters alive', () => {
  expect(
    run(
      `${collect}
      let permit;
      await (async () => {
        const throttler = new MultiThrottler([concurrency({ id: 'tasks', limit: 1 })]);
        permit = await throttler.acquire({ tasks: 1 });
        throttler.acquire({ tasks: 1 }).then((next) => { print('second'); next.release(); });
        throttler.run({ tasks: 1 }, () => print('third'));
      })();
      await collect();
      permit.release();
      `,
      '--expose-gc',
    ),
  ).toEqual(['second', 'third']);
});

// Node 20 and 22 keep a composite signal alive as long as it has a listener, even after its abort.
test('aborted wait frees its composite signal', () => {
  expect(
    run(
      `${collect}
      const throttler = new MultiThrottler([bucket('never', 1, 0, 0)]);
      const { signal: source } = new AbortController();
      const composites = [];
      const wait = async () => {
        const own = new AbortController();
        const signal = AbortSignal.any([own.signal, source]);
        composites.push(new WeakRef(signal));
        const waiting = throttler.throttle({ never: 1 }, { signal }).catch(() => {});
        own.abort();
        await waiting;
      };
      for (let i = 0; i < 1000; i++) await wait();
      await collect();
      print(composites.filter((ref) => ref.deref() !== undefined).length);
      `,
      '--expose-gc',
    ),
  ).toEqual(['0']);
});

test('changes of a rule leave no memory behind', () => {
  expect(
    run(
      `${collect}
      const throttler = new MultiThrottler([bucket('a', 1, 1)]);
      const heap = async () => (await collect(), process.memoryUsage().heapUsed);
      const change = (times) => {
        for (let i = 0; i < times; i++) throttler.updateRule('a', Object.freeze({ capacity: 1 + (i % 7), jitter: 0 }));
      };
      change(1000);
      const before = await heap();
      change(20_000);
      const grown = (await heap()) - before;
      print(grown < 500_000 || grown, throttler.getRule('a').capacity);
      `,
      '--expose-gc',
    ),
  ).toEqual(['true 1']);
});

test('million requests leave no memory behind', () => {
  expect(
    run(
      `${watchMemory}
      const timers = new Map();
      const { getEventListeners } = await import('node:events');
      let [now, handles, listeners] = [0, 0, 0];
      const clock = {
        now: () => now,
        wallNow: () => now,
        setTimeout: (callback, ms) => (timers.set(++handles, { callback, due: now + ms }), handles),
        clearTimeout: (handle) => timers.delete(handle),
      };
      const advance = (ms) => {
        now += ms;
        for (const [handle, { callback, due }] of [...timers]) if (due <= now && timers.delete(handle)) callback();
      };
      const throttler = new MultiThrottler([bucket('a', 1000, 1), bucket('b', 1, 1)], { clock, maxCapacity: Infinity });
      const { signal } = new AbortController();
      const ended = { granted: 0, AbortError: 0, WAIT_TIMEOUT: 0 };
      const outcome = (promise) =>
        promise.then(() => ended.granted++, (error) => ended[typeof error.code === 'string' ? error.code : error.name]++);
      const BATCH = 1000;
      const round = async () => {
        for (let i = 0; i < BATCH; i++) outcome(throttler.throttle({ a: 1, b: 0 }));
        for (let i = 0; i < BATCH; i++) outcome(throttler.throttle({ a: 1 }, { signal, priority: i % 2 ? 'low' : 'critical' }));
        const controller = new AbortController();
        const aborted = controller.signal;
        for (let i = 0; i < BATCH; i++) outcome(throttler.throttle({ a: 1 }, { signal: aborted, id: 'id ' + i }));
        for (let i = 0; i < BATCH; i++) outcome(throttler.throttle({ a: 1 }, { maxWait: 4 * BATCH - 1, priority: 'low' }));
        controller.abort();
        throttler.pause({ ms: 4 * BATCH });
        await new Promise((resolve) => setImmediate(resolve));
        // Requests with a deadline miss it.
        advance(4 * BATCH);
        for (let i = 0; i < 3; i++) advance(BATCH);
        await new Promise((resolve) => setImmediate(resolve));
        listeners += getEventListeners(signal, 'abort').length + getEventListeners(aborted, 'abort').length;
      };
      const heap = () => (gc(), gc(), process.memoryUsage().heapUsed);
      for (let i = 0; i < 50; i++) await round();
      const before = [heap(), memory.buffer.byteLength];
      for (let i = 0; i < 250; i++) await round();
      const after = [heap(), memory.buffer.byteLength];
      print(JSON.stringify(ended), throttler.getQueueLength(), timers.size, listeners);
      // The bound is a quarter of a byte per request.
      print(after[0] - before[0] < 250_000 || after[0] - before[0], after[1] - before[1]);
      `,
      '--expose-gc',
    ),
  ).toEqual([
    `${JSON.stringify({ granted: 600_000, AbortError: 300_000, WAIT_TIMEOUT: 300_000 })} 0 0 0`,
    'true 0',
  ]);
}, 300_000);
