import { numberOf } from './headers.js';

/**
 * Returns whether a response came out of a cache, by its `Age` header. Its `Date` and usage headers
 * are those of an earlier request.
 */
export function isCached(headers: Headers): boolean {
  return /[1-9]/.test(headers.get('age') ?? '');
}

/**
 * Returns the milliseconds that a response has spent in caches; 0 if `Age` is absent or malformed.
 */
export function ageOf(headers: Headers): number {
  return (numberOf(headers, 'age') ?? 0) * 1000;
}
