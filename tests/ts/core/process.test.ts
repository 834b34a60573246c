// Tests that need a process of their own: whether it stays alive, and behaviour in a fresh realm.
// Its time is real, so no test here depends on durations.

import { describe, expect, test } from 'vitest';
import { run } from '../support/script.ts';

describe('Node process', () => {
  test('stays alive while a request waits', () => {
    expect(
      run(`
        const throttler = new MultiThrottler([bucket('a', 1, 1 / 20, 0)]);
        throttler.throttle({ a: 1 }).then(() => print('first'));
        throttler.throttle({ a: 1 }).then(() => print('second'));
      `),
    ).toEqual(['first', 'second']);
  });

  test('ends without waiters', () => {
    // Each script would wait for more than a day.
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
    ).toEqual([
      'abort AbortError',
      'clear CLEARED',
      'close CLOSED',
      'remove UNKNOWN_RULE',
      'reset granted',
    ]);
  });

  test('ends during a pause, mode or permit', () => {
    expect(
      run(`
        const rules = [bucket('a', 1, 1e-8), concurrency({ id: 'tasks', limit: 1 })];
        const throttler = new MultiThrottler(rules, { modes: { slow: {} } });
        await throttler.acquire({ a: 1, tasks: 1 });
        throttler.pause({ ms: 1e9 });
        throttler.setMode('slow', 1e9);
        process.on('exit', () => print('ended in', throttler.mode));
      `),
    ).toEqual(['ended in slow']);
  });

  test('ends with waiters if unref is set', () => {
    expect(
      run(`
        const throttler = new MultiThrottler([bucket('a', 1, 1e-8, 0)], { unref: true });
        throttler.throttle({ a: 1 }).then(() => print('granted'));
        process.on('exit', () => print('waiting', throttler.getQueueLength()));
      `),
    ).toEqual(['waiting 1']);
  });

  test('still gets grants with unref', () => {
    expect(
      run(`
        const throttler = new MultiThrottler([bucket('a', 1, 1 / 20, 0)], { unref: true });
        const alive = setInterval(() => {}, 1000);
        throttler.throttle({ a: 1 }).then(() => { print('granted'); clearInterval(alive); });
      `),
    ).toEqual(['granted']);
  });
});

describe('faulty throttler does not break others', () => {
  const healthy = `
    const healthy = new MultiThrottler([bucket('a', 1, 1 / 10)]);
    await healthy.throttle({ a: 1 });
    await healthy.throttle({ a: 1 });
    print('healthy');
  `;

  // An exception that passes through Rust leaves its frames on the stack of wasm, and enough of
  // them would use it up.
  test.each([
    ['a bigint', '() => 1n'],
    ['a symbol', '() => Symbol()'],
    ['an object that is no number', '() => ({ valueOf() { throw new Error() } })'],
  ])('with a clock that returns %s', (_, now) => {
    expect(
      run(`
        const clock = { now: () => 0, wallNow: () => 0, setTimeout: () => 0, clearTimeout() {} };
        const throttler = new MultiThrottler([bucket('a', 1, 1)], { clock });
        clock.now = ${now};
        for (let i = 0; i < 50_000; i++) {
          try { throttler.getStatus(); } catch {}
          // The promise is not awaited: with a clock that does not return the time it may wait
          // forever.
          throttler.throttle({ a: 1 }).catch(() => {});
        }
        ${healthy}
      `),
    ).toEqual(['healthy']);
  });

  test('with rules and costs that throw', () => {
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
