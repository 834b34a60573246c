/** Readers of values that several fields of a job file have. */

import { DURATIONS, readDuration } from '../duration.js';
import type { Field } from '../json/field.js';
import { PROFILES } from './profiles.js';
import { symbolsOf } from './spec.js';

/** More symbols or requesters than that are a slip of the pen. */
export const MOST = 100_000;

/** Reads the name of an exchange. */
export function readExchange(field: Field): string {
  return field.oneOf([...PROFILES.keys()], 'exchange');
}

/** Reads symbols: a list of names, or their number. */
export function readSymbols(field: Field): string[] {
  if (field.kind === 'array') {
    const names = field.items('a list').map((item) => item.text('the name of a symbol'));
    if (names.length === 0) throw field.error('the list is empty');
    return names;
  }
  const expected = `a list of names, or a number of symbols from 1 to ${MOST}`;
  return symbolsOf(field.number(expected, isCount));
}

export function readTime(field: Field): number {
  const ms = readDuration(field.value);
  if (ms === undefined) throw field.expected(DURATIONS);
  return ms;
}

export function optional<T>(field: Field | undefined, read: (field: Field) => T): T | undefined {
  return field && read(field);
}

export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MOST;
}
