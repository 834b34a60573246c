import type { TimerWorker } from '../../config.js';
import type { Timers as AnyTimers, RequestCalls, TrackedRequest } from './timers.js';
import { TIMER_WORKER } from './worker-source.js';

// Browsers slow the timers of a hidden page down to one a second, and Chromium after five minutes
// to one a minute, but not those of a worker. While the page is hidden, each timer therefore also
// runs in one worker that all throttlers of the page share, and the first of the two wakes the
// throttler. The worker starts when it is first needed, and ends when it is not needed any more.

type StartWorker = () => TimerWorker;

/** A timer that also runs in the worker while the page is hidden. */
interface PageTimer {
  readonly id: number;
  readonly callback: () => void;
  /** When it is due, by `performance.now()`. */
  readonly due: number;
  /** The page's own timer. */
  readonly own: unknown;
  readonly start: StartWorker;
}

/** Milliseconds between two checks whether the worker is still needed. */
const CHECK_INTERVAL = 2000;
/** Id of the worker's timer for the checks. */
const CHECK = 0;

let lastId = CHECK;
/** The armed timers of the page, by their ids. */
const armed = new Map<unknown, PageTimer>();
let worker: TimerWorker | undefined;
/** Whether the worker was given a timer since the last check. */
let isUsed = false;
/** Functions that failed to start a worker. */
const failed = new Set<StartWorker>();

/** Starts a worker from text, so that no bundler and no server has to know of it. */
const startFromText: StartWorker = () => new Worker(URL.createObjectURL(new Blob([TIMER_WORKER])));

const isHidden = (): boolean => document.visibilityState === 'hidden';

function disarm(timer: PageTimer): void {
  armed.delete(timer.id);
  if (armed.size === 0) document.removeEventListener('visibilitychange', moveToWorker);
  clearTimeout(timer.own as number);
  worker?.postMessage([timer.id]);
}

function fire(id: unknown): void {
  const timer = armed.get(id);
  if (timer === undefined) return;
  disarm(timer);
  timer.callback();
}

function runInWorker({ id, due, start }: PageTimer): void {
  if (worker === undefined) startWorker(start);
  postTimer(id, Math.max(0, due - performance.now()));
  isUsed = true;
}

function postTimer(id: number, ms: number): void {
  worker?.postMessage([id, ms, Date.now()]);
}

function moveToWorker(): void {
  if (isHidden()) armed.forEach(runInWorker);
}

function startWorker(start: StartWorker): void {
  if (failed.has(start)) return;
  try {
    worker = start();
    worker.onmessage = ({ data }) => (data === CHECK ? endUnlessNeeded() : fire(data));
    // A content security policy that forbids the worker makes it fail only after it has started.
    worker.onerror = (event) => fail(start, event);
    postTimer(CHECK, CHECK_INTERVAL);
  } catch (error) {
    fail(start, error);
  }
}

/** The page's own timers are armed in any case, so grants are late for it and never lost. */
function fail(start: StartWorker, reason: unknown): void {
  if (failed.size === 0) {
    console.warn(
      'multi-throttler: this page could start no worker, so its grants are late while it is hidden. ' +
        'Allow `worker-src blob:` or set `timerWorker`.',
      reason,
    );
  }
  failed.add(start);
  end();
}

function endUnlessNeeded(): void {
  if (isUsed || (isHidden() && armed.size > 0)) {
    isUsed = false;
    postTimer(CHECK, CHECK_INTERVAL);
  } else {
    end();
  }
}

function end(): void {
  worker?.terminate();
  worker = undefined;
}

/** Withdraws the requests that have lost their contexts, where there are such: see request.ts. */
export function sweep(): void {}

/** The timers of one throttler. */
export class Timers implements AnyTimers {
  declare readonly track?: (
    calls: RequestCalls,
    ticket: number,
    isWaiting: boolean,
  ) => TrackedRequest | undefined;
  readonly #start: StartWorker;

  /** @param start starts the worker; by default it is made from the package's own text */
  constructor(start: StartWorker = startFromText) {
    this.#start = start;
  }

  setTimeout(callback: () => void, ms: number): unknown {
    // Looked up at each call: tests install documents and fake timers, and remove them again. Fake
    // timers, which have a `clock`, do not run in a worker.
    const isPage = typeof document !== 'undefined' && typeof Worker !== 'undefined';
    if (!isPage || 'clock' in setTimeout) return setTimeout(callback, ms);
    const id = ++lastId;
    const timer = {
      id,
      callback,
      due: performance.now() + ms,
      own: setTimeout(() => fire(id), ms),
      start: this.#start,
    };
    if (armed.size === 0) document.addEventListener('visibilitychange', moveToWorker);
    armed.set(id, timer);
    if (isHidden()) runInWorker(timer);
    return timer;
  }

  clearTimeout(handle: unknown): void {
    const timer = armed.get((handle as PageTimer | undefined)?.id);
    if (timer !== undefined && timer === handle) disarm(timer);
    else clearTimeout(handle as number);
  }
}
