// What only a process of its own can show: whether it stays alive, what is collected, what happens in a fresh realm.
// Its time is real, so no test here asks how long anything took.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a script prints, line by line; it has to end by itself, without an error. */
function run(script: string, ...flags: string[]): string[] {
  const prelude = `
    import { MultiThrottler, ThrottleRule } from 'multi-throttler';
    const bucket = (id, capacity, rate, tokens) => new ThrottleRule(id, capacity, rate, tokens);
    const print = (...values) => console.log(values.join(' '));
    process.on('warning', (warning) => print('warning', warning.name));
  `;
  const args = [...flags, '--input-type=module', '--eval', prelude + script];
  const child = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', timeout: 60_000 });
  expect({ status: child.status, signal: child.signal, stderr: child.stderr }).toEqual({
    status: 0,
    signal: null,
    stderr: '',
  });
  return child.stdout.split('\n').filter((line) => line !== '');
}

describe('the process', () => {
  test('stays alive while something waits', () => {
    expect(
      run(`
        const throttler = new MultiThrottler([bucket('a', 1, 1 / 20, 0)]);
        throttler.throttle({ a: 1 }).then(() => print('first'));
        throttler.throttle({ a: 1 }).then(() => print('second'));
      `),
    ).toEqual(['first', 'second']);
  });

  test('ends when nothing waits any more', () => {
    // Each would wait for more than a day.
    expect(
      run(`
        const rules = [bucket('a', 1, 1e-8, 0), bucket('b', 1, 1e-8, 0)];
        const end = (name, work) => {
          const throttler = new MultiThrottler(rules);
          const controller = new AbortController();
          throttler.throttle({ a: 1 }, { signal: controller.signal, maxWait: 1e9 })
            .then(() => print(name, 'granted'), (error) => print(name, typeof error.code === 'string' ? error.code : error.name));
          work(throttler, controller);
        };
        new MultiThrottler(rules);
        end('abort', (_, controller) => controller.abort());
        end('clear', (throttler) => throttler.clear());
        end('close', (throttler) => throttler.close());
        end('remove', (throttler) => throttler.removeRule('a'));
        end('reset', (throttler) => throttler.reset());
      `).sort(),
    ).toEqual(['abort AbortError', 'clear CLEARED', 'close CLOSED', 'remove UNKNOWN_RULE', 'reset granted']);
  });

  test('does not stay for what waits, where unref says so', () => {
    expect(
      run(`
        const throttler = new MultiThrottler([bucket('a', 1, 1e-8, 0)], { unref: true });
        throttler.throttle({ a: 1 }).then(() => print('granted'));
        process.on('exit', () => print('waiting', throttler.getQueueLength()));
      `),
    ).toEqual(['waiting 1']);
  });

  test('with unref, grants come all the same while something else keeps it alive', () => {
    expect(
      run(`
        const throttler = new MultiThrottler([bucket('a', 1, 1 / 20, 0)], { unref: true });
        const alive = setInterval(() => {}, 1000);
        throttler.throttle({ a: 1 }).then(() => { print('granted'); clearInterval(alive); });
      `),
    ).toEqual(['granted']);
  });
});

describe('memory', () => {
  const collect = `
    const collect = async () => {
      for (let i = 0; i < 5; i++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
    };
  `;

  test('a throttler that was dropped still grants those who wait', () => {
    expect(
      run(
        `${collect}
        const rules = [bucket('a', 2, 1 / 100, 0)];
        (() => {
          new MultiThrottler(rules).throttle({ a: 1 }).then(() => print('granted'));
          new MultiThrottler(rules).throttle({ a: 1 }, { signal: new AbortController().signal })
            .then(() => print('granted'));
          new MultiThrottler(rules).throttle({ a: 2 }, { maxWait: 1e9 }).then(() => print('granted'));
        })();
        await collect();
        print('collected');
        `,
        '--expose-gc',
      ),
    ).toEqual(['collected', 'granted', 'granted', 'granted']);
  });

  test('a throttler that was dropped can still be aborted', () => {
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

  test('a throttler that was dropped and has nothing to do is collected, though its signal lives on', () => {
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
      memory = instance.exports.memory;
      return instance;
    };
  `;

  test('what was collected gives its wasm memory back', () => {
    expect(
      run(
        `${collect} ${watchMemory}
        const rules = Array.from({ length: 100 }, (_, i) => bucket('rule ' + i, 1, 1));
        const make = async () => {
          for (let i = 0; i < 200; i++) {
            const throttler = new MultiThrottler(rules);
            // One that has waited must not hold on to itself for ever.
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

  test('what was granted or refused gives its wasm memory back', () => {
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
});

describe('one bad throttler does not break the others', () => {
  const healthy = `
    const healthy = new MultiThrottler([bucket('a', 1, 1 / 10)]);
    await healthy.throttle({ a: 1 });
    await healthy.throttle({ a: 1 });
    print('healthy');
  `;

  // An exception that runs through Rust leaves its frames on wasm's stack; enough of them use it up.
  test.each([
    ['a bigint', '() => 1n'],
    ['a symbol', '() => Symbol()'],
    ['an object that is no number', '() => ({ valueOf() { throw new Error() } })'],
  ])('a clock that answers %s', (_, now) => {
    expect(
      run(`
        const clock = { now: () => 0, wallNow: () => 0, setTimeout: () => 0, clearTimeout() {} };
        const throttler = new MultiThrottler([bucket('a', 1, 1)], { clock });
        clock.now = ${now};
        for (let i = 0; i < 50_000; i++) {
          try { throttler.getStatus(); } catch {}
          // Not awaited: with a clock that does not tell the time it may wait for ever.
          throttler.throttle({ a: 1 }).catch(() => {});
        }
        ${healthy}
      `),
    ).toEqual(['healthy']);
  });

  test('rules and costs that throw wherever they are touched', () => {
    expect(
      run(`
        const { proxy: revoked, revoke } = Proxy.revocable({}, {});
        revoke();
        const fail = () => { throw new Error(); };
        const iterator = (result) => ({ [Symbol.iterator]: () => ({ next: () => result }) });
        const throttler = new MultiThrottler([bucket('a', 1, 1)]);
        const attempts = [
          () => new MultiThrottler(revoked),
          () => new MultiThrottler([revoked]),
          () => new MultiThrottler([{ ...bucket('a', 1, 1), capacity: revoked }]),
          () => new MultiThrottler([], revoked),
          () => new MultiThrottler([], { maxCapacity: revoked }),
          () => new MultiThrottler([], { clock: revoked }),
          () => new MultiThrottler(iterator({ get done() { fail(); } })),
          () => new MultiThrottler(iterator({ done: false, get value() { fail(); } })),
          () => new MultiThrottler([], { get clock() { fail(); } }),
          () => throttler.addRule(revoked),
          () => throttler.setTokens('a', revoked),
          () => throttler.getQueueLength(revoked),
        ];
        for (let i = 0; i < 10_000; i++) {
          for (const attempt of attempts) try { attempt(); } catch {}
          await throttler.throttle(revoked).catch(() => {});
          await throttler.throttle({ a: revoked }).catch(() => {});
          await throttler.throttle({ a: 1 }, { priority: revoked }).catch(() => {});
          await throttler.throttle({ a: 1 }, { signal: revoked }).catch(() => {});
        }
        ${healthy}
      `),
    ).toEqual(['healthy']);
  });
});
