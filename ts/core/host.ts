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
 * Returns the host of a store. The engine's references are never collected, so the host holds the
 * store strongly only while a timer is armed. Otherwise it holds it weakly: a promise reaches all
 * code that awaits it, mostly the throttler too, and waiters that nothing will settle must be
 * collected together with their throttler.
 */
export function hostOf(store: Store, timers: Timers): Host {
  const ref = weak(store);
  let held: Store | undefined;
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
    keepAlive(armed) {
      held = armed ? ref.deref() : undefined;
    },
    setTimeout: (callback, ms) => timers.setTimeout(callback, ms),
    clearTimeout: (handle) => timers.clearTimeout(handle),
  };
}
