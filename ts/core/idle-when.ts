/** A promise that resolves when its condition holds. */
interface Idler {
  readonly isIdle: () => boolean;
  readonly resolve: (rejected?: Promise<never>) => void;
}

/**
 * Promises of conditions that only the engine can tell, such as that no permit is held. They are
 * checked in a microtask after requests or permits have left, as these may leave within a call of
 * the engine.
 */
export class IdleWhen {
  #idlers: Idler[] = [];
  #isScheduled = false;

  /** Returns a promise that resolves when `isIdle` returns true: at once if it does. */
  wait(isIdle: () => boolean): Promise<void> {
    if (isIdle()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idlers.push({ isIdle, resolve });
    });
  }

  /** To be called when a request or a permit has left. */
  changed(): void {
    if (this.#idlers.length === 0 || this.#isScheduled) return;
    this.#isScheduled = true;
    Promise.resolve().then(() => {
      this.#isScheduled = false;
      this.#idlers = this.#idlers.filter((idler) => !settle(idler));
    });
  }
}

/** Settles the promise of an idler if its condition holds, or fails. */
function settle({ isIdle, resolve }: Idler): boolean {
  try {
    const isDone = isIdle();
    if (isDone) resolve();
    return isDone;
  } catch (error) {
    resolve(Promise.reject(error));
    return true;
  }
}
