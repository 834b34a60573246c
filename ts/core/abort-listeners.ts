import { weak } from './weak.js';

/** A waiter with a signal, linked with the other waiters of the same signal. */
interface Entry {
  readonly index: number;
  readonly ticket: number;
  readonly reject: (reason: unknown) => void;
  readonly group: Group;
  previous: Entry | undefined;
  next: Entry | undefined;
}

/**
 * The waiters of one signal, in order of arrival. A linked list: mostly it has one entry, for which
 * a `Set` would be large.
 */
class Group {
  first: Entry | undefined;
  last: Entry | undefined;
  readonly signal: AbortSignal;
  listener: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  add(index: number, ticket: number, reject: (reason: unknown) => void): Entry {
    const { last } = this;
    const entry: Entry = { index, ticket, reject, group: this, previous: last, next: undefined };
    if (last === undefined) this.first = entry;
    else last.next = entry;
    this.last = entry;
    return entry;
  }

  remove({ previous, next }: Entry): void {
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
  }

  /** Removes the first entry and returns it. */
  shift(): Entry | undefined {
    const { first } = this;
    if (first !== undefined) this.remove(first);
    return first;
  }
}

/**
 * A listener is removed when it was called, as an event that was dispatched by hand may come again.
 * After an abort too: Node 20 and 22 keep a composite signal (`AbortSignal.any`) alive as long as
 * it has a listener. To remove it in the call would take a microsecond.
 */
const ONCE = { once: true };

/** Withdraws waiters whose signal has aborted. */
interface Canceller {
  /** Withdraws one waiter; the next is not granted before {@link flush}. */
  cancel(ticket: number): void;
  /** Grants the waiters that the withdrawn ones had blocked. */
  flush(): void;
}

/**
 * The abort listeners of waiters. One listener serves all waiters of a signal, which may be
 * thousands.
 */
export class AbortListeners {
  readonly #canceller: Canceller;
  readonly #groups = new Map<AbortSignal, Group>();
  /** By the index of the waiter. */
  readonly #entries: (Entry | undefined)[] = [];
  readonly #ref = weak(this);

  constructor(canceller: Canceller) {
    this.#canceller = canceller;
  }

  /** When `signal` aborts, cancels the waiter and calls `reject` with the signal's reason. */
  add(index: number, ticket: number, signal: AbortSignal, reject: (reason: unknown) => void): void {
    const known = this.#groups.get(signal);
    const group = known ?? new Group(signal);
    // Filled up, as an array with holes is a slow one.
    while (this.#entries.length < index) this.#entries.push(undefined);
    this.#entries[index] = group.add(index, ticket, reject);
    if (known !== undefined) return;
    this.#groups.set(signal, group);
    group.listener = listenerFor(this.#ref, group);
    try {
      // The signal may have aborted during the submission, from a clock that was asked for the
      // time.
      if (signal.aborted) group.listener();
      else signal.addEventListener('abort', group.listener, ONCE);
    } catch (error) {
      // The signal cannot be listened to. If the group is empty, a clock failed after the waiter
      // had left; the next call reports that.
      if (group.first !== undefined) this.abort(group, error);
    }
  }

  /** Forgets a waiter that was settled. */
  remove(index: number): void {
    const entry = index < this.#entries.length ? this.#entries[index] : undefined;
    if (entry === undefined) return;
    this.#entries[index] = undefined;
    const { group } = entry;
    group.remove(entry);
    if (group.first !== undefined) return;
    this.#groups.delete(group.signal);
    if (group.listener !== undefined) group.signal.removeEventListener('abort', group.listener);
  }

  /**
   * Cancels all waiters of a signal before any other waiter is granted: none may be granted because
   * another one of the group has left.
   */
  abort(group: Group, reason: unknown): void {
    this.#groups.delete(group.signal);
    for (let entry = group.shift(); entry !== undefined; entry = group.shift()) {
      this.#entries[entry.index] = undefined;
      this.#canceller.cancel(entry.ticket);
      entry.reject(reason);
    }
    this.#canceller.flush();
  }
}

/**
 * Returns the listener of a group. It refers to the throttler only weakly, as signals outlive
 * throttlers. The promises reject even if the throttler is gone.
 */
function listenerFor(listeners: { deref(): AbortListeners | undefined }, group: Group): () => void {
  return function listener() {
    const { signal } = group;
    const { reason } = signal;
    const alive = listeners.deref();
    if (alive) alive.abort(group, reason);
    else
      for (let entry = group.shift(); entry !== undefined; entry = group.shift())
        entry.reject(reason);
  };
}
