import { type HeadersLike, invalidConfig } from '../../index.js';
import { HEADERS, readHeaders } from '../../shared/headers.js';
import { retryAfterOf } from '../../shared/retry-after.js';

/**
 * Returns how many milliseconds a server asks to wait after a refusal (429, 418, 503), or
 * `undefined` if no header says so. The first of these headers that can be read decides:
 *
 * - `Retry-After`: seconds, also with a fraction, or an HTTP date; the longest of several
 *   numbers counts.
 * - `RateLimit` (`"default";r=0;t=5`, or `limit=10, remaining=0, reset=5`), `RateLimit-Reset` and
 *   `X-RateLimit-Reset` of the IETF draft-ietf-httpapi-ratelimit-headers, versions 00 to 11:
 *   seconds. A limit with something remaining is ignored; of several exhausted limits the longest
 *   wait counts.
 * - `gw-ratelimit-reset` (KuCoin): milliseconds.
 * - `X-Bapi-Limit-Reset-Timestamp` (Bybit) and `X-Gate-RateLimit-Reset-Timestamp` (Gate): Unix
 *   time. It is ignored unless it is ahead, since every response carries it.
 *
 * A time may also be a Unix time in seconds, milliseconds, microseconds or nanoseconds, or a date
 * of RFC 3339. It is compared with the response's `Date` plus its `Age`, or with `now` without a
 * `Date`. Past times and negative numbers give 0. Malformed values are ignored, and so are times
 * more than a year away, which are misread units. Bans of days are returned in full.
 *
 * @param headers headers of the response, in any form
 * @param now Unix milliseconds; default `Date.now()`
 * @throws {InvalidConfigError} `headers` holds no headers, or `now` is not finite
 *
 * @example
 * if (response.status === 429) {
 *   throttler.pause({ ms: retryAfter(response.headers) ?? 1000 });
 * }
 */
export function retryAfter(headers: HeadersLike, now: number = Date.now()): number | undefined {
  if (!Number.isFinite(now)) throw invalidConfig('now', 'a finite number', now);
  const read = readHeaders(headers);
  if (read === undefined) throw invalidConfig('headers', HEADERS, headers);
  return retryAfterOf(read, now);
}
