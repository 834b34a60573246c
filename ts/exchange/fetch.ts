import {
  invalidConfig,
  type MultiThrottler,
  type Permit,
  type Priority,
  type Report,
  type ThrottleCost,
  UnknownRuleError,
} from '../index.js';
import { type BodyReader, type PausedRules, reportOf } from '../shared/verdict.js';

/** What of a throttler is needed. */
export type Throttler = Pick<MultiThrottler, 'acquire' | 'report'>;

/** How {@link throttledFetch} sends. */
export interface ThrottledFetchOptions {
  /**
   * What a request costs: `(request, body) => profile.costs(request.method, request.url, body)`, with the body that is sent,
   * where `init` has it as a text or `URLSearchParams`.
   */
  readonly costs: (request: Request, body?: string | URLSearchParams | undefined) => ThrottleCost;
  /** The class in which requests wait. Default `'normal'`. */
  readonly priority?: Priority | ((request: Request) => Priority | undefined) | undefined;
  /**
   * How often a request that was refused with 429 is sent again: a whole number of 0 or more. Each time it waits and
   * pays anew. Default 2.
   */
  readonly retries?: number | undefined;
  /** What sends: gets a `Request`. Default: the global `fetch` as it is at the call. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /**
   * Reads refusals out of bodies, for exchanges that refuse with status 200: the `body` of a profile. Answers are then
   * handed out when their body has come.
   */
  readonly body?: BodyReader | undefined;
  /** Which rules a refusal pauses: the `pauses` of a profile. Default `'all'`. */
  readonly pauses?: PausedRules | undefined;
}

/**
 * A `fetch` that waits until the throttler allows the request, sends it, and reports the answer to the throttler.
 *
 * It resolves and rejects as `fetch` does, and rejects as `acquire` does, without sending. The request's signal ends the
 * waiting as well. A request that was refused with 429 is sent again, unless its body is a stream. When an answer has
 * begun to come the permit is released; a request that never left is refunded; one that failed on its way counts as sent.
 *
 * @throws {InvalidConfigError} an option is not what it must be
 */
export function throttledFetch(throttler: Throttler, options: ThrottledFetchOptions): typeof fetch {
  const { costs, priority, retries = 2, body, pauses = 'all' } = checked(throttler, options);
  const send = async (request: Request, permit: Permit): Promise<Response> => {
    if (request.signal.aborted) {
      permit.release({ refund: true });
      throw request.signal.reason;
    }
    try {
      return await (options.fetch ?? globalThis.fetch)(request);
    } catch (error) {
      permit.release();
      throw error;
    }
  };
  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const cost = costs(request, readable(init?.body));
    const wanted = typeof priority === 'function' ? priority(request) : priority;
    for (let left = isStream(init?.body) ? 0 : retries; ; left--) {
      const permit = await throttler.acquire(cost, { priority: wanted, signal: request.signal });
      // A body can be read once, and so the original is kept for the next time.
      const again = left > 0 && request.body !== null;
      const response = await send(again ? request.clone() : request, permit);
      const content = body && (await textOf(response));
      const report = reportOf({
        status: response.status,
        headers: response.headers,
        cost,
        content,
        body,
        pauses,
      });
      try {
        told(throttler, { ...report, permit });
      } finally {
        permit.release();
      }
      if (report.status !== 429 || left <= 0) return response;
      await response.body?.cancel();
    }
  };
}

function told(throttler: Throttler, report: Report): void {
  try {
    throttler.report(report);
  } catch (error) {
    if (!(error instanceof UnknownRuleError)) throw error;
    // One was removed while the request was on its way, for which its answer must not be lost.
    throttler.report({ ...report, rules: undefined });
  }
}

function checked(throttler: Throttler, options: ThrottledFetchOptions): ThrottledFetchOptions {
  if (typeof throttler?.acquire !== 'function') {
    throw invalidConfig('throttler', 'a MultiThrottler', throttler);
  }
  if (typeof options !== 'object' || options === null) throw invalidConfig('options', 'an object', options);
  const { costs, retries, fetch, body, pauses } = options;
  if (typeof costs !== 'function') throw invalidConfig('costs', 'a function', costs);
  if (retries !== undefined && !(Number.isInteger(retries) && retries >= 0)) {
    throw invalidConfig('retries', 'a whole number of 0 or more', retries);
  }
  if (fetch !== undefined && typeof fetch !== 'function') throw invalidConfig('fetch', 'a function', fetch);
  if (body !== undefined && typeof body !== 'function') throw invalidConfig('body', 'a function', body);
  if (pauses !== undefined && pauses !== 'all' && pauses !== 'charged') {
    throw invalidConfig('pauses', 'all or charged', pauses);
  }
  return options;
}

/** A body that can be looked at without reading it. */
function readable(body: unknown): string | URLSearchParams | undefined {
  return typeof body === 'string' || body instanceof URLSearchParams ? body : undefined;
}

/** Whether a body can be sent only once. */
function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return body instanceof ReadableStream || Symbol.asyncIterator in body;
}

/** The body's text; undefined if it does not come, which whoever reads the answer will learn. */
async function textOf(response: Response): Promise<string | undefined> {
  try {
    return await response.clone().text();
  } catch {
    return undefined;
  }
}
