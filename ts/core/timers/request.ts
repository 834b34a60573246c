import { ThrottlerError } from '../../errors.js';
import type { Timers as AnyTimers, RequestCalls, TrackedRequest } from './timers.js';

// Timers of edge runtimes. Cloudflare Workers run each request in a context of its own. Its timers
// end with it, and the runtime ends a context that awaits a promise but has no timer and no other
// work left. So the timer of one request cannot wake a throttler for which others wait too.
//
// Here the engine's timer is an instant and a callback that no context owns. Each waiting request
// keeps a timer in its own context, its heartbeat, for that instant or `HEARTBEAT` from now. The
// first heartbeat at the instant calls the engine. A request whose heartbeat stays away has lost
// its context, and another heartbeat withdraws it. docs/internals/lifetime.md has the whole rule.

declare const WebSocketPair: unknown;
declare const Cloudflare: { compatibilityFlags?: Record<string, boolean> } | undefined;

/**
 * Whether a promise continues in the context that awaits it, whichever context settles it. Before
 * the compatibility date 2024-10-14 Cloudflare Workers continue in the context that settles it,
 * which must not use anything of the other one. There, heartbeats deliver what is settled.
 */
const staysInContext =
  typeof WebSocketPair === 'undefined' ||
  (typeof Cloudflare !== 'undefined' &&
    Cloudflare.compatibilityFlags?.handle_cross_request_promise_resolution === true);

/** The most milliseconds between two heartbeats. */
const HEARTBEAT = 1000;
/** The most milliseconds between two heartbeats that deliver. */
const DELIVERY = 100;
/** A heartbeat is missed when it is so many milliseconds late. */
const GRACE = 2000;
/** The least milliseconds between two looks for missed heartbeats. */
const SWEEP_INTERVAL = 250;

/** The requests of all throttlers that wait or hold a permit. */
const tracked = new Set<Tracked>();
let nextSweep = 0;

class Tracked implements TrackedRequest {
  readonly timers: Timers;
  readonly #calls: RequestCalls;
  readonly #ticket: number;
  #isWaiting: boolean;
  #timer: unknown;
  /** The instant of the next heartbeat, by `performance.now()`. */
  #due = 0;
  /** Brings the heartbeat forward, in the context of the request. */
  #hurry: (() => void) | undefined;
  /** Settles the promise of the request, in its own context. */
  #deliver: ((rejected?: Promise<never>) => void) | undefined;
  #isMissed = false;
  #isWithdrawn = false;

  constructor(timers: Timers, calls: RequestCalls, ticket: number, isWaiting: boolean) {
    this.timers = timers;
    this.#calls = calls;
    this.#ticket = ticket;
    this.#isWaiting = isWaiting;
    this.#arm();
    tracked.add(this);
  }

  own<T>(promise: Promise<T>): Promise<T> {
    // It may reject before it is delivered, and is awaited only then.
    promise.catch(() => {});
    return new Promise((resolve) => {
      this.#deliver = (rejected) => resolve(rejected ?? promise);
      if (staysInContext) promise.then(resolve, () => resolve(promise));
    });
  }

  settled(): void {
    this.#isWaiting = false;
    if (staysInContext && !this.#isHeld()) tracked.delete(this);
  }

  #isHeld(): boolean {
    return this.#calls.waited(this.#ticket) >= 0;
  }

  /** Sets the timer of the next heartbeat, in the context that calls it. */
  #arm(): void {
    const now = performance.now();
    const longest = staysInContext || !this.#isWaiting ? HEARTBEAT : DELIVERY;
    const delay = Math.min(Math.max(0, this.timers.due - now), longest);
    this.#timer = setTimeout(() => this.#beat(), delay);
    this.#due = now + delay;
    if (!staysInContext || this.#hurry !== undefined) return;
    new Promise<void>((resolve) => {
      this.#hurry = resolve;
    }).then(() => {
      this.#hurry = undefined;
      clearTimeout(this.#timer as number);
      if (tracked.has(this)) this.#arm();
    });
  }

  #beat(): void {
    this.#isMissed = false;
    if (this.#isWithdrawn) {
      this.#deliver?.(Promise.reject(withdrawn()));
      return;
    }
    try {
      this.timers.wake();
      sweep();
    } finally {
      const isHeld = this.#isHeld();
      if (!this.#isWaiting) {
        this.#deliver?.();
        this.#deliver = undefined;
      }
      if (this.#isWaiting || isHeld) this.#arm();
      else tracked.delete(this);
    }
  }

  /** Sees to it that the next heartbeat comes by `due`. */
  hurry(due: number): void {
    if (this.#due > due) this.#hurry?.();
  }

  /**
   * Withdraws the request if its heartbeat has been missed in two looks. In the first, the runtime
   * may have been busy, and the heartbeat is next in the event loop.
   */
  withdrawIfMissed(now: number): void {
    const wasMissed = this.#isMissed;
    this.#isMissed = now - this.#due > GRACE;
    if (!this.#isMissed || !wasMissed) return;
    tracked.delete(this);
    this.#isWithdrawn = true;
    if (this.#isWaiting) this.#calls.cancel(this.#ticket);
    // With a permit that was not delivered nothing was sent.
    else this.#calls.release(this.#ticket, !staysInContext && this.#deliver !== undefined);
    this.#calls.flush();
  }
}

/** The rejection of a request that was withdrawn although its context had not ended. */
const withdrawn = () =>
  new ThrottlerError(
    'The request was withdrawn, as its context did not run for seconds. Nothing was granted.',
    'WITHDRAWN',
  );

/** Withdraws the requests that have lost their contexts. */
export function sweep(): void {
  if (tracked.size === 0) return;
  const now = performance.now();
  if (now < nextSweep) return;
  nextSweep = now + SWEEP_INTERVAL;
  for (const request of tracked) request.withdrawIfMissed(now);
}

/** The engine's timer as an instant, and the requests whose heartbeats look at it. */
export class Timers implements AnyTimers {
  /** The instant of the timer, by `performance.now()`. */
  due = Number.POSITIVE_INFINITY;
  #callback: (() => void) | undefined;

  setTimeout(callback: () => void, ms: number): unknown {
    this.#callback = callback;
    this.due = performance.now() + ms;
    for (const request of tracked) if (request.timers === this) request.hurry(this.due);
    return undefined;
  }

  clearTimeout(): void {
    this.#callback = undefined;
    this.due = Number.POSITIVE_INFINITY;
  }

  /** Calls the engine if its timer is due. */
  wake(): void {
    if (performance.now() < this.due) return;
    const callback = this.#callback;
    this.clearTimeout();
    callback?.();
  }

  track(calls: RequestCalls, ticket: number, isWaiting: boolean): TrackedRequest | undefined {
    sweep();
    try {
      return new Tracked(this, calls, ticket, isWaiting);
    } catch (error) {
      // A module cannot set timers, so nothing can wait in it. Its permits need none, as it never
      // ends.
      if (!isWaiting) return undefined;
      calls.cancel(ticket);
      calls.flush();
      throw error;
    }
  }
}
