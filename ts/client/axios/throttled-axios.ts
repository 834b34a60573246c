import type { Permit, ThrottleCost, Throttler } from '../../index.js';
import { itemsOf, lowerCost } from '../../shared/actual-cost.js';
import { parseJson } from '../../shared/params.js';
import { Reporter } from '../gate/reporter.js';
import {
  type AnyAdapter,
  type AxiosConfig,
  type AxiosSettings,
  axiosSettings,
  type ThrottledAxiosOptions,
} from './options.js';

/**
 * Returns an adapter of axios that waits until the throttler grants a request, sends it by another
 * adapter, and reports the response. Signals and cancel tokens end the wait as well. A request that
 * axios rejects before it sends is refunded.
 *
 * An adapter runs after all interceptors: a request that an interceptor has signed is as old as its
 * wait. Sign in `prepare`.
 *
 * @throws {InvalidConfigError} the throttler or an option is invalid
 *
 * @example
 * const api = axios.create({
 *   baseURL: 'https://api.binance.com',
 *   adapter: throttledAxios(throttler, {
 *     adapter: axios.getAdapter('http'),
 *     profile: binanceSpot,
 *     prepare: (config) => ({ ...config, params: sign({ ...config.params, timestamp: Date.now() }) }),
 *   }),
 * });
 */
export function throttledAxios(throttler: Throttler, options: ThrottledAxiosOptions): AnyAdapter {
  const settings = axiosSettings(throttler, options);
  const { body, pauses, onError } = settings;
  const reporter = new Reporter(throttler, { body, pauses, onError });
  return (config) => send(throttler, settings, reporter, config);
}

/** A response of axios, or one that an error of axios has. */
interface Response {
  readonly status: number;
  readonly headers: unknown;
  readonly data: unknown;
  readonly request?: unknown;
}

/** The outcome of an adapter: the response, and how to return it or throw its error. */
interface Ended {
  readonly response: Response | undefined;
  readonly error?: unknown;
  settle(): unknown;
}

async function send(
  throttler: Throttler,
  settings: AxiosSettings,
  reporter: Reporter,
  config: AxiosConfig,
): Promise<unknown> {
  const { costs, retries, priority, maxWait, adapter } = settings;
  const cost = costs(config);
  const options = {
    priority: typeof priority === 'function' ? priority(config) : priority,
    maxWait: typeof maxWait === 'function' ? maxWait(config) : maxWait,
  };
  // Last before the `try` that ends it.
  const cancellation = new Cancellation(config);
  const { signal } = cancellation;
  let refused: Ended | undefined;
  try {
    for (let attempt = 1; ; attempt++) {
      let permit: Permit | undefined;
      let prepared: AxiosConfig;
      try {
        permit = await throttler.acquire(cost, { ...options, signal });
        prepared = await prepare(settings, config, attempt, permit, signal);
      } catch (error) {
        if (refused === undefined || signal?.aborted) throw error;
        // With a permit, it was `prepare` that failed.
        if (permit !== undefined) reporter.surface(error);
        return refused.settle();
      }
      if (options.maxWait !== undefined)
        options.maxWait = Math.max(0, options.maxWait - permit.waited);
      const ended = await endOf(adapter, prepared);
      const lower = (items: number) => {
        const actual = settings.actual?.(config, items);
        return actual && lowerCost(cost, actual);
      };
      const isRefused = report(reporter, ended, cost, permit, lower);
      const isLast = attempt > retries || !isRepeatable(config, cost) || mayBeDone(config, ended);
      if (!isRefused || isLast) return ended.settle();
      refused = ended;
    }
  } finally {
    cancellation.end();
  }
}

/** Returns the request as it is to be sent. If that fails, the permit is refunded. */
async function prepare(
  { prepare: complete }: AxiosSettings,
  config: AxiosConfig,
  attempt: number,
  permit: Permit,
  signal: AbortSignal | undefined,
): Promise<AxiosConfig> {
  try {
    const prepared = complete ? await complete({ ...config }, attempt) : config;
    // An adapter of axios would not send it either, but does not say so.
    if (signal?.aborted) throw signal.reason;
    return prepared;
  } catch (error) {
    permit.release({ refund: true });
    throw error;
  }
}

async function endOf(adapter: AnyAdapter, config: AxiosConfig): Promise<Ended> {
  try {
    const response = await adapter(config);
    return { response, settle: () => response };
  } catch (error) {
    const { response } = Object(error) as { response?: Response };
    return {
      response,
      error,
      settle: () => {
        throw error;
      },
    };
  }
}

/** Reports a response and releases its permit. Returns whether the request was refused whole. */
function report(
  reporter: Reporter,
  { response, error }: Ended,
  cost: ThrottleCost,
  permit: Permit,
  lower: (items: number) => ThrottleCost | undefined,
): boolean {
  let isRefused = false;
  if (typeof response?.status === 'number' && response.status > 0) {
    const { status, headers, data } = response;
    const isShown = typeof data === 'string' || isPlain(data);
    isRefused = reporter.report({ status, headers, cost, permit }, isShown ? [data] : []);
  }
  const isUnsent = response === undefined && isUnsendable(error);
  reporter.attempt(() => {
    const actual = isUnsent ? undefined : reporter.attempt(() => actualCost(response, lower));
    permit.release(isUnsent ? { refund: true } : actual && { cost: actual });
  });
  return isRefused;
}

/** Returns the cost of an answer that is a list, if it is lower than what was charged. */
function actualCost(
  response: Response | undefined,
  lower: (items: number) => ThrottleCost | undefined,
): ThrottleCost | undefined {
  if (response === undefined || response.status >= 400 || !lower(0)) return undefined;
  const { data } = response;
  const items = itemsOf(typeof data === 'string' ? parseJson(data) : data);
  return items === undefined ? undefined : lower(items);
}

/** Errors that axios throws before it opens a connection. */
const UNSENDABLE = [
  'ERR_BAD_REQUEST',
  'ERR_INVALID_URL',
  'ERR_BAD_OPTION',
  'ERR_BAD_OPTION_VALUE',
  'ERR_NOT_SUPPORT',
];

function isUnsendable(error: unknown): boolean {
  const { code, request } = Object(error) as { code?: unknown; request?: unknown };
  return request === undefined && UNSENDABLE.includes(String(code));
}

/** Whether a request has a cost, without which no pause could hold it back, and no stream. */
function isRepeatable({ data }: AxiosConfig, cost: ThrottleCost): boolean {
  const isStream = typeof data?.pipe === 'function' || typeof data?.getReader === 'function';
  return !isStream && Object.values(cost).some((amount) => amount > 0);
}

/**
 * Whether a refused request may have been carried out: a redirect after a POST is often its
 * outcome, and the refusal is of the request that followed. In browsers axios does not tell.
 */
function mayBeDone({ method = 'get' }: AxiosConfig, { response }: Ended): boolean {
  const { _redirectable: redirectable } = Object(response?.request) as {
    _redirectable?: { _redirectCount?: number };
  };
  return (redirectable?._redirectCount ?? 0) > 0 && !/^(get|head|options)$/i.test(method);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The cancel token of axios before version 0.22. */
interface CancelToken {
  readonly reason?: unknown;
  subscribe(listener: (reason: unknown) => void): void;
  unsubscribe(listener: (reason: unknown) => void): void;
}

/** The signal of a request, to which an old cancel token is joined. */
class Cancellation {
  readonly signal: AbortSignal | undefined;
  readonly #token: CancelToken | undefined;
  readonly #outer: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #abort = (reason: unknown) => this.#controller.abort(reason);
  readonly #forward = () => this.#controller.abort(this.#outer?.reason);

  constructor({ signal, cancelToken }: { signal?: AbortSignal; cancelToken?: CancelToken }) {
    this.#token = cancelToken;
    this.#outer = signal;
    if (cancelToken === undefined) {
      this.signal = signal;
      return;
    }
    this.signal = this.#controller.signal;
    if (cancelToken.reason !== undefined) this.#abort(cancelToken.reason);
    if (signal?.aborted) this.#forward();
    cancelToken.subscribe(this.#abort);
    signal?.addEventListener('abort', this.#forward);
  }

  end(): void {
    this.#token?.unsubscribe(this.#abort);
    if (this.#token) this.#outer?.removeEventListener('abort', this.#forward);
  }
}
