import { numberOf, parseNumber } from './headers.js';
import { parseHttpDate, serverTime } from './http-date.js';

/** The `retryAfter` of `multi-throttler/exchange`, of headers that have been read. */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const reference = serverTime(headers, now) ?? now;
  for (const source of SOURCES) {
    const ms = source(headers, reference);
    if (ms !== undefined) return ms;
  }
  return undefined;
}

type Source = (headers: Headers, now: number) => number | undefined;

const SOURCES: readonly Source[] = [
  (headers, now) => {
    const value = headers.get('retry-after');
    const date = parseHttpDate(value, now);
    if (date !== undefined) return Math.max(0, date - now);
    return longest((value ?? '').split(',').map((seconds) => wait(seconds, now)));
  },
  (headers, now) => rateLimit(headers.get('ratelimit') ?? '', now),
  (headers, now) => reset(headers, 'ratelimit', now),
  (headers, now) => reset(headers, 'x-ratelimit', now),
  (headers) => numberOf(headers, 'gw-ratelimit-reset'),
  (headers, now) => {
    const at = numberOf(headers, 'x-bapi-limit-reset-timestamp');
    return at !== undefined && at > now ? at - now : undefined;
  },
];

/** `RateLimit-Remaining` and `RateLimit-Reset`. */
function reset(headers: Headers, prefix: string, now: number): number | undefined {
  if ((numberOf(headers, `${prefix}-remaining`) ?? 0) > 0) return undefined;
  return wait(headers.get(`${prefix}-reset`), now);
}

/** The `RateLimit` header: a list of limits with parameters, or in older drafts a dictionary of one. */
function rateLimit(value: string, now: number): number | undefined {
  // Names of limits are quoted, and nothing in them counts.
  const unquoted = value.replace(/"(?:[^"\\]|\\.)*"/g, '');
  const one = parameters(unquoted.split(/[,;]/));
  const limits = one.has('reset') ? [one] : unquoted.split(',').map((limit) => parameters(limit.split(';')));
  return longest(
    limits.map((limit) => {
      const left = parseNumber(limit.get('r') ?? limit.get('remaining')) ?? 0;
      return left > 0 ? undefined : wait(limit.get('t') ?? limit.get('reset'), now);
    }),
  );
}

function parameters(fields: string[]): Map<string, string> {
  const split = fields.map((field) => field.split('=', 2));
  return new Map(split.map(([name = '', value = '']) => [name.trim().toLowerCase(), value]));
}

/** Milliseconds for seconds, or until a Unix time. */
function wait(text: string | null | undefined, now: number): number | undefined {
  if (/^\s*-\d+(\.\d*)?\s*$/.test(text ?? '')) return 0;
  const seconds = parseNumber(text);
  if (seconds === undefined) return undefined;
  // Rounded up, but not for what seconds times 1000 adds in the last bit.
  const ms = Math.ceil(seconds * 1000 - 1e-6);
  if (seconds < 1e9) return Math.max(0, ms);
  return Math.max(0, (seconds < 1e12 ? ms : seconds) - now);
}

function longest(waits: (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
