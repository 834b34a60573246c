import type { CallReader, CallReaders } from '../types.js';
import { callOf } from './paths.js';

/**
 * Returns readers of methods that take their parameters as one object.
 *
 * @param text lines of a method, an HTTP method and a path: `getOrder GET /api/v3/order`
 */
export function table(text: string): CallReaders {
  const readers: { [name: string]: CallReader } = {};
  for (const line of text.trim().split('\n')) {
    const [name = '', method, path] = line.trim().split(' ');
    readers[name] = (params) => callOf(method, path, params);
  }
  return readers;
}

/**
 * Returns what `make` returns. A bundler may leave out a call that is marked as one without effect,
 * but not the calls in its arguments: so readers are passed as a function.
 */
export function built(make: () => CallReaders): CallReaders {
  return make();
}
