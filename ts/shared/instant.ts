import { parseNumber } from './headers.js';
import { parseHttpDate } from './http-date.js';

/** A year in milliseconds: longer than any ban and any quota period that a server names. */
const LONGEST = 366 * 86_400_000;

/** The lowest number that is a Unix time and not a duration: a duration of 10^9 s is 31 years. */
const LOWEST_UNIX_TIME = 1e9;

/** The highest number that a time is written with: nanoseconds of Unix time have 19 digits. */
const HIGHEST = 1e19;

/** Date and time of RFC 3339, such as `2026-11-21T06:00:00.5Z`. */
const RFC3339 = /^\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\s*$/i;

/**
 * Returns the Unix milliseconds of a time that a server sent: a number of seconds from `now`, a
 * Unix time in seconds, milliseconds, microseconds or nanoseconds, an HTTP date, or a date of RFC
 * 3339. Undefined if the text is no time, or one that cannot be meant: a year ahead of `now`, or a
 *   number that would be a year behind it.
 *
 * @param now Unix milliseconds, by the server's clock where that is known
 */
export function parseInstant(text: string | null | undefined, now: number): number | undefined {
  if (text == null) return undefined;
  const value = parseNumber(text, HIGHEST);
  const at = value === undefined ? parseDate(text, now) : instantOf(value, now);
  const isMeant =
    at !== undefined && at - now <= LONGEST && (value === undefined || now - at <= LONGEST);
  return isMeant ? at : undefined;
}

/** Returns whether a text is a number of seconds, and not an instant. */
export function isSeconds(text: string | null | undefined): boolean {
  return (parseNumber(text) ?? LOWEST_UNIX_TIME) < LOWEST_UNIX_TIME;
}

/** Returns whether a duration in milliseconds is short enough to be meant. */
export function isPlausible(ms: number | undefined): ms is number {
  return ms !== undefined && ms >= 0 && ms <= LONGEST;
}

/**
 * Returns the milliseconds of a Unix time in seconds, milliseconds, microseconds or nanoseconds.
 */
export function unixMs(time: number): number {
  if (time < 1e11) return time * 1000;
  if (time < 1e14) return time;
  return time < 1e17 ? time / 1e3 : time / 1e6;
}

function instantOf(value: number, now: number): number {
  if (value >= LOWEST_UNIX_TIME) return unixMs(value);
  // Rounded up, but not for what a product by 1000 adds in its last bit.
  return now + Math.ceil(value * 1000 - 1e-6);
}

function parseDate(text: string, now: number): number | undefined {
  if (!RFC3339.test(text)) return parseHttpDate(text, now);
  const at = Date.parse(text.trim().replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}
