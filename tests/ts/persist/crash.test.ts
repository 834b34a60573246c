// A program that is killed at any point, and another one that continues from its store.

import {
  concurrency,
  fixedWindow,
  MultiThrottler,
  rollingWindow,
  spacing,
  ThrottleRule,
} from 'multi-throttler';
import { persist } from 'multi-throttler/persist';
import { describe, expect, test } from 'vitest';
import { reactions, VirtualClock } from '../support/clock.ts';
import { follow, generator, tokens } from '../support/helpers.ts';
import { afterCrash, type Kept, MemoryStore, nothingKept } from './memory-store.ts';

const rules = () => [
  new ThrottleRule('bucket', 40, 0.002),
  rollingWindow({ id: 'rolling', limit: 40, interval: 9000, jitter: 50 }),
  fixedWindow({ id: 'minute', limit: 40, interval: 5000, jitter: 50 }),
  fixedWindow({ id: 'first', limit: 40, interval: 7000, anchor: 'first-request', jitter: 50 }),
  rollingWindow({ id: 'pair:*', limit: 40, interval: 8000 }),
  fixedWindow({ id: 'coin:*', limit: 40, interval: 6000 }),
  concurrency({ id: 'slots', limit: 50 }),
  spacing({ id: 'pace', interval: 100 }),
];
const COST = { bucket: 1, rolling: 1, minute: 1, first: 1, 'pair:a': 1, 'coin:a': 1 };
const IDS = Object.keys(COST);

async function start(clock: VirtualClock, kept: Kept, hasNotes = true) {
  const throttler = new MultiThrottler(rules(), { clock });
  const store = new MemoryStore(kept, hasNotes);
  // Saves fail where a test says so; tests/ts/persist/persist.test.ts looks at their errors.
  const persistence = await persist(throttler, store, { clock, onError: () => {} });
  return { throttler, store, persistence };
}

describe('after a crash', () => {
  test('the restarted throttler counts what was granted after the last save', async () => {
    const clock = new VirtualClock();
    const { throttler, store } = await start(clock, nothingKept());
    for (let n = 0; n < 8; n++) await throttler.throttle(COST);
    const next = await start(clock, afterCrash(store.kept));
    // The notes allow for 10. A window that is opened at an unknown time is full.
    for (const id of IDS) {
      expect([id, tokens(next.throttler)[id]]).toEqual([id, id === 'first' ? 0 : 30]);
    }
    expect(tokens(next.throttler).slots).toBe(50);
  });

  test('a window that may be open or not ends after the last grant', async () => {
    const clock = new VirtualClock();
    const { throttler, store, persistence } = await start(clock, nothingKept());
    const permit = await throttler.acquire({ first: 1 });
    throttler.syncUsage({ first: 0 }, { exact: true });
    permit.release({ refund: true });
    await persistence.save();
    await clock.advance(1000);
    await throttler.throttle({ first: 1 });
    const next = await start(clock, afterCrash(store.kept));
    // The grant before the crash may have opened the window, so all of it is still to come.
    expect(await clock.until(next.throttler.throttle({ first: 1 }))).toBeGreaterThan(7000);
  });

  test('spacing waits for the costs of all grants since the last save', async () => {
    const clock = new VirtualClock();
    const { throttler, store } = await start(clock, nothingKept());
    await throttler.throttle({ pace: 3 });
    await clock.advance(350);
    await throttler.throttle({ pace: 2 });
    const next = await start(clock, afterCrash(store.kept));
    const free = follow(clock, next.throttler.throttle({ pace: 1 }));
    await clock.advance(10_000);
    // The notes may allow for a quarter more.
    expect(free.at).toBeGreaterThanOrEqual(350 + 500);
    expect(free.at).toBeLessThanOrEqual(350 + 800);
  });

  test('rules without a limit count too, and stay without one', async () => {
    const clock = new VirtualClock();
    const limit = Number.POSITIVE_INFINITY;
    const unlimited = () => [
      new ThrottleRule('bucket', limit, 0.002),
      rollingWindow({ id: 'rolling', limit, interval: 9000 }),
      fixedWindow({ id: 'minute', limit, interval: 5000 }),
      fixedWindow({ id: 'first', limit, interval: 7000, anchor: 'first-request' }),
      rollingWindow({ id: 'pair:*', limit, interval: 8000 }),
      fixedWindow({ id: 'coin:*', limit, interval: 6000 }),
    ];
    const throttler = new MultiThrottler(unlimited(), { clock });
    const store = new MemoryStore(nothingKept());
    await persist(throttler, store, { clock });
    for (let n = 0; n < 8; n++) await throttler.throttle(COST);
    const next = new MultiThrottler(unlimited(), { clock });
    await persist(next, new MemoryStore(afterCrash(store.kept)), { clock });
    expect(next.estimateWait({ ...COST, first: 1e9 })).toBe(0);
    for (const id of ['rolling', 'minute', 'first']) next.updateRule(id, { limit: 40 });
    expect(tokens(next)).toMatchObject({ rolling: 30, minute: 30, first: 30 });
  });

  test('without notes nothing is granted until nothing counts any more', async () => {
    const clock = new VirtualClock();
    const { throttler, store } = await start(clock, nothingKept(), false);
    await throttler.throttle(COST);
    const crashed = afterCrash(store.kept);
    const next = await start(clock, crashed, false);
    const waits = await Promise.all(
      IDS.map(async (id) => Math.ceil(await clock.until(next.throttler.throttle({ [id]: 1 })))),
    );
    expect(Math.max(...waits)).toBe(20_000);
    await next.persistence.stop();
    const last = await start(clock, next.store.kept, false);
    expect(await clock.until(last.throttler.throttle({ first: 1 }))).toBe(0);
  });

  test('a pause goes on, also one whose rule is gone, and a resumed one does not', async () => {
    const clock = new VirtualClock();
    const { throttler, store } = await start(clock, nothingKept());
    throttler.addRule(new ThrottleRule('gone', 1, 1));
    throttler.pause({ rules: ['gone'] });
    throttler.pause({ rules: ['bucket'], ms: 500 });
    throttler.pause({ rules: ['minute'] });
    throttler.pause({ rules: ['rolling'] });
    throttler.report({ status: 429, headers: { 'retry-after': '2' }, rules: ['first'] });
    await reactions();
    throttler.resume({ rules: ['rolling'] });
    await reactions();
    const next = await start(clock, afterCrash(store.kept));
    const [rolling, bucket, first] = ['rolling', 'bucket', 'first'].map((id) =>
      follow(clock, next.throttler.throttle({ [id]: 1 })),
    );
    await clock.advance(3000);
    expect([rolling?.at, bucket?.at]).toEqual([0, 500]);
    expect(first?.at).toBeGreaterThanOrEqual(2000);
    expect(next.throttler.estimateWait({ minute: 1 })).toBe(Number.POSITIVE_INFINITY);
  });

  test('a note that was cut off counts as not made', async () => {
    const clock = new VirtualClock();
    const { throttler, store } = await start(clock, nothingKept());
    await throttler.throttle({ bucket: 4 });
    const crashed = afterCrash(store.kept);
    crashed.notes = crashed.notes.map((text) => text && `${text}\n[1,"grant",[["bu`) as [
      string,
      string,
    ];
    const next = await start(clock, crashed);
    expect(tokens(next.throttler).bucket).toBe(35);
    await next.throttler.throttle({ bucket: 4 });
    const last = await start(clock, afterCrash(next.store.kept));
    expect(tokens(last.throttler).bucket).toBe(30);
  });

  test('what was granted while the state was read counts', async () => {
    const clock = new VirtualClock();
    const { throttler, store } = await start(clock, nothingKept());
    await throttler.throttle({ bucket: 4 });
    const next = new MultiThrottler(rules(), { clock });
    const slow = new MemoryStore(afterCrash(store.kept));
    const opened = persist(next, slow, { clock });
    await next.throttle({ bucket: 10 });
    await opened;
    expect(tokens(next).bucket).toBe(25);
  });
});

describe('a note', () => {
  test('is made before the program continues with a grant, at once or after a wait', async () => {
    const clock = new VirtualClock();
    const { throttler, store } = await start(clock, nothingKept());
    const seen: number[] = [];
    const next = async (cost: number) => {
      const before = store.appended;
      await throttler.throttle({ bucket: cost });
      seen.push(store.appended - before);
    };
    await next(10);
    await next(30);
    const waiting = next(10);
    const permits = throttler.acquire({ bucket: 20 }).then(() => seen.push(store.appended));
    await clock.advance(20_000);
    await Promise.all([waiting, permits]);
    // 10 of 40, which the note of 30 + 10 allows for; the permit of 20 after that needs a note.
    expect(seen.slice(0, 2)).toEqual([1, 1]);
    expect(seen.at(-1)).toBe(store.appended);
  });

  test('is rare: about log n / log 1.25 of n grants between two saves', async () => {
    const clock = new VirtualClock();
    const throttler = new MultiThrottler([new ThrottleRule('a', 1e6, 0)], { clock });
    const store = new MemoryStore();
    await persist(throttler, store, { clock });
    for (let n = 0; n < 10_000; n++) await throttler.throttle({ a: 1 });
    expect(store.appended).toBeLessThanOrEqual(45);
  });
});

describe('at any point', () => {
  test.each(Array.from({ length: 150 }, (_, seed) => seed))(
    'a crash leaves no more than the killed program had, seed %i',
    async (seed) => {
      const random = generator(seed);
      const clock = new VirtualClock();
      let { throttler, store } = await start(clock, nothingKept());
      for (let life = 0; life < 4; life++) {
        const steps = random(60);
        for (let step = 0; step < steps; step++) {
          const choice = random(10);
          if (choice < 6) {
            const id = IDS[random(IDS.length)] ?? '';
            throttler.throttle({ [id]: 1 + random(4) }, { maxWait: 0 }).catch(() => {});
            await reactions();
          } else if (choice < 8) await clock.advance(random(1500));
          else if (choice === 8) store.isHeld = !store.isHeld;
          else if (random(2) === 0) store.let();
          else store.failure = store.failure === undefined ? new Error('full') : undefined;
        }
        const crashed = afterCrash(store.kept);
        const next = await start(clock, crashed);
        const bound = throttler;
        for (const ms of [0, 1, 2500, 2500, 4000]) {
          await clock.advance(ms);
          const [less, more] = [tokens(next.throttler), tokens(bound)];
          for (const id of IDS) {
            expect(less[id] ?? 40, `${id} after ${ms} ms`).toBeLessThanOrEqual(
              (more[id] ?? 40) + 1e-9,
            );
          }
        }
        ({ throttler, store } = next);
      }
    },
  );
});
