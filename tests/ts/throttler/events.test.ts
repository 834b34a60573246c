// The events of a throttler: names, fields, and the order and place of deliveries.

import {
  concurrency,
  fixedWindow,
  MultiThrottler,
  rollingWindow,
  type ThrottlerEvents,
} from 'multi-throttler';
import { afterEach, expect, test, vi } from 'vitest';
import { reactions } from '../support/clock.ts';
import { bucket, refusal, setUp, thrown } from '../support/helpers.ts';

type Name = keyof ThrottlerEvents;

const ALL: Name[] = [
  'grant',
  'queue',
  'reject',
  'mode',
  'pause',
  'resume',
  'sync',
  'threshold',
  'idle',
];

/** Follows events of some names. */
function watch(throttler: MultiThrottler, names = ALL) {
  const events: ThrottlerEvents[Name][] = [];
  for (const name of names) throttler.on(name, (event) => events.push(event));
  return events;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test('each event has its name and fields', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 0.01)], {
    modes: { burst: { buffer: 0 } },
    maxCapacity: 1,
    headers: () => [{ rule: 'a', used: 10 }],
  });
  const events = watch(throttler);
  await throttler.throttle({ a: 8 }, { priority: 'low' });
  const waits = throttler.throttle({ a: 3 }, { priority: 'critical' });
  await refusal(throttler.throttle({ a: 3 }));
  await clock.advance(100);
  await waits;
  throttler.setMode('burst');
  throttler.pause({ ms: 50, rules: ['a'] });
  throttler.report({ status: 429, headers: { 'retry-after': '1' } });
  throttler.resume();
  await reactions();
  const until = 1_700_000_000_100;
  expect(events).toEqual([
    { type: 'grant', priority: 'low', waited: 0, cost: { a: 8 } },
    { type: 'threshold', rule: 'a', level: 0.75, utilization: 0.8 },
    { type: 'queue', priority: 'critical', cost: { a: 3 } },
    { type: 'reject', code: 'QUEUE_OVERFLOW' },
    { type: 'grant', priority: 'critical', waited: 100, cost: { a: 3 } },
    // A token has come back meanwhile.
    { type: 'threshold', rule: 'a', level: 0.75, utilization: 1 },
    { type: 'threshold', rule: 'a', level: 0.9, utilization: 1 },
    { type: 'threshold', rule: 'a', level: 1, utilization: 1 },
    { type: 'idle' },
    { type: 'mode', mode: 'burst' },
    { type: 'pause', rules: ['a'], until: until + 50, status: undefined },
    { type: 'pause', rules: undefined, until: until + 1000, status: 429 },
    { type: 'sync', rule: 'a', used: 10 },
    { type: 'resume', rules: undefined },
  ]);
});

test('a rejection names the rule of its error', async () => {
  const { throttler } = setUp([bucket('a', 10)]);
  const events = watch(throttler, ['reject']);
  await refusal(throttler.throttle({ a: 11 }));
  await refusal(throttler.throttle({ b: 1 } as never));
  await refusal(throttler.throttle({ a: -1 }));
  await refusal(throttler.throttle(7 as never));
  expect(events).toEqual([
    { type: 'reject', code: 'COST_EXCEEDS_CAPACITY', rule: 'a' },
    { type: 'reject', code: 'UNKNOWN_RULE', rule: 'b' },
    { type: 'reject', code: 'INVALID_COST', rule: 'a' },
    { type: 'reject', code: 'INVALID_COST', rule: undefined },
  ]);
});

test('the end of a pause is delivered with the grants that it allows', async () => {
  const { clock, throttler } = setUp([bucket('a', 10)]);
  const events = watch(throttler, ['grant', 'resume']);
  throttler.pause({ ms: 100 });
  throttler.throttle({ a: 1 });
  await clock.advance(100);
  expect(events.map(({ type }) => type).sort()).toEqual(['grant', 'resume']);
});

test('the end of a mode is noticed at the next call', async () => {
  const { clock, throttler } = setUp([bucket('a', 10)], { modes: { burst: {} } });
  const events = watch(throttler, ['mode']);
  throttler.setMode('burst', 100);
  await clock.advance(150);
  expect(events).toEqual([{ type: 'mode', mode: 'burst' }]);
  throttler.getStatus();
  await reactions();
  expect(events).toHaveLength(2);
  expect(events[1]).toEqual({ type: 'mode', mode: 'normal' });
});

test('no listener is called within a call of the throttler', async () => {
  const { throttler } = setUp([bucket('a', 1)], { modes: { burst: {} } });
  const events = watch(throttler);
  throttler.throttle({ a: 1 });
  throttler.throttle({ a: 1 }).catch(() => {});
  throttler.tryThrottle({});
  throttler.setMode('burst');
  throttler.pause();
  throttler.resume();
  throttler.clear();
  expect(events).toEqual([]);
  await Promise.resolve();
  await Promise.resolve();
  expect(events.map(({ type }) => type)).toEqual([
    ...['grant', 'threshold', 'threshold', 'threshold', 'queue', 'grant'],
    ...['mode', 'pause', 'resume', 'reject', 'idle'],
  ]);
});

test('a listener that throws is reported and disturbs no other', async () => {
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const { throttler } = setUp([bucket('a', 10)]);
  const error = new Error('listener');
  throttler.on('grant', () => {
    throw error;
  });
  const events = watch(throttler, ['grant']);
  await throttler.throttle({ a: 1 });
  await throttler.throttle({ a: 1 });
  await reactions();
  expect(events).toHaveLength(2);
  expect(reported.mock.calls).toEqual([[error], [error]]);
});

test('without reportError, the error of a listener is an unhandled rejection', async () => {
  vi.stubGlobal('reportError', undefined);
  const { throttler } = setUp([bucket('a', 10)]);
  const error = new Error('listener');
  throttler.on('grant', () => {
    throw error;
  });
  const unhandled = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const reason = new Promise((resolve) => process.once('unhandledRejection', resolve));
  await throttler.throttle({ a: 1 });
  expect(await reason).toBe(error);
  for (const listener of unhandled) process.on('unhandledRejection', listener);
});

test('a listener may call the throttler', async () => {
  const { clock, throttler } = setUp([bucket('a', 10, 0.01, 0)]);
  const lengths: number[] = [];
  throttler.on('queue', () => lengths.push(throttler.getQueueLength()));
  throttler.on('idle', () => {
    if (lengths.length < 3) throttler.throttle({ a: 1 });
  });
  throttler.throttle({ a: 1 });
  await clock.advance(1000);
  expect(lengths).toEqual([1, 1, 1]);
  expect(throttler.getStats().granted).toBe(3);
});

test('a listener gets events from its addition to its removal', async () => {
  const { throttler } = setUp([bucket('a', 10)]);
  const early = watch(throttler, ['grant']);
  throttler.throttle({ a: 1 });
  const late: unknown[] = [];
  const off = throttler.on('grant', (event) => late.push(event));
  throttler.throttle({ a: 2 });
  await reactions();
  expect([early.length, late.length]).toEqual([2, 1]);
  throttler.throttle({ a: 1 });
  off();
  off();
  await reactions();
  expect([early.length, late.length]).toEqual([3, 1]);
});

test('one function added twice is two listeners', async () => {
  const { throttler } = setUp([bucket('a', 10)]);
  const listener = vi.fn();
  const off = throttler.on('grant', listener);
  throttler.on('grant', listener);
  await throttler.throttle({ a: 1 });
  await reactions();
  off();
  await throttler.throttle({ a: 1 });
  await reactions();
  expect(listener).toHaveBeenCalledTimes(3);
});

test('a listener removed by another one gets no further event', async () => {
  const { throttler } = setUp([bucket('a', 10)]);
  const calls: string[] = [];
  throttler.on('grant', () => {
    calls.push('first');
    off();
  });
  const off = throttler.on('grant', () => calls.push('second'));
  throttler.throttle({ a: 1 });
  await reactions();
  expect(calls).toEqual(['first']);
});

test('unknown events and listeners that are no functions are refused', () => {
  const { throttler } = setUp([bucket('a', 10)]);
  expect(thrown(() => throttler.on('grants' as never, () => {}))).toMatchObject({
    code: 'INVALID_CONFIG',
    message:
      'event must be one of grant, queue, reject, mode, pause, resume, sync, threshold, idle, got "grants"',
  });
  expect(thrown(() => throttler.on('grant', 7 as never)).message).toBe(
    'listener must be a function, got 7',
  );
});

test('closing rejects, and says so', async () => {
  const { throttler } = setUp([bucket('a', 0.5)]);
  const events = watch(throttler, ['reject', 'idle']);
  throttler.throttle({ a: 0.5 });
  throttler.throttle({ a: 0.5 }).catch(() => {});
  throttler.close();
  throttler.throttle({ a: 1 }).catch(() => {});
  await reactions();
  expect(events.map(({ type }) => type)).toEqual(['reject', 'idle', 'reject']);
});

test('an abort of the last waiter is idle', async () => {
  const { throttler } = setUp([concurrency({ id: 'c', limit: 1 })]);
  const events = watch(throttler, ['idle', 'reject']);
  await throttler.acquire({ c: 1 });
  const controller = new AbortController();
  const waits = refusal(throttler.acquire({ c: 1 }, { signal: controller.signal }));
  controller.abort();
  await waits;
  await reactions();
  expect(events).toEqual([{ type: 'idle' }]);
});

test('the system clock delivers grants of every request while someone listens', async () => {
  const throttler = new MultiThrottler([
    fixedWindow({ id: 'w', limit: 1000, interval: 60_000 }),
    rollingWindow({ id: 'r', limit: 1000, interval: 60_000 }),
  ]);
  for (let i = 0; i < 10; i++) await throttler.throttle({ w: 1, r: 1 });
  const listener = vi.fn();
  const off = throttler.on('grant', listener);
  for (let i = 0; i < 10; i++) await throttler.throttle({ w: 1, r: 1 });
  await reactions();
  off();
  for (let i = 0; i < 10; i++) await throttler.throttle({ w: 1, r: 1 });
  await reactions();
  expect(listener).toHaveBeenCalledTimes(10);
});

test('grant is told before code that awaits the grant continues', async () => {
  const { clock, throttler } = setUp([bucket('a', 1, 0.01)]);
  const order: string[] = [];
  throttler.on('grant', () => order.push('listener'));
  const request = (promise: Promise<unknown>) => promise.then(() => order.push('request'));
  const all = [
    request(throttler.throttle({ a: 1 })),
    request(throttler.throttle({ a: 1 })),
    request(throttler.acquire({ a: 1 })),
    request(throttler.run({ a: 1 }, () => order.push('task'))),
  ];
  await clock.advance(1000);
  await Promise.all(all);
  const pair = ['listener', 'request'];
  expect(order).toEqual([...pair, ...pair, ...pair, 'listener', 'task', 'request']);
});
