import { ageOf } from './cached.js';
import type { HeaderView } from './header-view.js';
import { numberOf, parseNumber } from './headers.js';
import { serverTime } from './http-date.js';
import { isPlausible, parseInstant } from './instant.js';

/**
 * Returns the time that a server asks to wait, in milliseconds; undefined if the headers do not say
 * so. The `retryAfter` of `multi-throttler/exchange` documents the headers.
 *
 * @param now Unix milliseconds, for responses without a `Date`
 */
export function retryAfterOf(headers: HeaderView, now: number): number | undefined {
  const date = serverTime(headers, now);
  const reference = date === undefined ? now : date + ageOf(headers);
  for (const source of SOURCES) {
    const ms = source(headers, reference);
    if (isPlausible(ms)) return ms;
  }
  return undefined;
}

/**
 * Statuses that are refusals with a `Retry-After`: 403 and 503, and those with which some servers
 * say that there are too many requests, or too much load: 420, 430, 509, 529.
 */
const MAY_ASK = [403, 503, 420, 430, 509, 529];

/**
 * Returns the status by which a response is counted: that of a refusal, 429, for a status that may
 * ask to wait and does. So is a 403 whose headers say that nothing remains until a reset: GitHub
 * refuses so.
 */
export function refusalStatus(status: number, headers: HeaderView, now: number): number {
  if (!MAY_ASK.includes(status)) return status;
  const isRefusal =
    isPlausible(fromRetryAfter(headers, now)) || (status === 403 && isExhausted(headers, now));
  return isRefusal ? 429 : status;
}

/** Reads the wait in milliseconds out of one kind of header; `now` is by the server's clock. */
type Source = (headers: HeaderView, now: number) => number | undefined;

const SOURCES: readonly Source[] = [
  fromRetryAfter,
  (headers, now) => fromRateLimit(headers.get('ratelimit') ?? '', now),
  (headers, now) => fromReset(headers, 'ratelimit', now),
  (headers, now) => fromReset(headers, 'x-ratelimit', now),
  (headers) => numberOf(headers, 'gw-ratelimit-reset'),
  (headers, now) => ahead(numberOf(headers, 'x-bapi-limit-reset-timestamp'), now),
  (headers, now) => ahead(parseInstant(headers.get('x-gate-ratelimit-reset-timestamp'), now), now),
];

function fromRetryAfter(headers: HeaderView, now: number): number | undefined {
  // A date has a comma of its own, behind the name of its day.
  const times = headers.get('retry-after')?.match(/\s*([a-z]{3,9},)?[^,]+/gi) ?? [];
  return longest(times.map((time) => wait(time, now)));
}

/** Returns the milliseconds until a time; undefined for one that has passed. */
function ahead(at: number | undefined, now: number): number | undefined {
  return at !== undefined && at > now ? at - now : undefined;
}

/** Reads `RateLimit-Remaining` and `RateLimit-Reset`, or those of another prefix. */
function fromReset(headers: HeaderView, prefix: string, now: number): number | undefined {
  if ((numberOf(headers, `${prefix}-remaining`) ?? 0) > 0) return undefined;
  return wait(headers.get(`${prefix}-reset`), now);
}

/** Whether the headers say that a limit is used up, and until when. */
function isExhausted(headers: HeaderView, now: number): boolean {
  return ['ratelimit', 'x-ratelimit'].some(
    (prefix) =>
      numberOf(headers, `${prefix}-remaining`) === 0 &&
      isPlausible(fromReset(headers, prefix, now)),
  );
}

/** Reads `RateLimit`: a list of limits with parameters, or in older drafts a dictionary of one. */
function fromRateLimit(value: string, now: number): number | undefined {
  // Names of limits are quoted, and nothing in them counts.
  const unquoted = value.replace(/"(?:[^"\\]|\\.)*"/g, '');
  const one = parameters(unquoted.split(/[,;]/));
  const limits = one.has('reset')
    ? [one]
    : unquoted.split(',').map((limit) => parameters(limit.split(';')));
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

/** Returns the milliseconds until a time; 0 for one that has passed, and for a negative number. */
function wait(text: string | null | undefined, now: number): number | undefined {
  if (/^\s*-\d+(\.\d*)?\s*$/.test(text ?? '')) return 0;
  const at = parseInstant(text, now);
  return at === undefined ? undefined : Math.max(0, at - now);
}

function longest(waits: (number | undefined)[]): number | undefined {
  const known = waits.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
