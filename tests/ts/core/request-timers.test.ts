// Timers of edge runtimes, with contexts that end, stand still or settle promises of others. The
// test of real Workers is tests/packaging/workerd.test.mjs.

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

type Module = typeof import('../../../ts/core/timers/request.ts');

/** Calls of a throttler, which note what is done to a request. */
class Calls {
  readonly log: string[] = [];
  held = false;

  cancel(ticket: number): void {
    this.log.push(`cancel ${ticket}`);
  }

  flush(): void {
    this.log.push('flush');
  }

  waited(): number {
    return this.held ? 0 : -1;
  }

  release(ticket: number, refund: boolean): void {
    this.log.push(`release ${ticket}${refund ? ', refunded' : ''}`);
    this.held = false;
  }
}

/** Timers that a context has set; a context that ends takes its timers along. */
class Context {
  static readonly all: Context[] = [];
  static current: Context | undefined;
  readonly timers = new Map<number, { callback: () => void; due: number }>();

  constructor() {
    Context.all.push(this);
  }

  run<T>(work: () => T): T {
    const before = Context.current;
    Context.current = this;
    try {
      return work();
    } finally {
      Context.current = before;
    }
  }

  end(): void {
    this.timers.clear();
  }
}

let now: number;
let handles: number;

beforeEach(() => {
  now = 5000;
  handles = 0;
  Context.all.length = 0;
  Context.current = undefined;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.stubGlobal('setTimeout', (callback: () => void, ms: number) => {
    if (Context.current === undefined)
      throw new Error('Disallowed operation called within global scope');
    Context.current.timers.set(++handles, { callback, due: now + ms });
    return handles;
  });
  vi.stubGlobal('clearTimeout', (handle: number) => Context.current?.timers.delete(handle));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** The module as a runtime evaluates it. */
async function load(runtime: { workerd: boolean; staysInContext?: boolean }): Promise<Module> {
  vi.resetModules();
  if (runtime.workerd) {
    vi.stubGlobal('WebSocketPair', class {});
    const flag = runtime.staysInContext;
    vi.stubGlobal('Cloudflare', {
      compatibilityFlags: { handle_cross_request_promise_resolution: flag },
    });
  }
  return import('../../../ts/core/timers/request.ts');
}

/** Lets time pass: fires the timers of all contexts at their instants, except those in `still`. */
async function advance(ms: number, still: Context[] = []): Promise<void> {
  const end = now + ms;
  for (;;) {
    const running = Context.all.filter((context) => !still.includes(context));
    const timers = running.flatMap((context) =>
      [...context.timers].map(([handle, timer]) => ({ context, handle, ...timer })),
    );
    const [next] = timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due);
    if (next === undefined) break;
    now = Math.max(now, next.due);
    next.context.timers.delete(next.handle);
    next.context.run(next.callback);
    await reactions();
  }
  now = end;
}

async function reactions(): Promise<void> {
  for (let i = 0; i < 10; i++) await null;
}

/** A request that waits in a context of its own, and what becomes of it. */
function waiting(timers: InstanceType<Module['Timers']>, ticket: number) {
  const context = new Context();
  const calls = new Calls();
  let settle: () => void = () => {};
  const inner = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const tracked = context.run(() => timers.track(calls, ticket, true));
  if (tracked === undefined) throw new Error('not tracked');
  const state = { outcome: 'waiting', context: undefined as Context | undefined };
  context
    .run(() => tracked.own(inner))
    .then(
      () => Object.assign(state, { outcome: 'granted', context: Context.current }),
      ({ code }) => Object.assign(state, { outcome: code }),
    );
  const grant = () => {
    tracked.settled();
    settle();
  };
  return { context, calls, state, grant };
}

describe('the engine is called', () => {
  test('by the first request whose timer is due', async () => {
    const { Timers } = await load({ workerd: true, staysInContext: true });
    const timers = new Timers();
    const woken: number[] = [];
    timers.setTimeout(() => woken.push(now), 300);
    waiting(timers, 1);
    waiting(timers, 2);
    await advance(300);
    expect(woken).toEqual([5300]);
  });

  test('by another request when the context of the first has ended', async () => {
    const { Timers } = await load({ workerd: true, staysInContext: true });
    const timers = new Timers();
    const woken: number[] = [];
    timers.setTimeout(() => woken.push(now), 300);
    const first = waiting(timers, 1);
    waiting(timers, 2);
    first.context.end();
    await advance(300);
    expect(woken).toEqual([5300]);
  });

  test('in time when its timer is set to an earlier instant', async () => {
    const { Timers } = await load({ workerd: true, staysInContext: true });
    const timers = new Timers();
    const woken: number[] = [];
    waiting(timers, 1);
    await advance(100);
    timers.setTimeout(() => woken.push(now), 50);
    // The continuation runs in the context of the request.
    Context.current = Context.all[0];
    await reactions();
    Context.current = undefined;
    await advance(50);
    expect(woken).toEqual([5150]);
  });
});

describe('a request whose context has ended', () => {
  test('is withdrawn by the heartbeat of another', async () => {
    const { Timers } = await load({ workerd: true, staysInContext: true });
    const timers = new Timers();
    const ended = waiting(timers, 1);
    const other = waiting(timers, 2);
    ended.context.end();
    await advance(2500);
    expect(ended.calls.log).toEqual([]);
    await advance(2500);
    expect(ended.calls.log).toEqual(['cancel 1', 'flush']);
    expect(other.calls.log).toEqual([]);
  });

  test('is withdrawn by calls to any throttler', async () => {
    const { Timers, sweep } = await load({ workerd: true, staysInContext: true });
    const ended = waiting(new Timers(), 1);
    ended.context.end();
    now += 60_000;
    sweep();
    expect(ended.calls.log).toEqual([]);
    now += 250;
    sweep();
    expect(ended.calls.log).toEqual(['cancel 1', 'flush']);
  });

  test('gives its permit back', async () => {
    const { Timers, sweep } = await load({ workerd: true, staysInContext: true });
    const ended = waiting(new Timers(), 1);
    ended.calls.held = true;
    ended.grant();
    ended.context.end();
    for (let look = 0; look < 2; look++) {
      now += 60_000;
      sweep();
    }
    expect(ended.calls.log).toEqual(['release 1', 'flush']);
  });

  test('is refunded for a permit of which it was not told', async () => {
    const { Timers, sweep } = await load({ workerd: true, staysInContext: false });
    const ended = waiting(new Timers(), 1);
    ended.calls.held = true;
    ended.context.end();
    ended.grant();
    for (let look = 0; look < 2; look++) {
      now += 60_000;
      sweep();
    }
    expect(ended.calls.log).toEqual(['release 1, refunded', 'flush']);
  });
});

describe('a context that stands still', () => {
  test('loses nothing within two seconds', async () => {
    const { Timers } = await load({ workerd: true, staysInContext: true });
    const timers = new Timers();
    const stalled = waiting(timers, 1);
    waiting(timers, 2);
    await advance(2900, [stalled.context]);
    await advance(5000);
    expect([stalled.state.outcome, stalled.calls.log]).toEqual(['waiting', []]);
  });

  test('of a runtime that was busy loses nothing', async () => {
    const { Timers, sweep } = await load({ workerd: true, staysInContext: true });
    const timers = new Timers();
    const first = waiting(timers, 1);
    const second = waiting(timers, 2);
    // The timers of both are overdue, and a request comes in before they fire.
    now += 60_000;
    sweep();
    await advance(5000);
    expect([...first.calls.log, ...second.calls.log]).toEqual([]);
  });

  test('is told when its request was withdrawn', async () => {
    const { Timers } = await load({ workerd: true, staysInContext: true });
    const timers = new Timers();
    const stalled = waiting(timers, 1);
    waiting(timers, 2);
    await advance(6000, [stalled.context]);
    expect(stalled.calls.log).toEqual(['cancel 1', 'flush']);
    await advance(1);
    expect(stalled.state.outcome).toBe('WITHDRAWN');
  });
});

describe('a promise', () => {
  test('settles at once where it continues in its own context', async () => {
    for (const runtime of [{ workerd: false }, { workerd: true, staysInContext: true }]) {
      const { Timers } = await load(runtime);
      const { state, grant } = waiting(new Timers(), 1);
      grant();
      await reactions();
      expect(state.outcome).toBe('granted');
    }
  });

  test('settles in its own context where it would continue in that of another', async () => {
    const { Timers } = await load({ workerd: true, staysInContext: false });
    const { state, grant } = waiting(new Timers(), 1);
    new Context().run(grant);
    await reactions();
    expect(state.outcome).toBe('waiting');
    await advance(100);
    expect(state.outcome).toBe('granted');
  });
});

test('a module cannot wait, but hold a permit', async () => {
  const { Timers } = await load({ workerd: true, staysInContext: true });
  const timers = new Timers();
  const calls = new Calls();
  expect(() => timers.track(calls, 1, true)).toThrow(/global scope/);
  expect(calls.log).toEqual(['cancel 1', 'flush']);
  expect(timers.track(calls, 2, false)).toBeUndefined();
});

test('a request is tracked no longer than it waits or holds a permit', async () => {
  const { Timers } = await load({ workerd: true, staysInContext: true });
  const timers = new Timers();
  const { context, calls, grant } = waiting(timers, 1);
  calls.held = true;
  grant();
  await advance(5000);
  expect(context.timers.size).toBe(1);
  calls.held = false;
  await advance(1000);
  expect(context.timers.size).toBe(0);
});
