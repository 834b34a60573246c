import type { Permit, ReleaseOptions, Report, ThrottleCost } from '../../index.js';
import { lowerCost } from '../../shared/actual-cost.js';
import { tellError } from '../../shared/callback.js';
import { readHeaders } from '../../shared/headers.js';
import { isUnknownRule } from '../../shared/unknown-rule.js';
import { reportWith, verdictOf } from '../../shared/verdict.js';
import { itemsIn } from './answer-items.js';
import { discard, ignore } from './bytes.js';
import { type Call, requestOf, signalOf, snapshot, viewOf } from './call.js';
import { GlobalFetch } from './global-fetch.js';
import {
  type FetchThrottler,
  type Settings,
  settingsOf,
  type ThrottledFetchOptions,
} from './options.js';
import { isReplayable, readableBody, spareBody } from './request-body.js';
import { shortText } from './response-body.js';
import { StoredResponses } from './stored-responses.js';
import { untilAborted } from './until-aborted.js';

/**
 * Returns a `fetch` that waits until the throttler grants the request, sends it, and reports the
 * response to the throttler. It is `fetch`, delayed: the inner `fetch` gets the arguments as they
 * were at the call, and it resolves and rejects as `fetch` does. It also rejects as `acquire` does,
 * without sending.
 *
 * The signal ends the wait as well. A request that was refused whole with 429 is sent again, unless
 * its body is a stream. If it cannot wait again, because of `maxWait` or a full queue, the refusal
 * is returned. The permit is released when the response has begun to come, or when all of it has
 * come if its cost goes by the length of the answer; what a longer answer would have cost more is
 * given back then. A request that never left is refunded; one that failed on its way counts as sent
 * and is not repeated.
 *
 * @throws {InvalidConfigError} an option or the throttler is invalid
 *
 * @example
 * const fetch = throttledFetch(throttler, {
 *   profile: binanceSpot,
 *   maxWait: 60_000,
 *   prepare: (input, init) => [sign(input), init], // when it is granted, and for each try anew
 * });
 * const response = await fetch('https://api.binance.com/api/v3/openOrders?symbol=BTCUSDT');
 */
export function throttledFetch(
  throttler: FetchThrottler,
  options: ThrottledFetchOptions,
): typeof fetch {
  const settings = settingsOf(throttler, options);
  const own = (async (input: string | URL | Request, init?: RequestInit) =>
    globalFetch.isCalling
      ? globalFetch.send({ input, init })
      : sender.send(snapshot({ input, init }))) as typeof fetch;
  const globalFetch = new GlobalFetch(own);
  const sender = new Sender(throttler, settings, globalFetch);
  return own;
}

/**
 * Longest time in milliseconds for which a response is held up until its body has come, to read a
 * refusal in it: `fetch` itself would return it with its headers. A refusal comes at once.
 */
const PATIENCE = 5000;

/** A refusal that is about to be answered by another try. */
interface Refusal {
  readonly response: Response;
  /** Ends the reading of its body. */
  readonly stop: AbortController;
}

/** A response, and what its report needs. */
interface Received {
  readonly response: Response;
  readonly cost: ThrottleCost;
  readonly permit: Permit;
  /** Returns the cost of an answer of so many items; undefined if it is as charged. */
  readonly lower: (items: number) => ThrottleCost | undefined;
  /** The call as it was sent, and the time of `performance.now()` at which it was. */
  readonly sent: Call;
  readonly sentAt: number;
  readonly signal: AbortSignal | undefined;
}

/** Sends the calls of one `throttledFetch`. */
class Sender {
  readonly #throttler: FetchThrottler;
  readonly #settings: Settings;
  readonly #globalFetch: GlobalFetch;
  readonly #stored = new StoredResponses();
  #hasWarned = false;

  constructor(throttler: FetchThrottler, settings: Settings, globalFetch: GlobalFetch) {
    this.#throttler = throttler;
    this.#settings = settings;
    this.#globalFetch = globalFetch;
  }

  /** Sends a call, and repeats it while it is refused whole and may be repeated. */
  async send(call: Call): Promise<Response> {
    const { costs, priority, maxWait, retries, fetch } = this.#settings;
    const view = viewOf(call, fetch === undefined);
    const body = readableBody(call.init?.body);
    const cost = costs(view, body);
    const lower = (items: number) => {
      const actual = this.#settings.actual?.(view, body, items);
      return actual && lowerCost(cost, actual);
    };
    const signal = signalOf(call);
    const options = {
      priority: typeof priority === 'function' ? priority(view) : priority,
      signal,
      maxWait: typeof maxWait === 'function' ? maxWait(view) : maxWait,
    };
    let next = call;
    let refusal: Refusal | undefined;
    for (let attempt = 1; ; attempt++) {
      let permit: Permit | undefined;
      let sent: Call;
      try {
        permit = await this.#throttler.acquire(cost, options);
        sent = await this.#prepare(next, attempt, permit, signal);
      } catch (error) {
        if (refusal === undefined || signal?.aborted) throw error;
        // With a permit, it was `prepare` that failed.
        if (permit !== undefined) this.#surface(error);
        return refusal.response;
      }
      if (refusal) drop(refusal);
      if (options.maxWait !== undefined)
        options.maxWait = Math.max(0, options.maxWait - permit.waited);
      // Without a cost there is no rule whose pause could hold the next try back.
      const repeated = attempt <= retries && hasCost(cost) ? repetition(next, sent) : undefined;
      const sentAt = performance.now();
      const response = await this.#fetch(sent, permit, signal);
      const isRefused = await this.#report({ response, cost, lower, permit, sent, sentAt, signal });
      if (this.#settings.body && signal?.aborted) {
        // Aborted while the body was read, before the caller has the response.
        discard(response);
        throw signal.reason;
      }
      const again = isRefused && !mayBeDone(sent, response) ? await repeated : undefined;
      if (again === undefined) return response;
      next = again;
      refusal = { response, stop: new AbortController() };
      // A body that has been read no longer occupies its connection while the request waits.
      if (this.#settings.body === undefined) void shortText(response, refusal.stop.signal);
    }
  }

  /** Returns the call as it is to be sent. If that fails, the permit is refunded. */
  async #prepare(call: Call, attempt: number, permit: Permit, signal?: AbortSignal): Promise<Call> {
    const { prepare } = this.#settings;
    try {
      let sent = call;
      if (prepare) {
        const { input, init } = snapshot(call);
        const preparing = Promise.resolve(prepare(input, init, attempt));
        const prepared = await untilAborted(preparing, signal ? [signal] : [], call, ignore);
        if (!Array.isArray(prepared)) throw new TypeError('prepare must return [input, init]');
        sent = { input: prepared[0], init: prepared[1] ?? undefined };
      }
      for (const one of signalsOf(sent, signal)) one.throwIfAborted();
      return sent;
    } catch (error) {
      this.#release(permit, { refund: true });
      throw error;
    }
  }

  async #fetch(call: Call, permit: Permit, signal?: AbortSignal): Promise<Response> {
    try {
      const sending = this.#send(call);
      return await untilAborted<Response>(
        Promise.resolve(sending),
        signalsOf(call, signal),
        call,
        discard,
      );
    } catch (error) {
      this.#release(permit);
      throw error;
    }
  }

  #send(call: Call): Promise<Response> {
    const { fetch } = this.#settings;
    if (fetch === undefined) return this.#globalFetch.send(call);
    return call.init === undefined ? fetch(call.input) : fetch(call.input, call.init);
  }

  /**
   * Reports a response and releases its permit. Returns whether the request was refused whole, so
   * that it can be repeated. It never throws: the response is worth more than the report.
   */
  async #report(received: Received): Promise<boolean> {
    const { response, cost, lower, permit, sent, sentAt, signal } = received;
    const { body, pauses } = this.#settings;
    const now = performance.now();
    let isAnswer = false;
    try {
      const { status } = response;
      // An opaque response has the status 0 and no headers.
      if (status === 0) return false;
      const read = readHeaders(response.headers) ?? new Headers();
      const content = body && (await this.#textOf(response, signal));
      const request = { method: methodOf(sent), cache: cacheOf(sent), url: response.url };
      const headers = this.#stored.marked(read, { ...request, sentAt, now });
      const answer = { status, headers, cost, content, body, pauses };
      const verdict = this.#attempt(() => verdictOf(answer));
      const report = reportWith(answer, verdict);
      this.#tell({ ...report, permit });
      isAnswer = report.status < 400;
      return report.status === 429 && verdict?.partial !== true;
    } catch (error) {
      this.#surface(error);
      return false;
    } finally {
      if (isAnswer && this.#attempt(() => lower(0))) {
        void this.#releaseAtCost(response, permit, lower);
      } else {
        this.#release(permit);
      }
    }
  }

  /** Releases a permit when the answer has come, at the cost of its length. */
  async #releaseAtCost(
    response: Response,
    permit: Permit,
    lower: Received['lower'],
  ): Promise<void> {
    const costOf = (items: number) => this.#attempt(() => lower(items));
    const items = await itemsIn(response, (some) => costOf(some) !== undefined);
    const cost = items === undefined ? undefined : costOf(items);
    this.#release(permit, cost && { cost });
  }

  /**
   * Returns the text of a short body; undefined if the request is aborted before it has come, and
   * what has come of one that stalls.
   */
  async #textOf(response: Response, signal?: AbortSignal): Promise<string | undefined> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const text = shortText(response, stop.signal);
      return await untilAborted(text, signal ? [signal] : [], response, ignore);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #tell(report: Report): void {
    try {
      this.#throttler.report(report);
    } catch (error) {
      if (!isUnknownRule(error)) throw error;
      // A rule was removed while the request was in flight.
      this.#throttler.report({ ...report, rules: undefined });
    }
  }

  #release(permit: Permit, options?: ReleaseOptions): void {
    this.#attempt(() => permit.release(options));
  }

  /** Returns what `work` returns; undefined if it throws, which is surfaced. */
  #attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#surface(error);
      return undefined;
    }
  }

  /** Makes an error known that must not cost a response. */
  #surface(error: unknown): void {
    const { onError } = this.#settings;
    if (onError) tellError(onError, error, (own) => this.#warn(own));
    else this.#warn(error);
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn(
      'multi-throttler: a response was returned, but could not be reported in full:',
      error,
    );
  }
}

/** Returns the signals of a call, which `prepare` may have replaced. */
function signalsOf(call: Call, signal: AbortSignal | undefined): AbortSignal[] {
  const all = new Set([signal, signalOf(call)]);
  return [...all].filter((one) => one !== undefined);
}

function hasCost(cost: ThrottleCost): boolean {
  return Object.values(cost).some((amount) => amount > 0);
}

/**
 * Whether a refused request may have been carried out: a redirect after a POST is often its
 * outcome, and the refusal is of the request that followed.
 */
function mayBeDone(call: Call, { redirected }: Response): boolean {
  return redirected && !/^(GET|HEAD|OPTIONS)$/i.test(methodOf(call));
}

function methodOf({ input, init }: Call): string {
  return init?.method ?? requestOf(input)?.method ?? 'GET';
}

function cacheOf({ input, init }: Call): RequestCache | undefined {
  return init?.cache ?? requestOf(input)?.cache;
}

/**
 * Returns the call for another try, undefined if its body can be sent only once. It has to be
 * called before the request is sent.
 *
 * @param call before `prepare`, which makes other streams and requests for the next try
 * @param sent after `prepare`
 */
async function repetition(call: Call, sent: Call): Promise<Call | undefined> {
  const body = sent.init?.body ?? undefined;
  if (body !== undefined) return isReplayable(body) || body !== call.init?.body ? call : undefined;
  const request = requestOf(sent.input);
  if (request === undefined || !mayHaveBody(request) || sent.input !== call.input) return call;
  const bytes = await spareBody(request);
  return bytes && { input: call.input, init: { ...call.init, body: bytes as BodyInit } };
}

/** Whether a `Request` may have a body; Firefox does not tell. */
function mayHaveBody({ body, method }: Request): boolean {
  return body === undefined ? !/^(GET|HEAD)$/i.test(method) : body !== null;
}

function drop({ response, stop }: Refusal): void {
  stop.abort();
  discard(response);
}
