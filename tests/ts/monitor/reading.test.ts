// The readings of a monitor: what they say of rules, waits, modes and pauses.

import {
  concurrency,
  fixedWindow,
  MultiThrottler,
  rollingWindow,
  ThrottleRule,
  type Throttler,
  tokenBucket,
} from 'multi-throttler';
import { createMonitorHandler, type Reading } from 'multi-throttler/monitor';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { stats } from './support.ts';

/** The virtual Unix time at which each test starts; a multiple of no interval here. */
const START = 1_700_000_000_000;

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
  // The lengths of waits come from the machine's clock.
  vi.spyOn(Date, 'now').mockImplementation(() => clock.wallNow());
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function read(handler: Parameters<typeof stats>[0]): Promise<Reading> {
  const { throttlers } = await stats(handler);
  if (!throttlers[0]?.reading) throw new Error('no reading');
  return throttlers[0].reading;
}

test('a reading has the usage and the next window of each kind of rule', async () => {
  const throttler = new MultiThrottler(
    [
      fixedWindow({ id: 'fixed', limit: 100, interval: 60_000 }),
      fixedWindow({ id: 'first', limit: 100, interval: 30_000, anchor: 'first-request' }),
      rollingWindow({ id: 'rolling', limit: 100, interval: 5000, scope: 'account' }),
      tokenBucket({ id: 'bucket', capacity: 10, refillRate: 0.01 }),
      new ThrottleRule('ccxt', 10, 0.01),
      concurrency({ id: 'held', limit: 3 }),
    ],
    { clock },
  );
  const handler = createMonitorHandler(throttler);
  await throttler.acquire({ fixed: 25, first: 20, rolling: 10, bucket: 4, ccxt: 1, held: 2 });
  await clock.advance(1000);
  throttler.syncClock(clock.wallNow() + 400);
  const { rules, at } = await read(handler);
  expect(at).toBe(START + 1000);
  const toMinute = 60_000 - ((START + 1400) % 60_000);
  const common = { reserve: 0, scope: 'ip', pause: null };
  expect(rules).toEqual([
    {
      ...common,
      ...{ id: 'fixed', algorithm: 'fixed-window', interval: 60_000, limit: 100, used: 25 },
      ...{ nextAt: at + toMinute, peak: expect.closeTo(0.25, 1) },
    },
    {
      ...common,
      ...{ id: 'first', algorithm: 'first-request-window', interval: 30_000, limit: 100 },
      ...{ used: 20, nextAt: START + 30_000, peak: expect.closeTo(0.2, 1) },
    },
    {
      ...common,
      ...{ id: 'rolling', algorithm: 'rolling-window', interval: 5000, limit: 100, used: 10 },
      ...{ nextAt: null, peak: expect.closeTo(0.1, 1), scope: 'account' },
    },
    // A token comes back each 100 ms.
    expect.objectContaining({ id: 'bucket', used: 0, nextAt: null, interval: null }),
    expect.objectContaining({ id: 'ccxt', algorithm: 'token-bucket', used: 0 }),
    expect.objectContaining({ id: 'held', algorithm: 'concurrency', used: 2, nextAt: null }),
  ]);
  await throttler.acquire({ bucket: 4 });
  expect((await read(handler)).rules[3]).toMatchObject({ used: 4, nextAt: at + 400 });
});

test('members of a family are rules, and their windows are found as others come and go', async () => {
  const throttler = new MultiThrottler(
    [fixedWindow({ id: 'order:*', limit: 5, interval: 1000, anchor: 'first-request' })],
    { clock },
  );
  const handler = createMonitorHandler(throttler);
  await throttler.throttle({ 'order:A': 1 });
  await clock.advance(600);
  await throttler.throttle({ 'order:B': 2 });
  const both = (await read(handler)).rules.map(({ id, used, nextAt }) => [id, used, nextAt]);
  expect(both).toEqual([
    ['order:*', 0, null],
    ['order:A', 1, START + 1000],
    ['order:B', 2, START + 1600],
  ]);
  await clock.advance(500);
  await throttler.throttle({ 'order:C': 3 });
  const later = (await read(handler)).rules.map(({ id, nextAt }) => [id, nextAt]);
  expect(later).toContainEqual(['order:B', START + 1600]);
  expect(later).toContainEqual(['order:C', START + 2100]);
});

test('the wait of the oldest waiter is that of its class', async () => {
  const throttler = new MultiThrottler([tokenBucket({ id: 'a', capacity: 1, refillRate: 0.001 })], {
    clock,
  });
  const handler = createMonitorHandler(throttler);
  await throttler.throttle({ a: 1 });
  const first = throttler.throttle({ a: 1 });
  await clock.advance(300);
  throttler.throttle({ a: 1 });
  throttler.throttle({ a: 1 }, { priority: 'low' });
  await clock.advance(200);
  expect((await read(handler)).waiting).toEqual({
    critical: { count: 0, longest: 0 },
    normal: { count: 2, longest: 500 },
    low: { count: 1, longest: 200 },
  });
  await clock.until(first);
  expect((await read(handler)).waiting.normal).toEqual({ count: 1, longest: 700 });
});

test('the wait of the oldest waiter is exact although others overtake it', async () => {
  const bucket = (id: string) => tokenBucket({ id, capacity: 1, refillRate: 1e-6 });
  const throttler = new MultiThrottler([bucket('a'), bucket('b')], { clock });
  throttler.throttle({ a: 1, b: 1 });
  throttler.throttle({ a: 1 });
  await clock.advance(100);
  // It comes later, and goes first.
  throttler.throttle({ b: 1 });
  const handler = createMonitorHandler(throttler);
  throttler.addTokens('b', 1);
  await clock.advance(150);
  expect((await read(handler)).waiting.normal).toEqual({ count: 1, longest: 250 });
});

test('an engine elsewhere tells the wait of the oldest from its events on', async () => {
  const throttler = new MultiThrottler([tokenBucket({ id: 'a', capacity: 1, refillRate: 1e-6 })], {
    clock,
  });
  throttler.throttle({ a: 1 });
  throttler.throttle({ a: 1 });
  await clock.advance(1000);
  const elsewhere = {
    getStats: () => throttler.getStats(),
    getStatus: () => throttler.getStatus(),
    getRule: (id: 'a') => throttler.getRule(id),
    on: throttler.on.bind(throttler),
  } as unknown as Throttler;
  const modes = { normal: {}, burst: {} };
  const handler = createMonitorHandler(elsewhere, { modes });
  await clock.advance(250);
  const reading = await read(handler);
  expect(reading.waiting.normal).toEqual({ count: 1, longest: 250 });
  expect(reading.modes).toEqual(['normal', 'burst']);
  expect((await read(createMonitorHandler(elsewhere))).modes).toEqual([]);
});

test('a mode has its end, its reserve and the other modes', async () => {
  const modes = { normal: { reserve: 0.2 }, burst: { buffer: 0.5, reserve: 0.1 } };
  const rule = fixedWindow({ id: 'W', limit: 100, interval: 1000 });
  const throttler = new MultiThrottler([rule], { clock, modes });
  const handler = createMonitorHandler(throttler);
  expect(await read(handler)).toMatchObject({
    mode: 'normal',
    modeEndsAt: null,
    modes: ['normal', 'burst'],
    rules: [{ limit: 100, reserve: 20 }],
  });
  throttler.setMode('burst', 5000);
  await clock.advance(100);
  expect(await read(handler)).toMatchObject({
    mode: 'burst',
    modeEndsAt: START + 5000,
    rules: [{ limit: 50, reserve: 5 }],
  });
  throttler.configure({ modes: { quiet: { reserve: 0.5 } } });
  expect(await read(handler)).toMatchObject({ modes: ['normal', 'quiet'] });
});

test('pauses of all rules and of one have their ends and causes', async () => {
  const rule = (id: string) => fixedWindow({ id, limit: 100, interval: 1000 });
  const throttler = new MultiThrottler([rule('A'), rule('B')], { clock });
  const handler = createMonitorHandler(throttler);
  expect((await read(handler)).pause).toBeNull();

  throttler.pause({ ms: 500, rules: ['B'] });
  await clock.advance(0);
  let reading = await read(handler);
  expect(reading.pause).toEqual({ until: START + 500, cause: 'pause', isOfAll: false });
  expect(reading.rules.map(({ pause }) => pause)).toEqual([null, { until: START + 500 }]);

  throttler.pause();
  await clock.advance(0);
  expect((await read(handler)).pause).toEqual({ until: null, cause: 'pause', isOfAll: true });
  throttler.resume();
  await clock.advance(0);

  throttler.report({ status: 429, headers: { 'retry-after': '3' } });
  await clock.advance(0);
  reading = await read(handler);
  expect(reading.pause).toMatchObject({ until: START + 3000, cause: 'refusal', isOfAll: true });
  expect(reading).toMatchObject({ refused: { refusals: 1, bans: 0 }, consecutive429: 1 });

  throttler.report({ status: 418, headers: { 'retry-after': '60' } });
  await clock.advance(0);
  reading = await read(handler);
  expect(reading.pause).toMatchObject({ until: START + 60_000, cause: 'ban' });
  expect(reading.refused).toEqual({ refusals: 1, bans: 1 });
  throttler.resume();
  await clock.advance(0);
  expect((await read(handler)).pause).toBeNull();
});

test('occurrences between two readings are kept and counted', async () => {
  const throttler = new MultiThrottler([tokenBucket({ id: 'a', capacity: 4, refillRate: 0.001 })], {
    clock,
    maxCapacity: 1,
  });
  const handler = createMonitorHandler(throttler);
  await stats(handler);
  for (let n = 0; n < 3; n++) {
    await throttler.throttle({ a: 4 });
    await clock.advance(4000);
  }
  throttler.throttle({ a: 4 });
  throttler.throttle({ a: 4 });
  await throttler.throttle({ a: 4 }).catch(() => {});
  throttler.pause({ ms: 1000, rules: ['a'] });
  await clock.advance(0);
  const { occurrences } = await stats(handler);
  expect(occurrences).toMatchObject([
    { kind: 'threshold', rule: 'a', level: 0.75, count: 4 },
    { kind: 'threshold', rule: 'a', level: 0.9, count: 4 },
    { kind: 'threshold', rule: 'a', level: 1, count: 4 },
    { kind: 'pause', rules: ['a'], count: 1 },
    { kind: 'overflow', count: 1 },
  ]);
});

test('a closed throttler has no reading', async () => {
  const throttler = new MultiThrottler([], { clock });
  const handler = createMonitorHandler({ main: throttler });
  throttler.close();
  expect((await stats(handler)).throttlers).toEqual([{ name: 'main', reading: null }]);
});
