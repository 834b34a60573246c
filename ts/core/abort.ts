import { weak } from './weak.js';

/** A request that waits with a signal, in the list of all that wait with the same. */
interface Request {
  readonly index: number;
  readonly ticket: number;
  readonly reject: (reason: unknown) => void;
  readonly list: Requests;
  before: Request | undefined;
  after: Request | undefined;
}

/** The requests that wait with one signal, by arrival. Linked, as mostly it is one, for which a `Set` would be large. */
class Requests {
  first: Request | undefined;
  last: Request | undefined;
  readonly signal: AbortSignal;
  /** What the signal calls. */
  listener: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  add(index: number, ticket: number, reject: (reason: unknown) => void): Request {
    const { last } = this;
    const request: Request = { index, ticket, reject, list: this, before: last, after: undefined };
    if (last === undefined) this.first = request;
    else last.after = request;
    this.last = request;
    return request;
  }

  remove({ before, after }: Request): void {
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
  }

  /** Takes one out. */
  take(): Request | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }
}

/** What is done when requests leave because a signal aborted. */
interface Leaving {
  /** Takes one out of the queue. */
  leave(ticket: number): void;
  /** Called when all of a signal's have left. */
  left(): void;
}

/**
 * Calls it when the signal aborts. A signal outlives throttlers, so it holds none; but who awaits a request is told, even
 * if the throttler is gone.
 */
function listenerOf(signals: { deref(): Signals | undefined }, requests: Requests): () => void {
  return function listener() {
    const { signal } = requests;
    const { reason } = signal;
    const alive = signals.deref();
    if (alive) alive.abort(requests, reason);
    else for (let next = requests.take(); next !== undefined; next = requests.take()) next.reject(reason);
    // Also after an abort, which no signal repeats: Node 20 and 22 keep a composite signal (`AbortSignal.any`) alive as
    // long as it has a listener. And an event that was just dispatched may come again.
    signal.removeEventListener('abort', listener);
  };
}

/** The signals that waiting requests were given. One listener serves all requests of a signal, which may be thousands. */
export class Signals {
  readonly #leaving: Leaving;
  readonly #requestsOf = new Map<AbortSignal, Requests>();
  /** By the request's index. */
  readonly #requests: (Request | undefined)[] = [];
  readonly #ref = weak(this);

  constructor(leaving: Leaving) {
    this.#leaving = leaving;
  }

  /** When `signal` aborts, the request leaves, and its promise rejects with the signal's reason. */
  listen(index: number, ticket: number, signal: AbortSignal, reject: (reason: unknown) => void): void {
    const known = this.#requestsOf.get(signal);
    const requests = known ?? new Requests(signal);
    // No hole, which would make the array a slow one.
    while (this.#requests.length < index) this.#requests.push(undefined);
    this.#requests[index] = requests.add(index, ticket, reject);
    if (known !== undefined) return;
    this.#requestsOf.set(signal, requests);
    requests.listener = listenerOf(this.#ref, requests);
    try {
      // Perhaps only just now, by a clock that was asked for the time.
      if (signal.aborted) requests.listener();
      else signal.addEventListener('abort', requests.listener);
    } catch (error) {
      // If it could not be listened to. Of a clock that failed when the request had left, the next call tells.
      if (requests.first !== undefined) this.abort(requests, error);
    }
  }

  /** The request waits no longer. */
  forget(index: number): void {
    const request = index < this.#requests.length ? this.#requests[index] : undefined;
    if (request === undefined) return;
    this.#requests[index] = undefined;
    const { list } = request;
    list.remove(request);
    if (list.first !== undefined) return;
    this.#requestsOf.delete(list.signal);
    if (list.listener !== undefined) list.signal.removeEventListener('abort', list.listener);
  }

  /** All that wait with the signal leave before any other is granted: none may go because another one left. */
  abort(requests: Requests, reason: unknown): void {
    this.#requestsOf.delete(requests.signal);
    for (let next = requests.take(); next !== undefined; next = requests.take()) {
      this.#requests[next.index] = undefined;
      this.#leaving.leave(next.ticket);
      next.reject(reason);
    }
    this.#leaving.left();
  }
}
