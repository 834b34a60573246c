import { type HeadersLike, invalidConfig } from '../../index.js';
import { HEADERS, readHeaders } from '../../shared/headers.js';
import { retryAfterOf } from '../../shared/retry-after.js';

/**
 * How many milliseconds the server wants one to wait who was just refused (429, 418, 503). The first of these headers
 * that says so counts:
 *
 * - `Retry-After`: seconds, also with a fraction, or an HTTP date, which is taken against the answer's `Date` header,
 *   and against `now` where there is none. Of several numbers of seconds the longest.
 * - `RateLimit` (`"default";r=0;t=5`, or `limit=10, remaining=0, reset=5`), `RateLimit-Reset` and `X-RateLimit-Reset`:
 *   seconds. A limit of which the answer says that something is left makes nobody wait; of several that are used up the
 *   longest counts. (IETF draft-ietf-httpapi-ratelimit-headers, versions 00 to 10.)
 * - `gw-ratelimit-reset` (KuCoin): milliseconds.
 * - `X-Bapi-Limit-Reset-Timestamp` (Bybit): Unix milliseconds; at or before now it says nothing, as in each answer that
 *   is no refusal.
 *
 * A number of seconds from 10^9 on is a Unix time, in milliseconds from 10^12 on, as some servers send. What lies in
 * the past, and what is negative, is 0. A value that cannot be read is as if it were not there. Long times are not cut:
 * bans of days exist.
 *
 * @param headers of the answer
 * @param now Unix milliseconds. Default: `Date.now()`
 * @throws {InvalidConfigError} there are no headers in what was passed, or `now` is no number
 */
export function retryAfter(headers: HeadersLike, now: number = Date.now()): number | undefined {
  if (!Number.isFinite(now)) throw invalidConfig('now', 'a finite number', now);
  const read = readHeaders(headers);
  if (read === undefined) throw invalidConfig('headers', HEADERS, headers);
  return retryAfterOf(read, now);
}
