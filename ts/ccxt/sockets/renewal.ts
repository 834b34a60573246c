import { override, type Restore } from '../../shared/override.js';
import type { CcxtExchange } from '../types.js';

/**
 * Signs messages anew. ccxt signs a request over a WebSocket before it hands it to the connection,
 * where it waits; exchanges refuse a timestamp of some seconds ago.
 */
export interface Renewal {
  /**
   * Returns a copy of a message with the time of now, signed as ccxt signed it. Returns the message
   * itself if it bears no time, or was not signed by a method of ccxt that is known.
   */
  renew(message: object): object;
  /** Stops to watch how the exchange signs. Messages signed before can still be renewed. */
  readonly restore: Restore;
}

/** Fields of a message. */
export interface Message {
  readonly [field: string]: unknown;
}

/** A method of an exchange. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Methods and fields of an exchange of ccxt by name. */
export function membersOf(exchange: CcxtExchange): { [name: string]: unknown } {
  return exchange as unknown as { [name: string]: unknown };
}

/**
 * Lets `watch` see each call of a method, with its arguments as they were before, and its result.
 * Versions of ccxt without the method are left as they are.
 */
export function observe(
  exchange: CcxtExchange,
  name: string,
  watch: (args: readonly unknown[], result: unknown) => void,
): Restore {
  const original = membersOf(exchange)[name];
  if (typeof original !== 'function') return () => undefined;
  return override(exchange, name, function (this: unknown, ...args: unknown[]) {
    // Some methods of ccxt write into their arguments.
    const before = args.map((arg) => (isPlain(arg) ? { ...arg } : arg));
    const result = (original as Method).apply(this, args);
    watch(before, result);
    return result;
  });
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}
