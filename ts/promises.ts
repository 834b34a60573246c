import { typed } from './errors.js';

type Resolve = (value?: PromiseLike<void>) => void;

/** What the promises need of the engine. */
interface Queue {
  /** Takes a request out, by its ticket. */
  cancel(ticket: number): void;
  /** Lets those go whom a request that was taken out had blocked. */
  flush(): void;
}

/**
 * The promises of waiting requests, kept at the index of each request's ticket: its lower 32 bits.
 *
 * Only the resolving function of each is kept, half of what a promise costs to hold: to reject, a promise is resolved
 * with a rejected one.
 */
export class Promises {
  readonly #resolves: (Resolve | undefined)[] = [];
  /** The tickets that wait with a signal. One listener serves all of a signal's, which may be thousands. */
  readonly #signals = new Map<AbortSignal, { tickets: Map<number, number>; onAbort: () => void }>();
  readonly #signalOf = new Map<number, AbortSignal>();

  /** What requests reject with in place of the engine's error while they are being cleared. */
  reason: Error | undefined;

  /** A promise for a waiting request. When `signal` aborts, the request leaves the queue and the promise rejects. */
  wait(ticket: number, signal: AbortSignal | undefined, queue: Queue): Promise<void> {
    const index = ticket >>> 0;
    if (signal !== undefined) this.#listen(index, ticket, signal, queue);
    return new Promise((resolve) => {
      this.#resolves[index] = resolve;
    });
  }

  /** What the engine calls for each request that waits no longer. Holds nothing but this object alive. */
  readonly settle = (index: number, error: unknown): void => {
    this.#finish(index, error === undefined ? undefined : Promise.reject(this.reason ?? typed(error)));
    const signal = this.#signalOf.get(index);
    if (signal !== undefined) this.#unlisten(index, signal);
  };

  #finish(index: number, rejected?: Promise<void>): void {
    const resolve = this.#resolves[index];
    this.#resolves[index] = undefined;
    resolve?.(rejected);
  }

  #listen(index: number, ticket: number, signal: AbortSignal, queue: Queue): void {
    let listening = this.#signals.get(signal);
    if (listening === undefined) {
      const tickets = new Map<number, number>();
      const onAbort = () => this.#abort(signal, tickets, queue);
      listening = { tickets, onAbort };
      this.#signals.set(signal, listening);
      signal.addEventListener('abort', onAbort, { once: true });
    }
    listening.tickets.set(index, ticket);
    this.#signalOf.set(index, signal);
  }

  #unlisten(index: number, signal: AbortSignal): void {
    this.#signalOf.delete(index);
    const listening = this.#signals.get(signal);
    listening?.tickets.delete(index);
    if (listening?.tickets.size === 0) {
      this.#signals.delete(signal);
      signal.removeEventListener('abort', listening.onAbort);
    }
  }

  /** All that wait with the signal leave before any other is granted: none may go because another one left. */
  #abort(signal: AbortSignal, tickets: Map<number, number>, queue: Queue): void {
    this.#signals.delete(signal);
    for (const [index, ticket] of tickets) {
      this.#signalOf.delete(index);
      queue.cancel(ticket);
      this.#finish(index, Promise.reject(signal.reason));
    }
    queue.flush();
  }
}
