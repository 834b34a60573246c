import { InvalidConfigError, type Priority } from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown, tokens } from '../support/helpers.ts';

test('requests are granted by priority, then arrival', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
  const order: string[] = [];
  const ask = (name: string, priority?: Priority) =>
    throttler.throttle({ a: 1 }, { priority }).then(() => order.push(name));
  ask('low 1', 'low');
  ask('normal 1');
  ask('critical 1', 'critical');
  ask('low 2', 'low');
  ask('normal 2', 'normal');
  ask('critical 2', 'critical');
  await clock.advance(60);
  expect(order).toEqual(['critical 1', 'critical 2', 'normal 1', 'normal 2', 'low 1', 'low 2']);
});

test('getQueueLength counts all or one priority', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)]);
  const lengths = () =>
    [undefined, 'critical', 'normal', 'low'].map((p) => throttler.getQueueLength(p as Priority));
  for (const priority of ['low', 'low', 'low', 'normal', 'normal', 'critical'] as const) {
    throttler.throttle({ a: 1 }, { priority });
  }
  expect(lengths()).toEqual([6, 1, 2, 3]);
  await clock.advance(20);
  expect(lengths()).toEqual([4, 0, 1, 3]);
  expect(thrown(() => throttler.getQueueLength('urgent' as Priority))).toBeInstanceOf(
    InvalidConfigError,
  );
});

test('higher priority ignores lower waiters', async () => {
  const { clock, throttler } = setUp([bucket('a', 5, 1 / 100, 2)]);
  const low = follow(clock, throttler.throttle({ a: 3 }, { priority: 'low' }));
  const critical = follow(clock, throttler.throttle({ a: 2 }, { priority: 'critical' }));
  expect(tokens(throttler)).toEqual({ a: 0 });
  await clock.advance(300);
  expect(critical).toMatchObject({ state: 'granted', at: 0 });
  expect(low).toMatchObject({ state: 'granted', at: 300 });
});

test('lower priority takes nothing from higher waiters', async () => {
  const { clock, throttler } = setUp([bucket('a', 5, 1 / 100, 2)]);
  const critical = follow(clock, throttler.throttle({ a: 3 }, { priority: 'critical' }));
  const low = follow(clock, throttler.throttle({ a: 2 }, { priority: 'low' }));
  await clock.advance(300);
  expect(critical).toMatchObject({ state: 'granted', at: 100 });
  expect(low).toMatchObject({ state: 'granted', at: 300 });
});

test('late critical request is next and moves the timer', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 1 / 10, 0)]);
  const normal = follow(clock, throttler.throttle({ a: 10 }));
  await clock.advance(50);
  const critical = follow(clock, throttler.throttle({ a: 6 }, { priority: 'critical' }));
  await clock.advance(110);
  expect(critical).toMatchObject({ state: 'granted', at: 60 });
  expect(normal).toMatchObject({ state: 'granted', at: 160 });
  expect(clock.peak).toBe(1);
});

test('maxCapacity by priority defaults to 2000', async () => {
  const { throttler } = setUp([bucket('a', 1, 0, 0)], { maxCapacity: { critical: 2, low: 0 } });
  const ask = (priority: Priority) => throttler.throttle({ a: 1 }, { priority });
  ask('critical');
  ask('critical');
  for (let i = 0; i < 2000; i++) ask('normal');
  expect(await refusal(ask('critical'))).toMatchObject({ code: 'QUEUE_OVERFLOW', maxCapacity: 2 });
  expect(await refusal(ask('normal'))).toMatchObject({ code: 'QUEUE_OVERFLOW', maxCapacity: 2000 });
  expect(await refusal(ask('low'))).toMatchObject({ code: 'QUEUE_OVERFLOW', maxCapacity: 0 });
  expect((await refusal(ask('low'))).message).toContain('maxCapacity (0)');
});

test('one maxCapacity counts all priorities', async () => {
  const { throttler } = setUp([bucket('a', 1, 0, 0)], { maxCapacity: 2 });
  throttler.throttle({ a: 1 }, { priority: 'low' });
  throttler.throttle({ a: 1 });
  expect(await refusal(throttler.throttle({ a: 1 }, { priority: 'critical' }))).toMatchObject({
    maxCapacity: 2,
  });
});

test('settled request frees its place in the queue', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 1 / 10, 0)], { maxCapacity: 1 });
  const controller = new AbortController();
  const aborted = refusal(throttler.throttle({ a: 1 }, { signal: controller.signal }));
  expect((await refusal(throttler.throttle({ a: 1 }))).code).toBe('QUEUE_OVERFLOW');
  controller.abort();
  await aborted;
  const first = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(10);
  expect(first.state).toBe('granted');
  const second = follow(clock, throttler.throttle({ a: 1 }));
  await clock.advance(10);
  expect(second.state).toBe('granted');
});

test('maxCapacity 0 still grants at once', async () => {
  const { throttler } = setUp([bucket('a', 1)], { maxCapacity: 0 });
  await throttler.throttle({ a: 1 });
  expect((await refusal(throttler.throttle({ a: 1 }))).code).toBe('QUEUE_OVERFLOW');
});
