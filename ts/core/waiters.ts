import { typed } from '../errors.js';
import { Signals } from './abort.js';
import type { Timers } from './timers/page.js';
import { weak } from './weak.js';

/** Resolves a waiting promise with its grant, or with a promise that is rejected. */
type Resolve = (rejected?: Promise<never>) => void;

const nothing = (): void => {};

/** The functions of the promise that is being made: one executor for all, as one for each takes memory. */
let resolveNew: (value?: unknown) => void = nothing;
let rejectNew: (reason: unknown) => void = nothing;
const keepBoth = (resolve: (value?: unknown) => void, reject: (reason: unknown) => void): void => {
  resolveNew = resolve;
  rejectNew = reject;
};

/** Resolves with what `grant` makes. By itself, as what a function captures is allocated at each call of what is around it. */
function granting(resolve: (value: unknown) => void, grant: () => unknown): Resolve {
  return (rejected) => resolve(rejected ?? grant());
}

/** What the promises need of the engine. */
interface Queue {
  /** Takes a request out, by its ticket. */
  cancel(ticket: number): void;
  /** Lets those go whom a request that was taken out had blocked. */
  flush(): void;
}

/** What calls the throttler's promises: what `Promises` hands to the engine. */
interface Host {
  /** Called for each request that waits no longer. Returns whether all went well. */
  settle(index: number, error: unknown): boolean;
  /** What was thrown in the call of `settle` before. */
  failure(): unknown;
  /** Called when a timer is armed that is to settle some, and when there is none any more. */
  hold(armed: boolean): void;
  /** Timers, where the clock is the system's. */
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/**
 * Holds the promises only while a timer is armed: the engine's references are never collected, and what waits for ever,
 * or for a caller who is gone, must be. A promise reaches all that goes on when it is settled, mostly the throttler too.
 */
function hostOf(promises: Promises, timers: Timers): Host {
  const ref = weak(promises);
  let held: Promises | undefined;
  let failure: unknown;
  return {
    settle(index, error) {
      try {
        (held ?? ref.deref())?.settle(index, error);
        return true;
      } catch (thrown) {
        // By a signal that is not the platform's.
        failure = thrown;
        return false;
      }
    },
    failure() {
      const thrown = failure;
      failure = undefined;
      return thrown;
    },
    hold(armed) {
      held = armed ? ref.deref() : undefined;
    },
    setTimeout: (callback, ms) => timers.setTimeout(callback, ms),
    clearTimeout: (handle) => timers.clearTimeout(handle),
  };
}

/** What keeps promises alive while somebody can call their engine: the throttler, a permit. */
const promisesOf = new WeakMap<object, Promises>();

/**
 * The promises of waiting requests, kept at the index of each request's ticket: its lower 32 bits.
 *
 * Only the resolving function of each is kept, half of what a promise costs to hold: to reject, a promise is resolved
 * with a rejected one. Those of requests with a signal can be rejected themselves, which is quicker.
 */
export class Promises {
  readonly #resolves: (Resolve | undefined)[] = [];
  readonly #signals = new Signals({
    leave: (ticket) => {
      this.#queue?.cancel(ticket);
      this.#take(ticket >>> 0);
    },
    left: () => {
      this.#wakeIdle();
      this.#queue?.flush();
    },
  });
  /** The tickets of requests that were given an id: of equal ones the latest. */
  readonly #ticketOf = new Map<string, number>();
  readonly #idOf = new Map<number, string>();
  #waiting = 0;
  /** Requests that are being submitted: they may wait already, without a promise. */
  #submitting = 0;
  #whenIdle: (() => void)[] = [];

  /** What requests reject with in place of the engine's error when they are cleared. */
  reason: Error | undefined;

  readonly host: Host;
  #queue: Queue | undefined;

  constructor(timers: Timers) {
    this.host = hostOf(this, timers);
  }

  /** To be called with the engine that was given the host. */
  serve(queue: Queue): void {
    this.#queue = queue;
    promisesOf.set(queue, this);
  }

  /** To be called before a request is submitted. Whether it is submitted while another one is. */
  begin(): boolean {
    return this.#submitting++ > 0;
  }

  /** To be called when a request that was submitted has its promise, or needs none. */
  end(): void {
    this.#submitting--;
    if (this.#whenIdle.length > 0) this.#wakeIdle();
  }

  /** A promise for a waiting request. When `signal` aborts, the request leaves the queue and the promise rejects. */
  wait(ticket: number, signal: AbortSignal | undefined, id: string | undefined): Promise<void>;
  /** The same, resolved with what `grant` makes. */
  wait<T>(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    grant: () => T,
  ): Promise<T>;
  wait<T>(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    grant?: () => T,
  ): Promise<T | undefined> {
    const index = ticket >>> 0;
    if (id !== undefined) {
      this.#ticketOf.set(id, ticket);
      this.#idOf.set(index, id);
    }
    this.#waiting++;
    const promise = new Promise<unknown>(keepBoth) as Promise<T | undefined>;
    const resolve = resolveNew;
    const reject = rejectNew;
    // Nothing is to be kept alive here.
    resolveNew = nothing;
    rejectNew = nothing;
    this.#resolves[index] = grant === undefined ? resolve : granting(resolve, grant);
    // Last, for a signal that is not the platform's may come back into the throttler.
    if (signal !== undefined) this.#signals.listen(index, ticket, signal, reject);
    return promise;
  }

  /** The ticket of the waiting request that was given this id. */
  ticketOf(id: string): number | undefined {
    return this.#ticketOf.get(id);
  }

  /** Resolves when nothing waits. */
  idle(): Promise<void> {
    if (this.#waiting === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  /** What became of a request that waits no longer. */
  settle(index: number, error: unknown): void {
    const resolve = this.#take(index);
    resolve?.(error === undefined ? undefined : Promise.reject(this.#errorFor(error)));
    this.#wakeIdle();
    // Last, for the same reason as in `wait`.
    this.#signals.forget(index);
  }

  /** Of a request that waits no longer. */
  #take(index: number): Resolve | undefined {
    const resolve = this.#resolves[index];
    if (resolve === undefined) return undefined;
    this.#resolves[index] = undefined;
    if (this.#idOf.size > 0) this.#forgetId(index);
    this.#waiting--;
    return resolve;
  }

  #wakeIdle(): void {
    if (this.#waiting > 0 || this.#submitting > 0) return;
    for (const whenIdle of this.#whenIdle.splice(0)) whenIdle();
  }

  #forgetId(index: number): void {
    const id = this.#idOf.get(index);
    if (id === undefined) return;
    this.#idOf.delete(index);
    // A later request may have taken the id over.
    if ((this.#ticketOf.get(id) as number) >>> 0 === index) this.#ticketOf.delete(id);
  }

  #errorFor(error: unknown): unknown {
    const { code } = error as { code?: unknown };
    return (code === 'CLEARED' || code === 'CLOSED' ? this.reason : undefined) ?? typed(error);
  }
}
