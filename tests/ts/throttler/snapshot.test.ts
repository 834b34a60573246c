import {
  concurrency,
  fixedWindow,
  InvalidConfigError,
  MultiThrottler,
  rollingWindow,
  type ThrottlerSnapshot,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bucket, follow, setUp, thrown, tokens } from '../support/helpers.ts';

const rules = () => [
  bucket('bucket', 10, 0.001),
  rollingWindow({ id: 'rolling', limit: 10, interval: 10_000 }),
  fixedWindow({ id: 'minute', limit: 10, interval: 60_000 }),
  fixedWindow({ id: 'first', limit: 10, interval: 30_000, anchor: 'first-request' }),
  rollingWindow({ id: 'pair:*', limit: 10, interval: 10_000 }),
  concurrency({ id: 'slots', limit: 3 }),
];

/** Passes a snapshot through JSON, as a file would. */
const kept = (throttler: MultiThrottler): ThrottlerSnapshot =>
  JSON.parse(JSON.stringify(throttler.snapshot()));

/** The clock of a restarted program, with wall time some milliseconds later. */
class Later extends VirtualClock {
  readonly #later: number;

  constructor(later: number) {
    super();
    this.#later = later;
  }

  override wallNow(): number {
    return super.wallNow() + this.#later;
  }
}

describe('snapshot', () => {
  test('survives JSON and has version and wall time', () => {
    const { clock, throttler } = setUp(rules());
    const snapshot = throttler.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(snapshot).toMatchObject({ version: 1, savedAt: clock.wallNow(), mode: 'normal' });
  });

  test('continues after a restart', async () => {
    const { throttler } = setUp(rules());
    for (let n = 0; n < 4; n++) {
      await throttler.throttle({ bucket: 1, rolling: 1, minute: 1, first: 1, 'pair:a': 1 });
    }
    const snapshot = kept(throttler);
    const left = (later: number) => {
      const restarted = new MultiThrottler(rules(), { clock: new Later(later) });
      restarted.restore(snapshot);
      return tokens(restarted);
    };
    const all = { bucket: 6, rolling: 6, minute: 6, first: 6, 'pair:*': 10, 'pair:a': 6, slots: 3 };
    expect(left(0)).toEqual(all);
    expect(left(2000)).toEqual({ ...all, bucket: 8 });
    expect(left(-5000)).toEqual(all);
    // A full member is dropped a moment later.
    const half = { ...all, 'pair:a': 10, bucket: 10, rolling: 10 };
    expect(left(10_001)).toEqual(half);
    expect(left(30_001)).toEqual({ ...half, first: 10 });
    expect(left(40_000)).toEqual({ ...half, first: 10, minute: 10 });
  });

  test('has pauses, mode and back-off', async () => {
    const modes = { careful: { buffer: 0.5 } };
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10), bucket('c', 10)], { modes });
    throttler.setMode('careful', 60_000);
    throttler.report({ status: 429, headers: { 'retry-after': '20' }, rules: ['a'] });
    throttler.pause({ rules: ['b'] });
    const clock = new Later(5000);
    const restarted = new MultiThrottler([bucket('a', 10), bucket('b', 10), bucket('c', 10)], {
      clock,
      modes,
    });
    restarted.restore(kept(throttler));
    expect(restarted.mode).toBe('careful');
    const waiting = ['a', 'b', 'c'].map((id) => follow(clock, restarted.throttle({ [id]: 1 })));
    await clock.advance(55_000);
    expect(waiting.map(({ at }) => at)).toEqual([15_000, undefined, 0]);
    expect(restarted.mode).toBe('normal');
    restarted.resume();
    await clock.advance(0);
    expect(waiting[1]?.state).toBe('granted');
    // This is the second refusal in a row.
    restarted.report({ status: 429 });
    expect(await clock.until(restarted.throttle({ c: 1 }))).toBeGreaterThanOrEqual(4000);
  });

  test('counts costs in flight and has no waiters', async () => {
    const { throttler } = setUp([bucket('a', 10)]);
    await throttler.acquire({ a: 4 });
    const waiting = throttler.throttle({ a: 9 });
    const snapshot = kept(throttler);
    throttler.clear();
    await expect(waiting).rejects.toThrow();
    const restarted = setUp([bucket('a', 10)]).throttler;
    restarted.restore(snapshot);
    expect([tokens(restarted), restarted.getQueueLength()]).toEqual([{ a: 6 }, 0]);
  });

  test('works for ids such as __proto__', () => {
    const odd = ['__proto__', 'constructor', 'toString'].map((id) => bucket(id, 10));
    const { throttler } = setUp(odd);
    throttler.setTokens('__proto__', 3);
    throttler.setTokens('constructor', 4);
    const restarted = setUp(odd).throttler;
    restarted.restore(kept(throttler));
    expect(Object.entries(restarted.getStatus()).map(([id, { tokens }]) => [id, tokens])).toEqual([
      ['__proto__', 3],
      ['constructor', 4],
      ['toString', 10],
    ]);
  });
});

describe('restore', () => {
  test('keeps and replans waiters', async () => {
    const { clock, throttler } = setUp([bucket('a', 10)]);
    const full = kept(throttler);
    await throttler.throttle({ a: 10 });
    const waiting = follow(clock, throttler.throttle({ a: 10 }));
    throttler.restore(full);
    await clock.advance(0);
    expect(waiting.state).toBe('granted');
  });

  test('keeps the ranks of waiters', async () => {
    const saved = setUp([bucket('a', 3, 0.01, 0)]).throttler.snapshot();
    const { clock, throttler } = setUp([bucket('a', 3, 0.01, 0)]);
    const ranks = [0, -2, 9, 1];
    const outcomes = ranks.map((rank) =>
      follow(clock, throttler.throttle({ a: 1 }, { priority: { rank } })),
    );
    throttler.restore(saved);
    await clock.advance(400);
    expect(outcomes.map(({ at }) => at)).toEqual([300, 400, 100, 200]);
  });

  test('keeps permits held', async () => {
    const { throttler } = setUp([bucket('a', 10), concurrency({ id: 'slots', limit: 1 })]);
    const permit = await throttler.acquire({ a: 1, slots: 1 });
    throttler.restore(kept(throttler));
    expect(tokens(throttler)).toEqual({ a: 9, slots: 0 });
    permit.release();
    expect(tokens(throttler)).toEqual({ a: 9, slots: 1 });
  });

  test.each([
    [undefined, 'snapshot.version', 'snapshot.version must be a number, got undefined'],
    [{}, 'snapshot.version', 'snapshot.version must be a number, got undefined'],
    [{ version: 2 }, 'snapshot.version', 'snapshot.version must be 1, got 2'],
    [
      { savedAt: null },
      'snapshot.savedAt',
      'snapshot.savedAt must be a number of milliseconds, got Infinity',
    ],
    [{ savedAt: 'now' }, 'snapshot.savedAt', 'snapshot.savedAt must be a number, got "now"'],
    [{ mode: 5 }, 'snapshot.mode', 'snapshot.mode must be the name of a mode, got 5'],
    [
      { modeEndsIn: -1 },
      'snapshot.modeEndsIn',
      'snapshot.modeEndsIn must be a number of milliseconds, 0 or more, got -1',
    ],
    [
      { rules: [] },
      'snapshot.rules',
      'snapshot.rules must be an object of rules by id, got an array',
    ],
    [
      { rules: { a: 1 } },
      'snapshot.rules.a.algorithm',
      'snapshot.rules.a.algorithm must be the name of one, got undefined',
    ],
    [
      { rules: { a: { algorithm: 'token-bucket', used: 'x', pausedFor: 0 } } },
      'snapshot.rules.a.used',
      'snapshot.rules.a.used must be an array of numbers, got "x"',
    ],
    [
      { rules: { a: { algorithm: 'token-bucket', used: [1, 2], pausedFor: 0 } } },
      'snapshot.rules.a.used',
      'snapshot.rules.a.used must be what a snapshot of this algorithm says, got other numbers',
    ],
    [
      { rules: { a: { algorithm: 'token-bucket', used: [-1], pausedFor: 0 } } },
      'snapshot.rules.a.used',
      'snapshot.rules.a.used must be what a snapshot of this algorithm says, got other numbers',
    ],
  ])('rejects %o and changes nothing', async (damage, field, message) => {
    const { throttler } = setUp([bucket('a', 10), bucket('b', 10)]);
    const good = kept(throttler);
    await throttler.throttle({ a: 3, b: 4 });
    const damaged =
      damage === undefined || Object.keys(damage).length === 0 ? damage : { ...good, ...damage };
    const error = thrown(() => throttler.restore(damaged as never));
    expect(error).toBeInstanceOf(InvalidConfigError);
    expect([error.field, error.message]).toEqual([field, message]);
    expect(tokens(throttler)).toEqual({ a: 7, b: 6 });
  });

  test('rejects the text of a snapshot, which may be long', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const error = thrown(() => throttler.restore(JSON.stringify(throttler.snapshot()) as never));
    expect([error.code, error.field, error.message]).toEqual([
      'INVALID_CONFIG',
      'snapshot',
      'snapshot must be the object of snapshot(), as JSON.parse returns it, got a text',
    ]);
  });

  test('throws on a closed throttler', () => {
    const { throttler } = setUp([bucket('a', 10)]);
    const snapshot = throttler.snapshot();
    throttler.close();
    expect(thrown(() => throttler.snapshot()).code).toBe('CLOSED');
    expect(thrown(() => throttler.restore(snapshot)).code).toBe('CLOSED');
  });
});
