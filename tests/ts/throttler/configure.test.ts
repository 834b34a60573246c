// Changing the configuration of a running throttler.

import { expect, test } from 'vitest';
import { reactions } from '../support/clock.ts';
import { bucket, refusal, setUp, thrown } from '../support/helpers.ts';

test('a full queue can drop its oldest request', async () => {
  const { throttler } = setUp([bucket('a', 10, 0, 0)], { maxCapacity: 2, overflow: 'drop-oldest' });
  const first = refusal(throttler.throttle({ a: 1 }));
  throttler.throttle({ a: 2 }).catch(() => {});
  throttler.throttle({ a: 3 }).catch(() => {});
  expect((await first).code).toBe('QUEUE_OVERFLOW');
  const low = refusal(throttler.throttle({ a: 1 }, { priority: 'low' }));
  expect((await low).code).toBe('QUEUE_OVERFLOW');
  expect(throttler.getQueueLength()).toBe(2);
});

test('maxCapacity and overflow change while requests wait', async () => {
  const { throttler } = setUp([bucket('a', 10, 0, 0)], { maxCapacity: 1 });
  const first = refusal(throttler.throttle({ a: 1 }));
  throttler.configure({ overflow: 'drop-oldest' });
  throttler.throttle({ a: 1 }).catch(() => {});
  expect((await first).code).toBe('QUEUE_OVERFLOW');
  throttler.configure({ maxCapacity: Number.POSITIVE_INFINITY, aging: undefined });
  for (let i = 0; i < 10; i++) throttler.throttle({ a: 1 }).catch(() => {});
  expect(throttler.getQueueLength()).toBe(11);
  throttler.configure({ maxCapacity: { low: 0 } });
  expect((await refusal(throttler.throttle({ a: 1 }, { priority: 'low' }))).code).toBe(
    'QUEUE_OVERFLOW',
  );
});

test('a change of the ordering grants what it no longer blocks', async () => {
  const { throttler } = setUp([bucket('a', 10, 0, 0), bucket('b', 10)], {
    ordering: 'strict-fifo',
  });
  throttler.throttle({ a: 1 }).catch(() => {});
  const behind = throttler.throttle({ b: 1 });
  throttler.configure({ ordering: 'work-conserving' });
  await behind;
});

test('modes, share and back-off change', async () => {
  const { clock, throttler } = setUp([bucket('a', 10)]);
  throttler.configure({ modes: { half: { buffer: 0.5 } }, backoff: { base: 5 } });
  throttler.setMode('half');
  expect(throttler.getStatus().a?.capacity).toBe(5);
  throttler.configure({ modes: {}, share: 0.2 });
  expect([throttler.mode, throttler.getStatus().a?.capacity]).toEqual(['normal', 2]);
  throttler.report({ status: 429 });
  await clock.advance(11);
  await throttler.throttle({ a: 1 });
  await reactions();
});

test('fields that are fixed, unknown or invalid are refused, and nothing changes', () => {
  const { throttler } = setUp([bucket('a', 10)]);
  for (const [patch, message] of [
    [{ unref: true }, 'unknown field "unref" for configure'],
    [{ maxCapacty: 1 }, 'unknown field "maxCapacty" for configure'],
    [{ overflow: 'drop' }, 'overflow must be one of reject, drop-lowest, drop-oldest, got "drop"'],
    [{ maxCapacity: 0, aging: -1 }, 'aging must be a number of milliseconds above 0, got -1'],
    [7, 'config must be an object, got 7'],
  ] as const) {
    const error = thrown(() => throttler.configure(patch as never));
    expect(error.code).toBe('INVALID_CONFIG');
    expect(error.message).toContain(message);
  }
  throttler.pause();
  throttler.throttle({ a: 1 }).catch(() => {});
  expect(throttler.getQueueLength()).toBe(1);
  throttler.close();
  expect(thrown(() => throttler.configure({})).code).toBe('CLOSED');
});
