import type { CcxtExchange } from '../types.js';
import type { Methods } from './methods.js';

interface Loaded extends Methods {
  fetchImplementation?: unknown;
}

/**
 * Keeps the first requests of an exchange in order while ccxt loads its implementation of `fetch`.
 *
 * ccxt loads it within the first call, after the request was signed, and a request that comes a
 * moment later overtakes those that wait for it. Newer versions have a method that loads it, which
 * every call awaits before it asks for its grant. In older ones the first request goes alone until
 * ccxt reads `fetchImplementation` in order to send.
 */
export class Transport {
  readonly #exchange: Loaded;
  #loading: Promise<unknown> | undefined;
  #gate: Promise<void> | undefined;
  #ready = false;

  constructor(exchange: CcxtExchange) {
    this.#exchange = exchange as unknown as Loaded;
  }

  /** To be awaited before a request is granted. */
  loaded(): Promise<unknown> | undefined {
    if (this.#ready || this.#exchange.loadFetchImplementation === undefined) return undefined;
    // A failure shows in the call itself, unless the user's own `fetch` does without.
    this.#loading ??= Promise.resolve(this.#exchange.loadFetchImplementation())
      .catch(() => undefined)
      .then(() => {
        this.#ready = true;
      });
    return this.#loading;
  }

  /** To be awaited between the grant of a request and its signature. */
  opened(): Promise<void> | undefined {
    return this.#gate;
  }

  /**
   * Marks the start of a request, in the tick in which it is signed.
   *
   * @returns to be called when it has ended
   */
  enter(): () => void {
    if (this.#ready) return () => undefined;
    const exchange = this.#exchange;
    let implementation = exchange.fetchImplementation;
    let open: () => void = () => undefined;
    this.#gate = new Promise((resolve) => {
      open = () => {
        if (this.#ready) return;
        this.#ready = true;
        this.#gate = undefined;
        define(exchange, { value: implementation, writable: true });
        resolve();
      };
    });
    define(exchange, {
      get: () => {
        // ccxt calls it in the same tick.
        if (implementation !== undefined) open();
        return implementation;
      },
      set: (value: unknown) => {
        implementation = value;
      },
    });
    return open;
  }
}

function define(exchange: object, property: PropertyDescriptor): void {
  Object.defineProperty(exchange, 'fetchImplementation', {
    ...property,
    configurable: true,
    enumerable: true,
  });
}
