import { typed } from './errors.js';

/** Resolves a waiting promise with its grant, or with a promise that is rejected. */
type Resolve = (rejected?: Promise<never>) => void;

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
  /** The tickets of requests that were given an id: of equal ones the latest. */
  readonly #ticketOf = new Map<string, number>();
  readonly #idOf = new Map<number, string>();
  #waiting = 0;
  #whenIdle: (() => void)[] = [];

  /** What requests reject with in place of the engine's error when they are cleared. */
  reason: Error | undefined;

  /** A promise for a waiting request. When `signal` aborts, the request leaves the queue and the promise rejects. */
  wait(ticket: number, signal: AbortSignal | undefined, id: string | undefined, queue: Queue): Promise<void>;
  /** The same, resolved with what `grant` makes. */
  wait<T>(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    queue: Queue,
    grant: () => T,
  ): Promise<T>;
  wait<T>(
    ticket: number,
    signal: AbortSignal | undefined,
    id: string | undefined,
    queue: Queue,
    grant?: () => T,
  ): Promise<T | undefined> {
    const index = ticket >>> 0;
    if (signal !== undefined) this.#listen(index, ticket, signal, queue);
    if (id !== undefined) {
      this.#ticketOf.set(id, ticket);
      this.#idOf.set(index, id);
    }
    this.#waiting++;
    return new Promise((resolve) => {
      this.#resolves[index] = grant === undefined ? resolve : (rejected) => resolve(rejected ?? grant());
    });
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

  /** What the engine calls for each request that waits no longer. Holds nothing but this object alive. */
  readonly settle = (index: number, error: unknown): void => {
    this.#finish(index, error === undefined ? undefined : Promise.reject(this.#errorFor(error)));
    const signal = this.#signalOf.get(index);
    if (signal !== undefined) this.#unlisten(index, signal);
  };

  #finish(index: number, rejected?: Promise<never>): void {
    const resolve = this.#resolves[index];
    if (resolve === undefined) return;
    this.#resolves[index] = undefined;
    if (this.#idOf.size > 0) this.#forgetId(index);
    resolve(rejected);
    if (--this.#waiting > 0) return;
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
