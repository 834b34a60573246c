import { override, type Restore } from '../../shared/override.js';
import type { CcxtExchange } from '../types.js';
import type { Methods, SignedRequest } from './methods.js';

/** A call that was granted and did not sign in the tick of its grant. */
export interface LateCall {
  /** The arguments of `fetch2`. */
  readonly args: readonly unknown[];
  /** Signs as the call does in the tick of its grant. */
  signLate(sign: () => SignedRequest): SignedRequest;
}

/**
 * Calls through a `fetch2` of the user that awaits something, such as a lock, before ccxt's runs.
 *
 * They sign in a tick of their own, at an unknown time. While there is such a call, `sign` of the
 * exchange is overridden: it finds the call by its parameters, or else by its endpoint.
 */
export class LateCalls {
  /** Whether a call has overridden the methods of the exchange now: its `sign` is no late one. */
  isOpen = false;

  readonly #exchange: Methods;
  readonly #calls = new Set<LateCall>();
  #hook: Methods['sign'] | undefined;
  #restore: Restore | undefined;

  constructor(exchange: CcxtExchange) {
    this.#exchange = exchange as unknown as Methods;
  }

  add(call: LateCall): void {
    this.#calls.add(call);
    if (this.#exchange.sign !== this.#hook) this.#listen();
  }

  remove(call: LateCall): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    this.#restore?.();
    this.#hook = undefined;
  }

  #listen(): void {
    const late = this;
    const original = this.#exchange.sign;
    this.#hook = function (this: Methods, ...args: unknown[]) {
      const call = late.isOpen ? undefined : late.#find(args);
      return call ? call.signLate(() => this.sign(...args)) : original.apply(this, args);
    };
    this.#restore = override(this.#exchange, 'sign', this.#hook);
  }

  #find([path, api, method, params]: unknown[]): LateCall | undefined {
    const calls = [...this.#calls].filter(({ args }) => {
      return args[0] === path && String(args[1]) === String(api) && args[2] === method;
    });
    return calls.find(({ args }) => args[3] === params) ?? calls[0];
  }
}
