import { HeldPermit, type Permit } from '../permit.js';

/** The part of a throttler that runtimes and consoles call. */
interface Throttler {
  close(): void;
  toJSON(): object;
}

/**
 * Makes throttlers and permits work with `using` and `await using`, where the runtime has them,
 * gives them a tag, and makes consoles of Node, Bun and Deno show what `toJSON` returns. Called by
 * the constructor of a throttler: a call beside the classes would keep bundlers from dropping a
 * class that is not used.
 */
export function addSymbols(throttlers: Throttler): void {
  define(throttlers, Symbol.dispose, function (this: Throttler) {
    this.close();
  });
  define(HeldPermit.prototype, Symbol.dispose, function (this: Permit) {
    this.release();
  });
  define(HeldPermit.prototype, Symbol.asyncDispose, async function (this: Permit) {
    this.release();
  });
  // Vue makes reactive proxies of plain objects, and takes all for plain that have no tag; private
  // fields cannot be read through a proxy.
  define(throttlers, Symbol.toStringTag, 'MultiThrottler');
  define(HeldPermit.prototype, Symbol.toStringTag, 'Permit');
  // Node and Bun call it with a depth, options and `inspect`, Deno with `inspect` and options.
  define(throttlers, Symbol.for('nodejs.util.inspect.custom'), preview);
  define(
    throttlers,
    Symbol.for('Deno.customInspect'),
    function (this: Throttler, inspect: Inspect, options: object) {
      return preview.call(this, undefined, options, inspect);
    },
  );
}

type Inspect = (value: object, options: object) => string;

/** Debuggers call it without arguments. */
function preview(
  this: Throttler,
  depth?: unknown,
  options?: object,
  inspect: Inspect = JSON.stringify as Inspect,
): string {
  // A class that extends the throttler shows its own name.
  const { name } = this.constructor;
  return `${name} ${inspect(this.toJSON(), depth === undefined ? { ...options } : { ...options, depth })}`;
}

function define(prototype: object, symbol: symbol | undefined, value: unknown): void {
  if (symbol && !(symbol in prototype)) {
    Object.defineProperty(prototype, symbol, { value, configurable: true, writable: true });
  }
}
