import type { Clock } from 'multi-throttler';

/** Beyond this, every JavaScript engine fires a timer at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** No test has reason to fire so many in one go; whoever does polls. */
const STORM = 100_000;

interface Timer {
  readonly callback: () => void;
  readonly due: number;
}

/**
 * Time that passes only when a test says so.
 *
 * Timers run on a time of their own, which `advance` moves; `now()` is that time plus what the clock was stepped by.
 * So a step moves the clock and no timer, as when a machine's clock is set.
 */
export class VirtualClock implements Clock {
  /** How many milliseconds later than asked each timer fires. */
  lateness = 0;
  /** The delay of each timer that was ever armed. */
  readonly asked: number[] = [];
  /** How many timers have fired. */
  fired = 0;
  /** The most timers that were armed at the same time. */
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

  /** How many timers were ever armed. */
  get armed(): number {
    return this.asked.length;
  }

  /** How many timers are armed now. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves the clock without letting time pass: timers keep what is left of their delays. */
  step(ms: number): void {
    this.#step += ms;
  }

  /** Lets time pass while the event loop is blocked: what is due fires at the end of it, all at once. */
  async block(ms: number): Promise<void> {
    this.#time += ms;
    await this.advance(0);
  }

  /** Lets time pass: fires timers at their instants, in their order, and lets promises react after each. */
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

  /** Lets time pass until a promise is settled, and returns how long that took. */
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

/** A clock that calls back out of one of its functions, once for each time it is told to. */
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

/** A clock of which any function can be broken and mended. */
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

/** Resolves when all that promises have set off is done; an immediate runs when no microtask is left. */
export function reactions(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
