import type { HeaderReader, HeadersLike, ReportedUsage, RuleId } from '../config.js';
import { HeldPermit, type Permit } from '../permit.js';
import { isCached } from '../shared/cached.js';
import { type HeaderView, isHeaderView, readsViews } from '../shared/header-view.js';
import { HEADERS, readHeaders } from '../shared/headers.js';
import { serverTime } from '../shared/http-date.js';
import { refusalStatus, retryAfterOf } from '../shared/retry-after.js';
import { invalidConfig } from './invalid-config.js';
import type { EngineReport } from './report-buffer.js';

/** A response of the server, for {@link MultiThrottler.report}. */
export interface Report<Id extends string = string> {
  /**
   * The HTTP status: 429 is a refusal, 418 a ban, below 400 is success. 403 and 503 (and 420, 430,
   * 509, 529) are refusals if their headers ask to wait: `Retry-After`, or for 403 a limit of which
   * nothing remains.
   */
  status: number;
  /**
   * The headers of the response. `Date`, `Retry-After` and similar headers are read, and whatever
   * `config.headers` reads.
   */
  headers?: HeadersLike | undefined;
  /**
   * The ids of the rules that a refusal or a ban pauses.
   *
   * @defaultValue all rules
   */
  rules?: readonly RuleId<Id>[] | undefined;
  /**
   * The permit of the request. It tells when the request was granted, and that the request is no
   * longer in flight.
   */
  permit?: Permit | undefined;
  /**
   * Reads the usage out of the headers of this response.
   *
   * @defaultValue `config.headers`
   */
  reader?: HeaderReader | undefined;
}

/** The parts of a throttler's engine that a report needs. */
interface Receiver {
  /** Reader of usage headers. */
  readonly reader: HeaderReader | undefined;
  /** Holder of the permits of the throttler. */
  readonly waiters: object;
  /** Returns Unix milliseconds. */
  readonly wallNow: () => number;
  /** Takes in what was read. */
  report(report: EngineReport): void;
}

/**
 * Reads the headers of a report and sends it to the engine. An exception of the reader is thrown
 * last, as a refusal must pause whatever is wrong with the other headers.
 *
 * @throws {InvalidConfigError} a field of the report is invalid
 * @throws the exception of the reader
 */
export function sendReport(report: Report, engine: Receiver): void {
  if (typeof report !== 'object' || report === null)
    throw invalidConfig('report', 'an object', report);
  const { status, headers, rules, permit, reader = engine.reader } = report;
  const read = headers === undefined ? undefined : viewOf(headers, reader);
  if (headers !== undefined && read === undefined) throw invalidConfig('headers', HEADERS, headers);
  const ticket = permit === undefined ? undefined : HeldPermit.ticketOf(permit, engine.waiters);
  if (permit !== undefined && ticket === undefined) {
    throw invalidConfig('permit', 'a permit of this throttler', permit);
  }
  // A response out of a cache describes the request that filled the cache.
  const current = read !== undefined && !isCached(read) ? read : undefined;
  let usage: readonly ReportedUsage[] = [];
  let failure: { error: unknown } | undefined;
  try {
    if (current !== undefined && reader !== undefined)
      usage = reader(current as Headers, status, rules);
  } catch (error) {
    failure = { error };
  }
  const now = read === undefined ? 0 : engine.wallNow();
  const counted = read ? refusalStatus(status, read, now) : status;
  // Headers of other responses ask nobody to wait.
  const isRefusal = counted === 429 || counted === 418;
  engine.report({
    status: counted,
    retryAfter: read && isRefusal ? retryAfterOf(read, now) : undefined,
    date: current && serverTime(current, now),
    rules,
    permit: ticket,
    usage,
  });
  if (failure !== undefined) throw failure.error;
}

/** Returns headers in a form that `reader` can read; undefined if there are none. */
function viewOf(headers: HeadersLike, reader: HeaderReader | undefined): HeaderView | undefined {
  const isView = isHeaderView(headers);
  return isView && (reader === undefined || readsViews(reader)) ? headers : readHeaders(headers);
}
