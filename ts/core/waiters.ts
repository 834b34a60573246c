import type { ThrottleCost } from '../config.js';
import { ThrottlerError, toThrottlerError } from '../errors.js';
import { AbortListeners } from './abort-listeners.js';
import { type Host, StoreHost } from './host.js';
import type { Idle } from './idle.js';
import { IdleWhen } from './idle-when.js';
import type { Listeners } from './listeners.js';
import { LEASE } from './protocol.js';
import { RequestIds } from './request-ids.js';
import type { RequestCalls, Timers, TrackedRequest } from './timers/timers.js';

/** A permit that is held for a limited time. */
interface Leased {
  /** To be called when the engine has released the permit. */
  expire(reason: unknown): void;
}

/** Resolves the promise of a waiter: with its grant, or with a promise that is rejected. */
type Resolve = (rejected?: Promise<never>) => void;

/** The calls that are made to the engine. */
interface Engine extends RequestCalls {
  /** Calls a method of protocol.ts. */
  call(method: number, first: unknown, second: unknown): unknown;
  /** Ends a permit, whose request turned out to cost this. */
  releaseAtCost(ticket: number, cost: ThrottleCost): void;
}

/**
 * The promises of waiting requests, by the index of the waiter: the lower 32 bits of its ticket.
 *
 * Only the resolving function of each promise is kept, which halves the memory of a waiter: it
 * rejects by resolving with a rejected promise. A waiter with a signal keeps both functions, as
 * rejecting directly is quicker.
 */
export class Waiters {
  readonly #idle: Idle;
  readonly #idleWhen = new IdleWhen();
  readonly #resolves: (Resolve | undefined)[] = [];
  /** Permits that are held for a limited time, by the index of their ticket. */
  readonly #leases = new Map<number, Leased>();
  readonly #ids = new RequestIds();
  readonly #listeners = new AbortListeners({
    cancel: (ticket) => {
      this.#engine?.cancel(ticket);
      this.#remove(ticket >>> 0);
    },
    flush: () => {
      this.#idle.resolveIfIdle();
      this.#engine?.flush();
    },
  });
  readonly #timers: Timers;
  /** The waiters of an edge runtime, by their index. */
  readonly #tracked: Map<number, TrackedRequest> | undefined;
  #engine: Engine | undefined;

  /** The error with which requests reject that are cleared, in place of the engine's error. */
  clearReason: unknown;

  /** Kept here, as they have to live as long as the waiters. */
  listeners: Listeners | undefined;

  /** To be given to the engine. */
  readonly host: Host;

  constructor(idle: Idle, timers: Timers) {
    this.#idle = idle;
    this.#timers = timers;
    this.#tracked = timers.track && new Map();
    this.host = new StoreHost(this, timers);
  }

  /** To be called with the engine that was given the host, before anything waits. */
  attach(engine: Engine): void {
    this.#engine = engine;
  }

  /**
   * Returns a promise for a waiter. When `signal` aborts, the waiter is cancelled and the promise
   * rejects with the reason of the signal.
   */
  add(ticket: number, signal: AbortSignal | undefined, id: string | undefined): Promise<void>;
  /**
   * Returns such a promise that resolves with the result of `grant`, which is called at the grant.
   */
  add<T>(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    grant: () => T | PromiseLike<T>,
  ): Promise<T>;
  add<T>(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    grant?: () => T,
  ): Promise<T | undefined> {
    const index = ticket >>> 0;
    const tracked = this.#track(ticket, true);
    if (id !== undefined) this.#ids.add(id, ticket);
    this.#idle.addWaiter();
    const promise = new Promise<unknown>(keepFunctions) as Promise<T | undefined>;
    const resolve = newResolve;
    const reject = newReject;
    // These variables must keep no promise alive.
    newResolve = nothing;
    newReject = nothing;
    // Filled up, as an array with holes is a slow one.
    while (this.#resolves.length < index) this.#resolves.push(undefined);
    this.#resolves[index] = grant === undefined ? resolve : granting(resolve, grant);
    if (tracked !== undefined) this.#tracked?.set(index, tracked);
    // Last, as a signal that is not the platform's may call the throttler.
    if (signal !== undefined) this.#listeners.add(index, ticket, signal, reject);
    return tracked === undefined ? promise : tracked.own(promise);
  }

  /** To be called for a permit that was granted at once. */
  trackPermit(ticket: number): void {
    if (this.#timers.track !== undefined) this.#track(ticket, false);
  }

  #track(ticket: number, isWaiting: boolean): TrackedRequest | undefined {
    const engine = this.#engine;
    if (engine === undefined || this.#timers.track === undefined) return undefined;
    const calls = {
      cancel: (ticket: number) => {
        engine.cancel(ticket);
        this.#remove(ticket >>> 0);
        this.#listeners.remove(ticket >>> 0);
      },
      flush: () => {
        this.#idle.resolveIfIdle();
        engine.flush();
      },
      waited: (ticket: number) => engine.waited(ticket),
      release: (ticket: number, refund: boolean) => this.release(ticket, refund),
    };
    return this.#timers.track(calls, ticket, isWaiting);
  }

  /**
   * Withdraws the waiter that was given this id; its promise rejects with `reason`. Returns whether
   * there was one.
   */
  cancel(id: string, reason: unknown): boolean {
    const ticket = this.ticketOf(id);
    if (ticket === undefined) return false;
    const index = ticket >>> 0;
    this.#engine?.cancel(ticket);
    const resolve = this.#remove(index);
    resolve?.(
      Promise.reject(reason ?? new ThrottlerError('The request was cancelled', 'CANCELLED')),
    );
    this.#listeners.remove(index);
    this.#idle.resolveIfIdle();
    this.#engine?.flush();
    return true;
  }

  get hasWaiters(): boolean {
    return !this.#idle.isIdle;
  }

  /** Returns a promise that resolves when nothing waits. */
  idle(): Promise<void> {
    const promise = this.#idle.wait();
    if (this.#idle.isIdle) return promise;
    const tracked = this.#track(NO_TICKET, true);
    if (tracked === undefined) return promise;
    return tracked.own(promise.then(() => tracked.settled()));
  }

  /** Returns a promise that resolves when a condition of waiters and permits holds. */
  idleWhen(isIdle: () => boolean): Promise<void> {
    const promise = this.#idleWhen.wait(isIdle);
    const tracked = this.#track(NO_TICKET, true);
    if (tracked === undefined) return promise;
    return tracked.own(promise.then(() => tracked.settled()));
  }

  /** Limits how long a permit is held: `permit` expires when it was held for `timeout` ms. */
  lease(ticket: number, timeout: number, permit: Leased): void {
    this.#leases.set(ticket >>> 0, permit);
    this.#engine?.call(LEASE, ticket, timeout);
  }

  /** Releases the permit of a ticket. */
  release(ticket: number, refund: boolean): void {
    this.#forgetLease(ticket);
    try {
      this.#engine?.release(ticket, refund);
    } finally {
      // If a clock fails, the permit is released all the same.
      this.#idleWhen.changed();
    }
  }

  /** Releases the permit of a ticket, whose request turned out to cost this. */
  releaseAtCost(ticket: number, cost: ThrottleCost): void {
    this.#forgetLease(ticket);
    try {
      this.#engine?.releaseAtCost(ticket, cost);
    } finally {
      this.#idleWhen.changed();
    }
  }

  /** Before the release of its permit, after which another one may have its index. */
  #forgetLease(ticket: number): void {
    if (this.#leases.size > 0) this.#leases.delete(ticket >>> 0);
  }

  /** To be called when permits were released, or all requests have left. */
  changed(): void {
    this.#idleWhen.changed();
  }

  /** Returns the ticket of the waiter that was given this id. */
  ticketOf(id: string): number | undefined {
    return this.#ids.ticketOf(id);
  }

  /** Settles the promise of the waiter at `index`: called by the engine, through the host. */
  settle(index: number, error: unknown): void {
    const resolve = this.#remove(index);
    if (resolve === undefined && error !== undefined) this.#expire(index, error);
    resolve?.(error === undefined ? undefined : Promise.reject(this.#reasonFor(error)));
    this.#idle.resolveIfIdle();
    // Last, for the same reason as in `add`.
    this.#listeners.remove(index);
  }

  #expire(index: number, error: unknown): void {
    const permit = this.#leases.get(index);
    if (permit === undefined) return;
    this.#leases.delete(index);
    this.#idleWhen.changed();
    const reason = toThrottlerError(error);
    // Listeners of the signal may call the throttler, which the engine must not see here.
    Promise.resolve().then(() => permit.expire(reason));
  }

  #remove(index: number): Resolve | undefined {
    const resolve = this.#resolves[index];
    if (resolve === undefined) return undefined;
    this.#resolves[index] = undefined;
    this.#ids.remove(index);
    this.#idle.removeWaiter();
    this.#idleWhen.changed();
    this.#tracked?.get(index)?.settled();
    this.#tracked?.delete(index);
    return resolve;
  }

  #reasonFor(error: unknown): unknown {
    const { code } = error as { code?: unknown };
    const wasCleared = code === 'CLEARED' || code === 'CLOSED';
    return (wasCleared ? this.clearReason : undefined) ?? toThrottlerError(error);
  }
}

/** The ticket of what no engine knows. */
const NO_TICKET = -1;

const nothing = (): void => {};

/**
 * The functions of the promise that is being made. One executor serves all promises, as one for
 * each takes memory.
 */
let newResolve: (value?: unknown) => void = nothing;
let newReject: (reason: unknown) => void = nothing;
const keepFunctions = (
  resolve: (value?: unknown) => void,
  reject: (reason: unknown) => void,
): void => {
  newResolve = resolve;
  newReject = reject;
};

/**
 * Returns a function that resolves with the result of `grant`. Apart from `add`, which would
 * otherwise allocate a context for the captured variables at each call.
 */
function granting(resolve: (value: unknown) => void, grant: () => unknown): Resolve {
  return (rejected) => resolve(rejected ?? grant());
}
