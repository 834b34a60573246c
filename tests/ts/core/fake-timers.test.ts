// Fake timers of Vitest and Sinon. Those of Jest are in tests/packaging/fixtures/jest.

import { fixedWindow, MultiThrottler, ThrottleRule } from 'multi-throttler';
import sinon from 'sinon';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

interface Tool {
  /** Fakes everything that the tool fakes by default, or only these. */
  install(only?: ('setTimeout' | 'clearTimeout' | 'Date')[]): void;
  setDate(unixMs: number): void;
  advance(ms: number): Promise<unknown>;
  uninstall(): void;
}

let fakes: sinon.SinonFakeTimers | undefined;

const tools: Record<string, Tool> = {
  Vitest: {
    install: (only) => void vi.useFakeTimers(only && { toFake: only }),
    setDate: (unixMs) => void vi.setSystemTime(unixMs),
    advance: (ms) => vi.advanceTimersByTimeAsync(ms),
    uninstall: () => void vi.useRealTimers(),
  },
  Sinon: {
    install(only) {
      fakes = sinon.useFakeTimers(only && { toFake: only });
    },
    setDate: (unixMs) => fakes?.setSystemTime(unixMs),
    advance: async (ms) => fakes?.tickAsync(ms),
    uninstall() {
      fakes?.restore();
      fakes = undefined;
    },
  },
};

/** A bucket of one token that refills in 100 ms. */
const bucket = () => new ThrottleRule('a', 1, 1 / 100);

describe.each(Object.entries(tools))('%s', (_, tool) => {
  afterEach(() => tool.uninstall());

  /** Submits requests. Returns a function that returns how many were granted. */
  function counting(throttler: MultiThrottler, requests: number): () => number {
    let granted = 0;
    for (let i = 0; i < requests; i++) throttler.throttle({ a: 1 }).then(() => granted++);
    return () => granted;
  }

  async function expectExact(throttler: MultiThrottler) {
    const granted = counting(throttler, 2);
    await tool.advance(99);
    expect(granted()).toBe(0);
    await tool.advance(1);
    expect(granted()).toBe(1);
    await tool.advance(99);
    expect(granted()).toBe(1);
    await tool.advance(1);
    expect(granted()).toBe(2);
  }

  test('fake timers drive a throttler to the millisecond', async () => {
    tool.install();
    const throttler = new MultiThrottler([bucket()]);
    await throttler.throttle({ a: 1 });
    await expectExact(throttler);
  });

  test('fake timers drive an earlier throttler', async () => {
    const throttler = new MultiThrottler([bucket()]);
    await throttler.throttle({ a: 1 });
    tool.install();
    await expectExact(throttler);
  });

  test('fake timers drive a throttler once more', async () => {
    tool.install();
    const throttler = new MultiThrottler([bucket()]);
    await tool.advance(10_000);
    await throttler.throttle({ a: 1 });
    tool.uninstall();
    tool.install();
    await expectExact(throttler);
  });

  test('fake timers take over waiters', async () => {
    const throttler = new MultiThrottler([new ThrottleRule('a', 1, 1 / 1e9)]);
    await throttler.throttle({ a: 1 });
    const first = throttler.throttle({ a: 1 });
    tool.install();
    throttler.updateRule('a', { refillRate: 1 / 100 });
    const granted = counting(throttler, 1);
    await tool.advance(100);
    await first;
    await tool.advance(100);
    expect(granted()).toBe(1);
  });

  test('removed fake timers leave no waiter behind', async () => {
    tool.install();
    const throttler = new MultiThrottler([new ThrottleRule('a', 1, 1 / 20)]);
    await tool.advance(1e9);
    const first = throttler.throttle({ a: 1 });
    const second = throttler.throttle({ a: 1 });
    await first;
    tool.uninstall();
    await throttler.throttle({ a: 1 });
    await second;
  });

  test('fake timers drive deadlines and pauses', async () => {
    tool.install();
    const throttler = new MultiThrottler([bucket()]);
    throttler.pause({ ms: 500 });
    const code = throttler.throttle({ a: 1 }, { maxWait: 300 }).catch((error) => error.code);
    await tool.advance(300);
    expect(await code).toBe('WAIT_TIMEOUT');
    const granted = counting(throttler, 1);
    await tool.advance(199);
    expect(granted()).toBe(0);
    await tool.advance(1);
    expect(granted()).toBe(1);
  });

  test('fake timers drive fixed windows by date', async () => {
    tool.install();
    tool.setDate(Date.UTC(2026, 0, 1, 12, 0, 30));
    const throttler = new MultiThrottler([fixedWindow({ id: 'a', limit: 1, interval: 60_000 })]);
    await throttler.throttle({ a: 1 });
    const granted = counting(throttler, 1);
    await tool.advance(29_999);
    expect(granted()).toBe(0);
    await tool.advance(1);
    expect(granted()).toBe(1);
  });

  test('fake timers never grant early with real performance.now()', async () => {
    tool.install(['setTimeout', 'clearTimeout', 'Date']);
    const throttler = new MultiThrottler([new ThrottleRule('a', 1, 1 / 1e9)]);
    await throttler.throttle({ a: 1 });
    const granted = counting(throttler, 1);
    await tool.advance(1e9);
    expect(granted()).toBe(0);
    throttler.setTokens('a', 1);
    await tool.advance(0);
    expect(granted()).toBe(1);
  });

  test('fake timers drive a custom clock that uses them', async () => {
    tool.install(['setTimeout', 'clearTimeout', 'Date']);
    const clock = {
      now: () => Date.now(),
      wallNow: () => Date.now(),
      setTimeout: (callback: () => void, ms: number) => setTimeout(callback, ms),
      clearTimeout: (handle: unknown) => clearTimeout(handle as number),
    };
    const throttler = new MultiThrottler([bucket()], { clock });
    await throttler.throttle({ a: 1 });
    await expectExact(throttler);
  });
});

describe('fake timers that keep the functions, as those of Bun', () => {
  let time: number;
  const { now } = performance;

  beforeEach(() => {
    vi.spyOn(performance, 'now').mockImplementation(() => time);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    Reflect.deleteProperty(setTimeout, 'clock');
    expect(performance.now).toBe(now);
  });

  test('drive a throttler that was made before them, also a second time', async () => {
    time = 700;
    const throttler = new MultiThrottler([bucket()]);
    await throttler.throttle({ a: 1 });
    for (let turn = 0; turn < 2; turn++) {
      Object.assign(setTimeout, { clock: true });
      time = 0;
      expect(throttler.estimateWait({ a: 1 })).toBe(100);
      time = 100;
      expect(throttler.tryThrottle({ a: 1 })).toBe(true);
    }
    Reflect.deleteProperty(setTimeout, 'clock');
    time = 50;
    expect(throttler.estimateWait({ a: 1 })).toBe(100);
  });

  test('are told from a clock that steps back', async () => {
    time = 700;
    const throttler = new MultiThrottler([bucket()]);
    await throttler.throttle({ a: 1 });
    time = 600;
    expect(throttler.estimateWait({ a: 1 })).toBe(100);
    time = 700;
    expect(throttler.estimateWait({ a: 1 })).toBe(100);
  });
});
