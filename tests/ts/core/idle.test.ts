import { concurrency, MultiThrottler } from 'multi-throttler';
import { expect, test } from 'vitest';
import { Calling } from '../support/clock.ts';
import { bucket, follow, setUp } from '../support/helpers.ts';

test('idle resolves at once without waiters or when closed', async () => {
  const { clock, throttler } = setUp([bucket('a', 1)]);
  const before = follow(clock, throttler.idle());
  await throttler.throttle({ a: 1 });
  const granted = follow(clock, throttler.idle());
  throttler.close();
  const closed = follow(clock, throttler.idle());
  await clock.advance(0);
  expect([before.state, granted.state, closed.state]).toEqual(['granted', 'granted', 'granted']);
});

test('idle resolves for all when the last waiter is granted', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
  throttler.throttle({ a: 1 });
  const first = follow(clock, throttler.idle());
  await clock.advance(5);
  throttler.throttle({ a: 1 });
  const second = follow(clock, throttler.idle());
  await clock.advance(100);
  expect([first.at, second.at]).toEqual([20, 20]);
});

test.each([
  ['an abort', ({ controller }) => controller.abort()],
  ['clear', ({ throttler }) => throttler.clear()],
  ['close', ({ throttler }) => throttler.close()],
  ['removeRule', ({ throttler }) => throttler.removeRule('a')],
  ['updateRule', ({ throttler }) => throttler.updateRule('a', { capacity: 0.5 })],
  ['reset', ({ throttler }) => throttler.reset()],
] as [string, (it: { throttler: MultiThrottler; controller: AbortController }) => unknown][])(
  'idle resolves when %s empties the queue',
  async (_, empty) => {
    const { clock, throttler } = setUp([bucket('a', 1, 0, 1)]);
    throttler.setTokens('a', 0);
    const controller = new AbortController();
    for (const signal of [controller.signal, controller.signal]) {
      throttler
        .throttle({ a: empty.toString().includes('reset') ? 0.5 : 1 }, { signal })
        .catch(() => {});
    }
    const idle = follow(clock, throttler.idle());
    await clock.advance(7);
    expect(idle.state).toBe('waiting');
    empty({ throttler, controller });
    await clock.advance(0);
    expect(idle.at).toBe(7);
  },
);

test('idle resolves when a deadline passes', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)]);
  throttler.throttle({ a: 1 }, { maxWait: 100 }).catch(() => {});
  throttler.pause();
  const idle = follow(clock, throttler.idle());
  await clock.advance(200);
  expect(idle.at).toBe(100);
});

test('idle ignores running tasks', async () => {
  const { clock, throttler } = setUp([concurrency({ id: 'tasks', limit: 1 })]);
  const permit = await throttler.acquire({ tasks: 1 });
  const early = follow(clock, throttler.idle());
  throttler.acquire({ tasks: 1 });
  const late = follow(clock, throttler.idle());
  await clock.advance(30);
  expect([early.at, late.state]).toEqual([0, 'waiting']);
  permit.release();
  await clock.advance(0);
  expect(late.at).toBe(30);
});

test('idle waits for a request in a reused slot', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 100, 0)], {
    maxCapacity: 1,
    overflow: 'drop-lowest',
  });
  throttler.throttle({ a: 1 }, { priority: 'low' }).catch(() => {});
  const idle = follow(clock, throttler.idle());
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  await clock.advance(1000);
  expect(idle.at).toBe(100);
});

test('idle resolves for a request cleared early', async () => {
  const clock = new Calling();
  const config = { clock, maxCapacity: 1, overflow: 'drop-lowest' } as const;
  const throttler = new MultiThrottler([bucket('a', 1, 1 / 100, 0)], config);
  throttler.throttle({ a: 0.5 }, { priority: 'low' }).catch(() => {});
  const idle = follow(clock, throttler.idle());
  clock.onSetTimeout = () => throttler.clear();
  throttler.throttle({ a: 1 }, { priority: 'critical' }).catch(() => {});
  await clock.advance(0);
  expect([throttler.isRunning(), idle.state]).toEqual([false, 'granted']);
});

test('idle resolves although grants submit again', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
  throttler.throttle({ a: 1 }).then(() => throttler.throttle({ a: 1 }));
  const idle = follow(clock, throttler.idle());
  await clock.advance(100);
  expect(idle.at).toBe(10);
});

test('idle ignores other throttlers', async () => {
  const [one, other] = [setUp([bucket('a', 1, 0, 0)]), setUp([bucket('a', 1, 0, 0)])];
  other.throttler.throttle({ a: 1 });
  const idle = follow(one.clock, one.throttler.idle());
  await one.clock.advance(0);
  expect(idle.state).toBe('granted');
});
