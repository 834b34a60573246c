import { invalidConfig } from '../index.js';

/**
 * Returns milliseconds for seconds, to the nanosecond: 1.1 s are 1100 ms, where a multiplication
 * gives 1100.0000000000002.
 *
 * @throws {InvalidConfigError} the value is no number from a millisecond on; the error names the
 *   field
 */
export function milliseconds(field: string, seconds: number): number {
  if (!(typeof seconds === 'number' && seconds >= 0.001 && seconds < Number.POSITIVE_INFINITY)) {
    throw invalidConfig(field, 'a number of seconds, from 0.001', seconds);
  }
  const nanoseconds = Math.round(seconds * 1e9);
  return Number.isSafeInteger(nanoseconds) ? nanoseconds / 1e6 : seconds * 1000;
}
