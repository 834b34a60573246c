import { typed } from './errors.js';

/** Resolves a waiting promise with its grant, or with a promise that is rejected. */
type Resolve = (rejected?: Promise<never>) => void;

const nothing = (): void => {};

/** The resolving function of the promise that is being made: one executor for all, as one for each takes memory. */
let resolveNew: (value?: unknown) => void = nothing;
const keepResolve = (resolve: (value?: unknown) => void): void => {
  resolveNew = resolve;
};

/** Takes it, so that nothing is kept alive here. */
function takeResolve(): (value?: unknown) => void {
  const resolve = resolveNew;
  resolveNew = nothing;
  return resolve;
}

/** What the promises need of the engine. */
interface Queue {
  /** Takes a request out, by its ticket. */
  cancel(ticket: number): void;
  /** Lets those go whom a request that was taken out had blocked. */
  flush(): void;
}

/** The requests that wait with a signal, by their index. */
type Waiting = Map<number, { ticket: number; resolve: Resolve }>;

/** What calls the throttler's promises: what `Promises` hands to the engine. */
interface Host {
  /** Called for each request that waits no longer. */
  settle(index: number, error: unknown): void;
  /** Called when a timer is armed that is to settle some, and when there is none any more. */
  hold(armed: boolean): void;
}

/** Some edge runtimes have no `WeakRef`; there a throttler has to be closed to be collected. */
function weak<T extends object>(target: T): { deref(): T | undefined } {
  return typeof WeakRef === 'undefined' ? { deref: () => target } : new WeakRef(target);
}

/**
 * Holds the promises only while a timer is armed: the engine's references are never collected, and what waits for ever,
 * or for a caller who is gone, must be. A promise reaches all that goes on when it is settled, mostly the throttler too.
 */
function hostOf(promises: Promises): Host {
  const ref = weak(promises);
  let held: Promises | undefined;
  return {
    settle: (index, error) => (held ?? ref.deref())?.settle(index, error),
    hold(armed) {
      held = armed ? ref.deref() : undefined;
    },
  };
}

/** What keeps promises alive while somebody can call their engine: the throttler, a permit. */
const promisesOf = new WeakMap<object, Promises>();

/**
 * What a signal calls. It outlives throttlers, so it holds none; but who awaits a request is told, even if the throttler
 * is gone.
 */
function abortListener(promises: Promises, signal: AbortSignal, waiting: Waiting): () => void {
  const ref = weak(promises);
  return () => {
    const alive = ref.deref();
    if (alive) alive.abort(signal, waiting, signal.reason);
    else for (const { resolve } of waiting.values()) resolve(Promise.reject(signal.reason));
  };
}

/**
 * The promises of waiting requests, kept at the index of each request's ticket: its lower 32 bits.
 *
 * Only the resolving function of each is kept, half of what a promise costs to hold: to reject, a promise is resolved
 * with a rejected one.
 */
export class Promises {
  readonly #resolves: (Resolve | undefined)[] = [];
  /** The requests that wait with a signal. One listener serves all of a signal's, which may be thousands. */
  readonly #signals = new Map<AbortSignal, { waiting: Waiting; onAbort: () => void }>();
  readonly #signalOf = new Map<number, AbortSignal>();
  /** The tickets of requests that were given an id: of equal ones the latest. */
  readonly #ticketOf = new Map<string, number>();
  readonly #idOf = new Map<number, string>();
  #waiting = 0;
  /** Requests that are being submitted: they may wait already, without a promise. */
  #submitting = 0;
  #whenIdle: (() => void)[] = [];

  /** What requests reject with in place of the engine's error when they are cleared. */
  reason: Error | undefined;

  readonly host: Host = hostOf(this);
  #queue: Queue | undefined;

  /** To be called with the engine that was given the host. */
  serve(queue: Queue): void {
    this.#queue = queue;
    promisesOf.set(queue, this);
  }

  /** To be called before a request is submitted. */
  begin(): void {
    this.#submitting++;
  }

  /** To be called when a request that was submitted has its promise, or needs none. */
  end(): void {
    this.#submitting--;
    this.#wakeIdle();
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
    const promise = new Promise<unknown>(keepResolve) as Promise<T | undefined>;
    const resolve = takeResolve();
    this.#resolves[index] = grant === undefined ? resolve : (rejected) => resolve(rejected ?? grant());
    // Last, for a signal that is not the platform's may come back into the throttler.
    if (signal !== undefined) this.#listen(index, ticket, signal, resolve);
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
    this.#finish(index, error === undefined ? undefined : Promise.reject(this.#errorFor(error)));
    const signal = this.#signalOf.get(index);
    if (signal !== undefined) this.#unlisten(index, signal);
  }

  #finish(index: number, rejected?: Promise<never>): void {
    const resolve = this.#resolves[index];
    if (resolve === undefined) return;
    this.#resolves[index] = undefined;
    if (this.#idOf.size > 0) this.#forgetId(index);
    resolve(rejected);
    this.#waiting--;
    this.#wakeIdle();
  }

  #wakeIdle(): void {
    if (this.#whenIdle.length === 0 || this.#waiting > 0 || this.#submitting > 0) return;
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

  #listen(index: number, ticket: number, signal: AbortSignal, resolve: Resolve): void {
    this.#signalOf.set(index, signal);
    const listening = this.#signals.get(signal);
    if (listening !== undefined) {
      listening.waiting.set(index, { ticket, resolve });
      return;
    }
    const waiting: Waiting = new Map([[index, { ticket, resolve }]]);
    const onAbort = abortListener(this, signal, waiting);
    this.#signals.set(signal, { waiting, onAbort });
    try {
      // Perhaps only just now, by a clock that was asked for the time.
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    } catch (error) {
      // If it could not be listened to. Of a clock that failed when the request had left, the next call tells.
      if (waiting.size > 0) this.abort(signal, waiting, error);
    }
  }

  #unlisten(index: number, signal: AbortSignal): void {
    this.#signalOf.delete(index);
    const listening = this.#signals.get(signal);
    listening?.waiting.delete(index);
    if (listening?.waiting.size === 0) {
      this.#signals.delete(signal);
      signal.removeEventListener('abort', listening.onAbort);
    }
  }

  /** All that wait with the signal leave before any other is granted: none may go because another one left. */
  abort(signal: AbortSignal, waiting: Waiting, reason: unknown): void {
    this.#signals.delete(signal);
    for (const [index, { ticket }] of waiting) {
      waiting.delete(index);
      this.#signalOf.delete(index);
      this.#queue?.cancel(ticket);
      this.#finish(index, Promise.reject(reason));
    }
    this.#queue?.flush();
  }
}
