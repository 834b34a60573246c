// A full queue that drops its lowest waiters.

import { MultiThrottler, type Priority, QueueOverflowError } from 'multi-throttler';
import { expect, test } from 'vitest';
import { bucket, follow, refusal, setUp, thrown } from '../support/helpers.ts';

function full(maxCapacity: number, classes: Priority[], rules = [bucket('a', 1, 0, 0)]) {
  const { clock, throttler } = setUp(rules, { maxCapacity, overflow: 'drop-lowest' });
  const ask = (priority: Priority, id?: string) =>
    follow(clock, throttler.throttle({ a: 1 }, { priority, id }));
  return { clock, throttler, ask, waiting: classes.map((priority, i) => ask(priority, `${i}`)) };
}
const states = (outcomes: { state: string }[]) => outcomes.map(({ state }) => state);

test('drop-lowest drops the last of the lowest priority', async () => {
  const { clock, throttler, ask, waiting } = full(4, ['low', 'normal', 'low', 'normal']);
  const critical = ask('critical');
  await clock.advance(0);
  expect(states([...waiting, critical])).toEqual([
    'waiting',
    'waiting',
    'rejected',
    'waiting',
    'waiting',
  ]);
  const error = waiting[2]?.reason as QueueOverflowError;
  expect(error).toBeInstanceOf(QueueOverflowError);
  expect({ ...error }).toEqual({ code: 'QUEUE_OVERFLOW', maxCapacity: 4 });
  expect(error.message).toBe(
    'Throttle queue is over maxCapacity (4), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526',
  );
  expect(throttler.getQueueLength()).toBe(4);
  for (let i = 0; i < 3; i++) ask('critical');
  await clock.advance(0);
  // Low requests are dropped before normal ones, and of normal ones the last comes first.
  expect(states(waiting)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
  expect(throttler.getQueueLength('critical')).toBe(4);
});

test('drop-lowest rejects the new one without lower waiters', async () => {
  const { clock, ask, waiting } = full(2, ['normal', 'critical']);
  const refused = [ask('normal'), ask('low')];
  const critical = [ask('critical'), ask('critical')];
  await clock.advance(0);
  expect(states(refused)).toEqual(['rejected', 'rejected']);
  expect(states(critical)).toEqual(['waiting', 'rejected']);
  expect(states(waiting)).toEqual(['rejected', 'waiting']);
});

test('drop-lowest drops only for a request that waits', async () => {
  const rules = [bucket('a', 1, 1 / 100, 0), bucket('b', 1)];
  const { clock, throttler, waiting } = full(1, ['low'], rules);
  await throttler.throttle({ b: 1 }, { priority: 'critical' });
  const late = refusal(throttler.throttle({ a: 1 }, { priority: 'critical', maxWait: 50 }));
  expect((await late).code).toBe('WAIT_TIMEOUT');
  expect((await refusal(throttler.throttle({ a: 2 }, { priority: 'critical' }))).code).toBe(
    'COST_EXCEEDS_CAPACITY',
  );
  await clock.advance(0);
  expect(states(waiting)).toEqual(['waiting']);
});

test('dropped request blocks no other', async () => {
  const rules = [bucket('a', 10, 1 / 100, 5), bucket('b', 1, 0, 0)];
  const { clock, throttler } = setUp(rules, {
    maxCapacity: 2,
    overflow: 'drop-lowest',
    ordering: 'strict-fifo',
  });
  const dropped = follow(clock, throttler.throttle({ a: 10 }, { priority: 'normal' }));
  const low = follow(clock, throttler.throttle({ a: 5 }, { priority: 'low' }));
  const blocked = follow(clock, throttler.throttle({ b: 1 }, { priority: 'critical' }));
  await clock.advance(0);
  expect(states([dropped, low, blocked])).toEqual(['waiting', 'rejected', 'waiting']);
  const last = follow(clock, throttler.throttle({ b: 1 }, { priority: 'critical' }));
  await clock.advance(0);
  expect(states([dropped, blocked, last])).toEqual(['rejected', 'waiting', 'waiting']);
});

test('drop-lowest with maxCapacity 0 drops none', async () => {
  const { clock, ask } = full(0, []);
  const refused = ask('critical');
  await clock.advance(0);
  expect(refused).toMatchObject({ state: 'rejected', reason: { maxCapacity: 0 } });
});

test('drop-lowest drops a lowered request first', async () => {
  const { clock, throttler, ask, waiting } = full(2, ['normal', 'normal']);
  throttler.setPriority('0', 'low');
  ask('normal');
  await clock.advance(0);
  expect(states(waiting)).toEqual(['rejected', 'waiting']);
});

test('dropped request frees its id and ignores aborts', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 0, 0)], {
    maxCapacity: 1,
    overflow: 'drop-lowest',
  });
  const controller = new AbortController();
  const options = { priority: 'low', id: 'x', signal: controller.signal } as const;
  const dropped = follow(clock, throttler.throttle({ a: 1 }, options));
  const critical = follow(clock, throttler.throttle({ a: 1 }, { priority: 'critical' }));
  expect(throttler.setPriority('x', 'critical')).toBe(false);
  controller.abort();
  await clock.advance(0);
  expect(dropped.reason).toBeInstanceOf(QueueOverflowError);
  expect(critical.state).toBe('waiting');
});

test('drop-lowest never applies to limits by priority', async () => {
  const config = { maxCapacity: { critical: 1 }, overflow: 'drop-lowest' } as const;
  const { clock, throttler } = setUp([bucket('a', 1, 0, 0)], config);
  const low = follow(clock, throttler.throttle({ a: 1 }, { priority: 'low' }));
  throttler.throttle({ a: 1 }, { priority: 'critical' });
  expect((await refusal(throttler.throttle({ a: 1 }, { priority: 'critical' }))).code).toBe(
    'QUEUE_OVERFLOW',
  );
  expect(low.state).toBe('waiting');
});

test.each(['drop', '', null, 0, {}])('overflow %o is rejected', (overflow) => {
  const error = thrown(() => new MultiThrottler([], { overflow: overflow as 'reject' }));
  expect(error).toMatchObject({
    name: 'InvalidConfigError',
    code: 'INVALID_CONFIG',
    field: 'overflow',
  });
  expect(error.message).toMatch(/^overflow must be one of reject, drop-lowest, drop-oldest, got /);
});
