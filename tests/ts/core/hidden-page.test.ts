// Timers of a page, with a document and a worker that do what a test says. Those of real browsers:
// tests/packaging/hidden.test.mjs.

import { MultiThrottler, ThrottleRule } from 'multi-throttler';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

/**
 * A message from the package to the worker: a timer's id, and if it is set, its delay and the time.
 */
type Message = [id: number, ms?: number, sentAt?: number];

/** The first id is the one by which the package looks whether it still needs the worker. */
const CHECK = 0;

class FakeWorker {
  static started: FakeWorker[] = [];
  static failure: Error | undefined;

  readonly messages: Message[] = [];
  terminated = false;
  onmessage: ((event: { data: number }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;

  constructor() {
    if (FakeWorker.failure) throw FakeWorker.failure;
    FakeWorker.started.push(this);
  }

  postMessage(message: Message): void {
    this.messages.push(message);
  }

  terminate(): void {
    this.terminated = true;
  }

  /** The timers that are set, by their ids. */
  get timers(): Map<number, number> {
    const timers = new Map<number, number>();
    for (const [id, ms] of this.messages) {
      if (ms === undefined) timers.delete(id);
      else timers.set(id, ms);
    }
    timers.delete(CHECK);
    return timers;
  }

  fire(id: number): void {
    this.onmessage?.({ data: id });
  }
}

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
  listeners = 0;

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }

  become(visibility: string): void {
    this.visibilityState = visibility;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let page: FakeDocument;
let now: number;
/** The page's own timers, which fire when a test says so. */
let own: Map<number, () => void>;
let warn: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  page = new FakeDocument();
  now = 1000;
  own = new Map();
  FakeWorker.started = [];
  FakeWorker.failure = undefined;
  let handles = 0;
  vi.stubGlobal('document', page);
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('setTimeout', (callback: () => void) => {
    own.set(++handles, callback);
    return handles;
  });
  vi.stubGlobal('clearTimeout', (handle: number) => own.delete(handle));
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
});

afterEach(() => {
  // The worker is one of the realm, which outlives a test.
  page.become('visible');
  for (const worker of FakeWorker.started) {
    for (let checks = 0; checks < 2; checks++) worker.fire(CHECK);
  }
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const worker = () => FakeWorker.started.at(-1);

/** A throttler with a request that waits 100 ms. */
async function waiting(config?: ConstructorParameters<typeof MultiThrottler>[1]) {
  const throttler = new MultiThrottler([new ThrottleRule('a', 1, 1 / 100)], config);
  await throttler.throttle({ a: 1 });
  let granted = 0;
  const grant = throttler.throttle({ a: 1 }).then(
    () => granted++,
    () => {},
  );
  return { throttler, grant, granted: () => granted };
}

test('a visible page starts no worker', async () => {
  const { grant } = await waiting();
  expect(page.listeners).toBe(1);
  now += 100;
  for (const fire of own.values()) fire();
  await grant;
  expect([FakeWorker.started.length, page.listeners]).toEqual([0, 0]);
});

test('a hidden page waits by the worker', async () => {
  page.become('hidden');
  const { grant } = await waiting();
  const [[id, ms] = []] = worker()?.timers ?? [];
  expect(ms).toBe(100);
  now += 100;
  worker()?.fire(id as number);
  await grant;
  expect(own.size).toBe(0);
});

test('an armed timer moves to the worker when its page is hidden', async () => {
  const { grant, throttler } = await waiting();
  now += 30;
  page.become('hidden');
  expect([...(worker()?.timers.values() ?? [])]).toEqual([70]);
  throttler.close();
  await grant;
  expect(worker()?.timers.size).toBe(0);
  expect([own.size, page.listeners]).toEqual([0, 0]);
});

test('a timer that is overdue when its page is hidden fires at once', async () => {
  const { throttler } = await waiting();
  now += 500;
  page.become('hidden');
  expect([...(worker()?.timers.values() ?? [])]).toEqual([0]);
  throttler.close();
});

test('the second of a timer and its twin in the worker wakes nobody', async () => {
  page.become('hidden');
  const { grant, granted } = await waiting();
  const [[id] = []] = worker()?.timers ?? [];
  now += 100;
  for (const fire of own.values()) fire();
  await grant;
  const set = worker()?.messages.length;
  worker()?.fire(id as number);
  await null;
  expect([granted(), worker()?.messages.length]).toEqual([1, set]);
});

test('throttlers of a page share one worker', async () => {
  page.become('hidden');
  const { throttler } = await waiting();
  const { throttler: other } = await waiting();
  expect([FakeWorker.started.length, worker()?.timers.size]).toEqual([1, 2]);
  throttler.close();
  other.close();
});

describe('the worker', () => {
  test('ends when no timer has needed it from one check to the next', async () => {
    page.become('hidden');
    const { throttler } = await waiting();
    throttler.close();
    worker()?.fire(CHECK);
    expect(worker()?.terminated).toBe(false);
    worker()?.fire(CHECK);
    expect(worker()?.terminated).toBe(true);
  });

  test('stays while a hidden page has a timer armed', async () => {
    page.become('hidden');
    const { throttler } = await waiting();
    for (let checks = 0; checks < 5; checks++) worker()?.fire(CHECK);
    expect(worker()?.terminated).toBe(false);
    throttler.close();
  });

  test('ends when the page is visible again, and starts anew when it is hidden', async () => {
    page.become('hidden');
    const { throttler } = await waiting();
    page.become('visible');
    for (let checks = 0; checks < 2; checks++) worker()?.fire(CHECK);
    expect(worker()?.terminated).toBe(true);
    page.become('hidden');
    expect([FakeWorker.started.length, worker()?.timers.size]).toEqual([2, 1]);
    throttler.close();
  });
});

describe('without a worker', () => {
  test('the page waits by its own timers, and says so once', async () => {
    page.become('hidden');
    let attempts = 0;
    const timerWorker = () => {
      attempts++;
      throw new Error('forbidden');
    };
    for (let n = 0; n < 2; n++) {
      const { grant } = await waiting({ timerWorker });
      now += 100;
      for (const fire of own.values()) fire();
      await grant;
    }
    expect(attempts).toBe(1);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/grants are late/), new Error('forbidden')],
    ]);
  });

  test('one that fails later leaves nothing waiting', async () => {
    page.become('hidden');
    const timerWorker = () => new FakeWorker();
    const { grant } = await waiting({ timerWorker });
    worker()?.onerror?.(new Event('error'));
    expect(worker()?.terminated).toBe(true);
    now += 100;
    for (const fire of own.values()) fire();
    await grant;
    await waiting({ timerWorker }).then(({ throttler }) => throttler.close());
    expect(FakeWorker.started.length).toBe(1);
  });
});

describe('no worker is started', () => {
  test('in a document that is not shown yet, as those of jsdom', async () => {
    page.become('prerender');
    const { throttler } = await waiting();
    expect(FakeWorker.started.length).toBe(0);
    throttler.close();
  });

  test('where there are no workers', async () => {
    vi.stubGlobal('Worker', undefined);
    page.become('hidden');
    const { throttler } = await waiting();
    expect([page.listeners, own.size, warn.mock.calls.length]).toEqual([0, 1, 0]);
    throttler.close();
    expect(own.size).toBe(0);
  });

  test('for fake timers', async () => {
    page.become('hidden');
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
    vi.stubGlobal('document', page);
    vi.stubGlobal('Worker', FakeWorker);
    vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
    try {
      const { grant, granted } = await waiting();
      await vi.advanceTimersByTimeAsync(99);
      expect(granted()).toBe(0);
      await vi.advanceTimersByTimeAsync(1);
      await grant;
      expect(FakeWorker.started.length).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

test('what starts the worker has to be a function', () => {
  expect(() => new MultiThrottler([], { timerWorker: 'worker.js' as never })).toThrow(
    /timerWorker must be a function that makes a worker/,
  );
});

test("the worker's text: sets, cancels and answers, and counts the time of its start", async () => {
  const { TIMER_WORKER } = await import('../../../ts/core/timers/worker-source.ts');
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useFakeTimers({ toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout'] });
  try {
    const answers: number[] = [];
    const scope: { onmessage?: (event: { data: Message }) => void } = {};
    const run = new Function('scope', 'postMessage', `with (scope) { ${TIMER_WORKER} }`);
    run(Object.assign(scope, { onmessage: undefined }), (id: number) => answers.push(id));
    const post = (...data: Message) => scope.onmessage?.({ data });

    post(1, 100, Date.now());
    post(2, 100, Date.now() - 40);
    post(3, 100, Date.now() - 5000);
    // The clock was set back in between.
    post(4, 100, Date.now() + 5000);
    post(5, 100, Date.now());
    post(5);
    vi.advanceTimersByTime(0);
    expect(answers).toEqual([3]);
    vi.advanceTimersByTime(60);
    expect(answers).toEqual([3, 2]);
    vi.advanceTimersByTime(40);
    expect(answers).toEqual([3, 2, 1, 4]);
  } finally {
    vi.useRealTimers();
  }
});
