import type { HeaderView } from './header-view.js';
import { numberOf } from './headers.js';

/**
 * Returns whether a response came out of a cache, by its `Age` header. Its `Date` and usage headers
 * are those of an earlier request.
 */
export function isCached(headers: HeaderView): boolean {
  const age = headers.get('age');
  return age !== null && /[1-9]/.test(age);
}

/**
 * Returns the milliseconds that a response has spent in caches; 0 if `Age` is absent or malformed.
 */
export function ageOf(headers: HeaderView): number {
  return (numberOf(headers, 'age') ?? 0) * 1000;
}
