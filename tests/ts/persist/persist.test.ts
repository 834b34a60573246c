// When snapshots are saved, and what becomes of errors.

import { MultiThrottler, type ThrottlerSnapshot } from 'multi-throttler';
import { persist } from 'multi-throttler/persist';
import { describe, expect, test, vi } from 'vitest';
import { reactions, VirtualClock } from '../support/clock.ts';
import { bucket, follow, refusal, setUp, tokens } from '../support/helpers.ts';
import { afterCrash, MemoryStore, nothingKept } from './memory-store.ts';

/** A method that is not public. */
interface Parts {
  snapshotPart(from: number, count: number): ThrottlerSnapshot | undefined;
}

async function kept(store = new MemoryStore()) {
  const { clock, throttler } = setUp([bucket('a', 1000)]);
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const persistence = await persist(throttler, store, { clock, onError });
  return { clock, throttler, store, errors, persistence };
}

describe('a snapshot', () => {
  test('is saved at the start, a second after a change, and at the end', async () => {
    const { clock, throttler, store, persistence } = await kept();
    expect(store.saves).toBe(1);
    for (let n = 0; n < 50; n++) await throttler.throttle({ a: 1 });
    await clock.advance(999);
    expect(store.saves).toBe(1);
    await clock.advance(1);
    expect(store.saves).toBe(2);
    await throttler.throttle({ a: 7 });
    await persistence.stop();
    expect([store.saves, store.isOpen]).toEqual([3, false]);
    const next = setUp([bucket('a', 1000)]).throttler;
    await persist(next, new MemoryStore(store.kept), { clock });
    expect(tokens(next)).toEqual({ a: 943 });
  });

  test('is preceded by steps that each have a turn of the loop of their own', async () => {
    const { clock, throttler } = setUp([bucket('a', 1000)]);
    const store = new MemoryStore();
    let turn = 0;
    let isOver = false;
    const count = () => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const steps: [string, number][] = [];
    const note = (name: string) => steps.push([name, turn]);
    for (const name of ['open', 'load', 'save'] as const) {
      const original = store[name].bind(store) as (text: string) => Promise<never>;
      vi.spyOn(store, name).mockImplementation((text?: string) => {
        note(name);
        return original(text as string);
      });
    }
    const parts = vi.spyOn(throttler as unknown as Parts, 'snapshotPart');
    const calls = () => parts.mock.calls.length;
    await persist(throttler, store, { clock });
    isOver = true;
    expect(steps.map(([name]) => name)).toEqual(['open', 'load', 'save']);
    expect(new Set([0, ...steps.map(([, at]) => at)]).size).toBe(4);
    // The code of snapshots is compiled before the first one, by that of one rule.
    expect([parts.mock.calls[0], calls()]).toEqual([[0, 1], 3]);
  });

  test('arms no timer while nothing changes, and none after the end', async () => {
    const { clock, throttler, persistence } = await kept();
    await clock.advance(100_000);
    expect(clock.armed).toBe(0);
    await throttler.throttle({ a: 1 });
    await reactions();
    expect(clock.pending).toBe(1);
    await persistence.stop();
    expect(clock.pending).toBe(0);
    await throttler.throttle({ a: 1 });
    await reactions();
    expect(clock.pending).toBe(0);
  });

  test('of a change during a save is saved a second after it', async () => {
    const { clock, throttler, store, persistence } = await kept();
    store.isHeld = true;
    const saved = persistence.save();
    await throttler.throttle({ a: 1 });
    await clock.advance(5000);
    expect(store.saves).toBe(2);
    store.let();
    await saved;
    await clock.advance(1000);
    expect(store.saves).toBe(3);
  });

  test('of 1000 rules is made in parts of 50, with other work in between', async () => {
    const clock = new VirtualClock();
    const rules = Array.from({ length: 1000 }, (_, n) => bucket(`rule ${n}`, 10));
    const throttler = new MultiThrottler(rules, { clock });
    const store = new MemoryStore();
    const persistence = await persist(throttler, store, { clock });
    for (const { id } of rules) await throttler.throttle({ [id]: 1 });
    const order: unknown[] = [];
    const internal = throttler as MultiThrottler & Parts;
    const part = internal.snapshotPart.bind(throttler);
    vi.spyOn(internal, 'snapshotPart').mockImplementation((from, count) => {
      const made = part(from, count);
      order.push(Object.keys(made?.rules ?? {}).length);
      setImmediate(() => order.push('other work'));
      // Counted in the notes, whether before its part is made or after.
      if (from === 400) for (const n of [0, 999]) throttler.tryThrottle({ [`rule ${n}`]: 5 });
      return made;
    });
    const whole = vi.spyOn(throttler, 'snapshot');
    await persistence.save();
    const turns = Array.from({ length: 20 }, () => [50, 'other work']);
    expect(order.slice(0, 41)).toEqual([...turns.flat(), 0]);
    expect(whole).not.toHaveBeenCalled();
    const next = new MultiThrottler(rules, { clock });
    await persist(next, new MemoryStore(afterCrash(store.kept)), { clock });
    const left = tokens(next);
    expect([left['rule 0'], left['rule 500'], left['rule 999']]).toEqual([2.75, 9, 0]);
  });

  test('is saved when the program ends, by itself or by a hidden page', async () => {
    const { throttler, store } = await kept();
    await throttler.throttle({ a: 4 });
    store.end?.(false);
    expect(JSON.parse(store.kept.text ?? '')).toMatchObject({ isLast: false });
    await throttler.throttle({ a: 4 });
    store.end?.(true);
    const saved = JSON.parse(store.kept.text ?? '');
    expect([saved.isLast, saved.parts[0].rules.a.used]).toEqual([true, [8]]);
  });

  test('is saved after reports and modes too', async () => {
    const store = new MemoryStore();
    const { clock, throttler } = setUp([bucket('a', 10)], { modes: { slow: {} } });
    await persist(throttler, store, { clock, every: 50 });
    throttler.syncUsage({ a: 3 });
    await clock.advance(50);
    throttler.setMode('slow');
    await clock.advance(50);
    expect(store.saves).toBe(3);
    expect(JSON.parse(store.kept.text ?? '').parts[0]).toMatchObject({
      mode: 'slow',
      rules: { a: { used: [3] } },
    });
  });
});

test('ranks of requests that wait survive what is restored and saved', async () => {
  const { store, persistence, throttler: before } = await kept();
  await before.throttle({ a: 1000 });
  await persistence.stop();
  const { clock, throttler } = setUp([bucket('a', 1000, 0.01)]);
  throttler.pause();
  const ranks = [0, -2, 9, 1];
  const outcomes = ranks.map((rank) =>
    follow(clock, throttler.throttle({ a: 1 }, { priority: { rank } })),
  );
  const second = await persist(throttler, new MemoryStore(store.kept), { clock });
  throttler.resume();
  await second.save();
  await clock.advance(400);
  expect(outcomes.map(({ at }) => at)).toEqual([300, 400, 100, 200]);
  await second.stop();
});

test('a noted pause is no longer than it was when the clock was set back meanwhile', async () => {
  const DAY = 86_400_000;
  const { clock, throttler, store } = await kept();
  await clock.advance(DAY);
  throttler.pause({ ms: 60_000 });
  await Promise.resolve();
  await Promise.resolve();
  for (const [wall, wait] of [
    [0, 60_000],
    [DAY + 20_000, 40_000],
    [DAY + 60_000, 0],
  ] as const) {
    const next = setUp([bucket('a', 1000)]);
    await next.clock.advance(wall);
    await persist(next.throttler, new MemoryStore(afterCrash(store.kept)), { clock });
    expect([wall, next.throttler.estimateWait({ a: 1 })]).toEqual([wall, wait]);
  }
});

describe('an error', () => {
  test('of a save is told, and the save is repeated', async () => {
    const { clock, throttler, store, errors, persistence } = await kept();
    store.failure = new Error('disk full');
    await throttler.throttle({ a: 1 });
    await clock.advance(3000);
    expect(errors).toEqual([store.failure, store.failure, store.failure]);
    await expect(persistence.save()).rejects.toThrow('disk full');
    store.failure = undefined;
    await clock.advance(1000);
    expect(JSON.parse(store.kept.text ?? '').parts[0].rules.a.used).toEqual([1]);
    expect(errors).toHaveLength(3);
  });

  test('of a note is told once, and the grant goes on', async () => {
    const { throttler, store, errors } = await kept();
    store.noteFailure = new Error('disk full');
    for (let n = 0; n < 5; n++) await throttler.throttle({ a: 1 });
    expect(errors).toEqual([store.noteFailure]);
  });

  test('of the last save rejects, and the store is given back', async () => {
    const { store, persistence } = await kept();
    store.failure = new Error('disk full');
    await expect(persistence.stop()).rejects.toThrow('disk full');
    expect(store.isOpen).toBe(false);
  });

  test('of the first save or of reading rejects, and the store is given back', async () => {
    for (const [method, after] of [
      ['save', false],
      ['load', false],
      ['open', false],
    ] as const) {
      const store = new MemoryStore();
      vi.spyOn(store, method).mockRejectedValue(new Error('no access'));
      const { throttler } = setUp([bucket('a', 10)]);
      await expect(persist(throttler, store)).rejects.toThrow('no access');
      expect(store.isOpen).toBe(after);
    }
  });

  test('is none if the throttler was closed first', async () => {
    const { clock, throttler, store, errors, persistence } = await kept();
    await throttler.throttle({ a: 1 });
    throttler.close();
    await clock.advance(5000);
    store.end?.(true);
    await persistence.stop();
    expect([errors, store.isOpen, clock.pending]).toEqual([[], false, 0]);
  });
});

describe('a saved state that cannot be used', () => {
  const state = {
    format: 'multi-throttler state',
    version: 1,
    generation: 0,
    isLast: true,
    parts: [{ version: 1 }],
  };

  test.each([
    ['is truncated', '{"format": "multi-thr', /JSON/],
    ['is empty', '', /JSON/],
    ['is of another program', '{"user": 1}', /format is undefined, not "multi-throttler state"/],
    ['is no object', 'null', /format is undefined/],
    [
      'is newer',
      JSON.stringify({ ...state, version: 2 }),
      /of version 2, and this program knows 1/,
    ],
    ['has no generation', JSON.stringify({ ...state, generation: -1 }), /generation is -1/],
    ['has no isLast', JSON.stringify({ ...state, isLast: 1 }), /isLast is 1/],
    ['has no parts', JSON.stringify({ ...state, parts: {} }), /parts is an object/],
    ['has a damaged snapshot', JSON.stringify(state), /snapshot.mode must be the name of a mode/],
  ])('is set aside and told: it %s', async (_, text, why) => {
    const store = new MemoryStore({ ...nothingKept(), text });
    const { throttler, errors } = await kept(store);
    expect(store.kept.aside).toEqual([text]);
    expect(errors).toMatchObject([{ code: 'STORE_DAMAGED', movedTo: 'elsewhere' }]);
    expect(String(errors[0])).toMatch(why);
    expect(tokens(throttler)).toEqual({ a: 1000 });
    expect(JSON.parse(store.kept.text ?? '').format).toBe('multi-throttler state');
  });

  test('is a warning without a listener', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { clock, throttler } = setUp([bucket('a', 10)]);
    await persist(throttler, new MemoryStore({ ...nothingKept(), text: 'x' }), { clock });
    expect(warn.mock.calls).toMatchObject([[expect.any(String), { code: 'STORE_DAMAGED' }]]);
    warn.mockRestore();
  });
});

test.each([
  [{ every: 0 }, /every must be a number of milliseconds, above 0 and below 2\^31, got 0/],
  [{ every: '1' }, /every must be .*, got "1"/],
  [{ onError: 1 }, /onError must be a function, got 1/],
  [{ evry: 1 }, /unknown field "evry" for options of persist/],
])('the options %o are rejected', async (options, message) => {
  const store = new MemoryStore();
  const { throttler } = setUp([bucket('a', 10)]);
  const error = await refusal(persist(throttler, store, options as object));
  expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
  expect(error.message).toMatch(message);
  expect(store.isOpen).toBe(false);
});
