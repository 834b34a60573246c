import type { ThrottlerEvents } from '../index.js';

/** The events of a shared throttler beside those of every throttler, by name. */
export interface SharedEvents {
  /** The ledger has answered, for the first time or again. */
  connect: { readonly type: 'connect' };
  /** The ledger does not answer. Requests wait, and what is held here may still be spent. */
  disconnect: { readonly type: 'disconnect'; readonly error: unknown };
  /**
   * The ledger was lost, and begins anew. Nothing is granted for `recovery` milliseconds, in which
   * all processes tell what they have spent.
   */
  epoch: { readonly type: 'epoch'; readonly recovery: number };
  /** Another process has brought rules of a later version, which are in force now. */
  rules: { readonly type: 'rules'; readonly version: number };
}

/** An event of a shared throttler: one of its own, or one that the ledger causes. */
export type AnySharedEvent = SharedEvents[keyof SharedEvents] | ThrottlerEvents['threshold'];

/** A function that is called with each event of one name. */
export type SharedListener<K extends keyof SharedEvents> = (event: SharedEvents[K]) => unknown;

/** Listeners of events, called in microtasks. */
export class SharedListeners {
  readonly #listeners = new Map<string, Set<(event: never) => unknown>>();

  /** Whether these are the listeners of an event of this name. */
  has(name: string): name is AnySharedEvent['type'] {
    return NAMES.includes(name);
  }

  /** Adds a listener, and returns a function that removes it. */
  add(name: AnySharedEvent['type'], listener: (event: never) => unknown): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit(event: AnySharedEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) {
      // An exception is an uncaught error, and disturbs no other listener.
      queueMicrotask(() => listener(event as never));
    }
  }
}

const NAMES: readonly string[] = ['connect', 'disconnect', 'epoch', 'rules', 'threshold'];
