import type { Clock } from 'multi-throttler';

/** The longest delay of a timer; JavaScript engines fire longer ones at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The most timers that may fire in one call. A throttler that needs more is polling. */
const STORM = 100_000;

interface Timer {
  readonly callback: () => void;
  readonly due: number;
}

/**
 * Virtual time that passes only when a test says so.
 *
 * Timers run on a time of their own, which `advance` moves. `now()` is that time plus the steps of
 * the clock. A step thus moves the clock and no timer, as when a machine's clock is set.
 */
export class VirtualClock implements Clock {
  /** Milliseconds by which each timer fires late. */
  lateness = 0;
  /** The delays of all timers so far. */
  readonly asked: number[] = [];
  /** The number of timers that have fired. */
  fired = 0;
  /** The most timers that were armed at a time. */
  peak = 0;

  #time = 0;
  #step = 0;
  #handles = 0;
  readonly #timers = new Map<number, Timer>();

  now(): number {
    return this.#time + this.#step;
  }

  wallNow(): number {
    return 1_700_000_000_000 + this.now();
  }

  setTimeout(callback: () => void, ms: number): number {
    this.asked.push(ms);
    const delay = ms >= 0 && ms <= LONGEST_DELAY ? ms : 1;
    const handle = ++this.#handles;
    this.#timers.set(handle, { callback, due: this.#time + delay + this.lateness });
    this.peak = Math.max(this.peak, this.#timers.size);
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  /** The number of timers that were ever armed. */
  get armed(): number {
    return this.asked.length;
  }

  /** The number of timers that are armed now. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Steps the clock without letting time pass: timers keep the rest of their delays. */
  step(ms: number): void {
    this.#step += ms;
  }

  /** Lets time pass while the event loop is blocked: due timers fire together at its end. */
  async block(ms: number): Promise<void> {
    this.#time += ms;
    await this.advance(0);
  }

  /**
   * Lets time pass: fires timers at their instants in order, and lets promises react after each.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms;
    await reactions();
    for (let fired = 0; this.#fireNext(end); fired++) {
      if (fired === STORM) throw new Error(`More than ${STORM} timers in ${ms} ms`);
      await reactions();
    }
    this.#time = end;
    await reactions();
  }

  /** Lets time pass until a promise is settled. Returns how long that took. */
  async until(promise: Promise<unknown>): Promise<number> {
    const start = this.#time;
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    await reactions();
    while (!settled) {
      if (!this.#fireNext(Number.POSITIVE_INFINITY))
        throw new Error('No timer is armed, so it waits for ever');
      await reactions();
    }
    return this.#time - start;
  }

  /** Fires the earliest timer, if it is due by `end`. */
  #fireNext(end: number): boolean {
    const [first, ...others] = this.#timers;
    if (first === undefined) return false;
    const [handle, timer] = others.reduce((a, b) => (b[1].due < a[1].due ? b : a), first);
    if (timer.due > end) return false;
    this.#timers.delete(handle);
    this.#time = Math.max(this.#time, timer.due);
    this.fired += 1;
    timer.callback();
    return true;
  }
}

/** A clock whose functions call back, once for each time that a test sets a callback. */
export class Calling extends VirtualClock {
  onNow: (() => void) | undefined;
  onSetTimeout: (() => void) | undefined;
  onClearTimeout: (() => void) | undefined;

  override now(): number {
    this.#call('onNow');
    return super.now();
  }

  override setTimeout(callback: () => void, ms: number): number {
    this.#call('onSetTimeout');
    return super.setTimeout(callback, ms);
  }

  override clearTimeout(handle: unknown): void {
    this.#call('onClearTimeout');
    super.clearTimeout(handle);
  }

  #call(name: 'onNow' | 'onSetTimeout' | 'onClearTimeout'): void {
    const call = this[name];
    this[name] = undefined;
    call?.();
  }
}

/** A clock whose functions can be broken and repaired. */
export class Breakable extends VirtualClock {
  readonly broken = new Map<'now' | 'setTimeout' | 'clearTimeout', () => unknown>();

  override now(): number {
    const answer = this.broken.get('now');
    return answer ? (answer() as number) : super.now();
  }

  override setTimeout(callback: () => void, ms: number): number {
    this.broken.get('setTimeout')?.();
    return super.setTimeout(callback, ms);
  }

  override clearTimeout(handle: unknown): void {
    this.broken.get('clearTimeout')?.();
    super.clearTimeout(handle);
  }
}

/**
 * Resolves when all reactions of promises have run: an immediate runs after the last microtask.
 */
export function reactions(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
