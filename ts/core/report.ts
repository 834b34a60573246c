import type { HeaderReader, HeadersLike, ReportedUsage } from '../config.js';
import { HeldPermit, type Permit } from '../permit.js';
import { isCached } from '../shared/cached.js';
import { HEADERS, readHeaders } from '../shared/headers.js';
import { serverTime } from '../shared/http-date.js';
import { refusalStatus, retryAfterOf } from '../shared/retry-after.js';
import { invalidConfig } from './invalid-config.js';

/** What the server answered to a request. */
export interface Report {
  /**
   * The HTTP status: 429 is a refusal, 418 a ban, below 400 is success. 403 and 503 are refusals if
   * their headers ask to wait: `Retry-After`, or for 403 a limit of which nothing remains.
   */
  status: number;
  /** The answer's headers, of which `Date`, `Retry-After` and its like, and what `config.headers` reads are of use. */
  headers?: HeadersLike | undefined;
  /** The ids of the rules that a refusal or a ban pauses. Default: all rules. */
  rules?: readonly string[] | undefined;
  /** The permit of the request, by which is known when it was sent, and that it is in flight no more. */
  permit?: Permit | undefined;
  /**
   * Reads the usage out of the headers of this response.
   *
   * @defaultValue `config.headers`
   */
  reader?: HeaderReader | undefined;
}

/** A report in the engine's terms. */
interface Answer {
  status: number;
  /** Milliseconds. */
  retryAfter: number | undefined;
  /** Unix milliseconds. */
  date: number | undefined;
  rules: readonly string[] | undefined;
  /** The permit's ticket. */
  permit: number | undefined;
  usage: readonly ReportedUsage[];
}

/**
 * Reads a report for the engine, and tells it. A reader that throws does so in the end, when all else has been told: a
 * refusal must pause whatever is wrong with the other headers.
 *
 * @param holder the engine whose permit it has to be
 */
export function sendReport(
  report: Report,
  ownReader: HeaderReader | undefined,
  wallNow: () => number,
  holder: object,
  engine: (answer: Answer) => void,
): void {
  if (typeof report !== 'object' || report === null) throw invalidConfig('report', 'an object', report);
  const { status, headers, rules, permit, reader = ownReader } = report;
  const read = headers === undefined ? undefined : readHeaders(headers);
  if (headers !== undefined && read === undefined) throw invalidConfig('headers', HEADERS, headers);
  const ticket = permit === undefined ? undefined : HeldPermit.ticketOf(permit, holder);
  if (permit !== undefined && ticket === undefined) {
    throw invalidConfig('permit', 'a permit of this throttler', permit);
  }
  // A response out of a cache tells of the request that filled the cache.
  const current = read !== undefined && !isCached(read) ? read : undefined;
  let usage: readonly ReportedUsage[] = [];
  let failure: { error: unknown } | undefined;
  try {
    if (current !== undefined && reader !== undefined) usage = reader(current, status, rules);
  } catch (error) {
    failure = { error };
  }
  const now = read === undefined ? 0 : wallNow();
  engine({
    status: read ? refusalStatus(status, read, now) : status,
    retryAfter: read && retryAfterOf(read, now),
    date: current && serverTime(current),
    rules,
    permit: ticket,
    usage,
  });
  if (failure !== undefined) throw failure.error;
}
