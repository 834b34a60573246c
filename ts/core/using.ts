import { HeldPermit, type Permit } from '../permit.js';

/**
 * Makes throttlers and permits work with `using` and `await using`, where the runtime has them.
 * Called by the constructor of a throttler: a call beside the classes would keep bundlers from
 * dropping a class that is not used.
 */
export function enableUsing(throttlers: { close(): void }): void {
  define(throttlers, Symbol.dispose, function (this: { close(): void }) {
    this.close();
  });
  define(HeldPermit.prototype, Symbol.dispose, function (this: Permit) {
    this.release();
  });
  define(HeldPermit.prototype, Symbol.asyncDispose, async function (this: Permit) {
    this.release();
  });
}

function define(prototype: object, symbol: symbol | undefined, value: unknown): void {
  if (symbol && !(symbol in prototype)) {
    Object.defineProperty(prototype, symbol, { value, configurable: true, writable: true });
  }
}
