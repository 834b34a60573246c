import { typed } from './errors.js';

type Resolve = (value?: PromiseLike<void>) => void;

/**
 * The promises of waiting requests, kept at the index of each request's ticket.
 *
 * Only the resolving function of each is kept, half of what a promise costs to hold: to reject, a promise is resolved
 * with a rejected one.
 */
export class Promises {
  readonly #resolves: (Resolve | undefined)[] = [];
  readonly #unlisten = new Map<number, () => void>();

  /** What requests reject with in place of the engine's error while they are being cleared. */
  reason: Error | undefined;

  /** A promise for the request at `index`. When `signal` aborts, `cancel` is called and the promise rejects. */
  wait(index: number, signal: AbortSignal | undefined, cancel: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#resolves[index] = resolve;
      if (signal === undefined) return;
      const onAbort = () => {
        cancel();
        this.#finish(index, Promise.reject(signal.reason));
      };
      signal.addEventListener('abort', onAbort);
      this.#unlisten.set(index, () => signal.removeEventListener('abort', onAbort));
    });
  }

  /** What the engine calls for each request that waits no longer. Holds nothing but this object alive. */
  readonly settle = (index: number, error: unknown): void => {
    if (error === undefined) this.#finish(index);
    else this.#finish(index, Promise.reject(this.reason ?? typed(error)));
  };

  #finish(index: number, rejected?: Promise<void>): void {
    const resolve = this.#resolves[index];
    this.#resolves[index] = undefined;
    if (this.#unlisten.size > 0) {
      this.#unlisten.get(index)?.();
      this.#unlisten.delete(index);
    }
    resolve?.(rejected);
  }
}
