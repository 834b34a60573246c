import type { Timers } from './timers/timers.js';
import { weak } from './weak.js';

/** The store of promises behind a host. */
interface Store {
  /** Settles the promise of the waiter at `index`; `error` is undefined for a grant. */
  settle(index: number, error: unknown): void;
}

/** The callbacks of the engine: `Host` in src/wasm/promises.rs. */
export interface Host {
  /** Settles a waiter. Returns whether that succeeded; it must not throw. */
  settle(index: number, error: unknown): boolean;
  /** Returns what was thrown within the last call of {@link settle}. */
  failure(): unknown;
  /**
   * Called with true when a timer is armed that will settle waiters, and with false when there is
   * none any more.
   */
  keepAlive(armed: boolean): void;
  /** Sets a timer; used where the clock is the system's. */
  setTimeout(callback: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

/**
 * The host of a store. The engine's references are never collected, so the host holds the store
 * strongly only while a timer is armed. Otherwise it holds it weakly: a promise reaches all code
 * that awaits it, mostly the throttler too, and waiters that nothing will settle must be collected
 * together with their throttler.
 *
 * A class, as code that was compiled for the closures of one throttler is thrown away at the calls
 * of the next one.
 */
export class StoreHost implements Host {
  readonly #ref: { deref(): Store | undefined };
  readonly #timers: Timers;
  #held: Store | undefined;
  #failure: unknown;

  constructor(store: Store, timers: Timers) {
    this.#ref = weak(store);
    this.#timers = timers;
  }

  settle(index: number, error: unknown): boolean {
    try {
      (this.#held ?? this.#ref.deref())?.settle(index, error);
      return true;
    } catch (thrown) {
      // By a signal that is not the platform's.
      this.#failure = thrown;
      return false;
    }
  }

  failure(): unknown {
    const thrown = this.#failure;
    this.#failure = undefined;
    return thrown;
  }

  keepAlive(armed: boolean): void {
    this.#held = armed ? this.#ref.deref() : undefined;
  }

  setTimeout(callback: () => void, ms: number): unknown {
    return this.#timers.setTimeout(callback, ms);
  }

  clearTimeout(handle: unknown): void {
    this.#timers.clearTimeout(handle);
  }
}
