import {
  checkFields,
  invalidConfig,
  type RequestPriority,
  type ThrottleCost,
  type Throttler,
} from '../../index.js';
import { afterOf } from '../../shared/actual-cost.js';
import type { BodyReader, PausedRules } from '../../shared/verdict.js';
import type { ExchangeProfile } from '../profile.js';

/** Methods of a throttler that {@link throttledFetch} calls. */
export type FetchThrottler = Pick<Throttler, 'acquire' | 'report'>;

/**
 * A `fetch` of any platform or library: that of undici, node-fetch, Bun, a framework, or a mock.
 * Libraries have types of their own for arguments and responses.
 */
// biome-ignore lint/suspicious/noExplicitAny: types of libraries are not assignable to each other
export type AnyFetch = (input: any, init?: any) => Promise<any>;

/** Arguments of `fetch`. */
export type FetchArguments = readonly [
  input: string | URL | Request,
  init?: RequestInit | undefined,
];

/** How {@link throttledFetch} sends. */
export interface ThrottledFetchOptions {
  /**
   * Cost of a request. `request` has its URL, method and headers, and is never sent; `body` is the
   * body of `init` where that is a text or `URLSearchParams`. An error that it throws rejects the
   * call, and nothing is sent.
   *
   * @defaultValue the costs of `profile`
   * @example
   * costs: (request, body) => okx.costs(request.method, request.url, body)
   */
  readonly costs?:
    | ((request: Request, body?: string | URLSearchParams | undefined) => ThrottleCost)
    | undefined;
  /**
   * Profile of the exchange, for the defaults of `costs`, `body` and `pauses`.
   *
   * @defaultValue none; then `costs` must be given
   * @example
   * throttledFetch(throttler, { profile: binanceSpot });
   */
  readonly profile?: Pick<ExchangeProfile, 'costs' | 'body' | 'pauses'> | undefined;
  /**
   * Priority in which requests wait.
   *
   * @defaultValue `'normal'`
   * @example
   * priority: (request) => (request.method === 'POST' ? 'critical' : undefined)
   */
  readonly priority?:
    | RequestPriority
    | ((request: Request) => RequestPriority | undefined)
    | undefined;
  /**
   * Longest time in milliseconds that a call waits, all of its tries together, 0 or more. A call
   * that cannot be granted in time rejects at once with a `WaitTimeoutError`, whose `estimatedWait`
   * says how long a ban or a pause lasts.
   *
   * @defaultValue no bound
   * @example
   * maxWait: (request) => (request.method === 'POST' ? 500 : undefined)
   */
  readonly maxWait?: number | ((request: Request) => number | undefined) | undefined;
  /**
   * Completes a request when it is granted, for each try anew: signatures, timestamps and nonces
   * that must not be older than the wait, or a signal that bounds one try alone. Gets copies of the
   * arguments of the call and the number of the try, from 1 on. If it fails, the request is
   * refunded and the call rejects with its error.
   *
   * @defaultValue the arguments as they are
   * @example
   * prepare: (input, init) => [`${input}&${sign(`timestamp=${Date.now()}`)}`, init]
   */
  readonly prepare?:
    | ((
        input: string | URL | Request,
        init: RequestInit | undefined,
        attempt: number,
      ) => FetchArguments | PromiseLike<FetchArguments>)
    | undefined;
  /**
   * Number of times that a refused request is sent again, 0 or more. Each try waits and pays. A
   * request is repeated only if it was refused whole, by status 429 or by what `body` reads, and
   * not after a redirect unless it only reads. Its body must be one that can be sent again: a text,
   * `URLSearchParams`, `FormData`, a `Blob`, bytes, or a `Request` of up to a megabyte, but no
   * stream.
   *
   * @defaultValue 2
   * @example
   * throttledFetch(throttler, { profile: bybit, retries: 0 });
   */
  readonly retries?: number | undefined;
  /**
   * Function that sends; gets the arguments of the call. Needed where the result is made the global
   * `fetch`, is wrapped in the same turn, and the wrapper calls it in a later one: the result would
   * call itself without end.
   *
   * @defaultValue the global `fetch` as it is at the call; if the result was made that, the one
   *   before
   * @example
   * throttledFetch(throttler, { profile: okx, fetch: undici.fetch });
   */
  readonly fetch?: AnyFetch | undefined;
  /**
   * Reader of refusals in bodies, for exchanges that refuse with status 200. A response is then
   * returned when its body has come, or as much of it as a refusal can have.
   *
   * @defaultValue `body` of `profile`
   * @example
   * throttledFetch(throttler, { costs, body: okx.body });
   */
  readonly body?: BodyReader | undefined;
  /**
   * Rules that a refusal pauses.
   *
   * @defaultValue `pauses` of `profile`, or else `'all'`
   * @example
   * throttledFetch(throttler, { costs, pauses: 'charged' });
   */
  readonly pauses?: PausedRules | undefined;
  /**
   * Called with an error that came after a request was sent, of a header reader or a body reader.
   * It never costs the response, which is returned all the same.
   *
   * @defaultValue a warning on the console, once
   * @example
   * throttledFetch(throttler, { costs, onError: (error) => log.warn(error) });
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A body that costs may depend on. */
type Body = string | URLSearchParams | undefined;

/** Options with their defaults. */
export interface Settings extends ThrottledFetchOptions {
  readonly costs: NonNullable<ThrottledFetchOptions['costs']>;
  /** Returns the cost of a request whose answer had this many items. */
  readonly actual: ((request: Request, body: Body, items: number) => ThrottleCost) | undefined;
  readonly retries: number;
  readonly pauses: PausedRules;
}

const KNOWN: (keyof ThrottledFetchOptions)[] = [
  'costs',
  'profile',
  'priority',
  'maxWait',
  'prepare',
  'retries',
  'fetch',
  'body',
  'pauses',
  'onError',
];

/** In the error for a cost table, which takes a method and a path. */
const OF_A_REQUEST =
  'a function of the request, (request) => table(request.method, request.url), in place of a table';

/**
 * Returns the options with their defaults.
 *
 * @throws {InvalidConfigError} an option is unknown or has a wrong value, or the throttler is none
 */
export function settingsOf(throttler: FetchThrottler, options: ThrottledFetchOptions): Settings {
  if (typeof throttler?.acquire !== 'function') {
    throw invalidConfig('throttler', 'a throttler', throttler);
  }
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, KNOWN, 'throttledFetch options');
  const { profile, retries = 2, maxWait } = options;
  if (profile !== undefined && typeof profile?.costs !== 'function') {
    throw invalidConfig('profile', 'an ExchangeProfile', profile);
  }
  const costs = options.costs ?? costsOf(profile);
  if (typeof costs !== 'function') throw invalidConfig('costs', 'a function', costs);
  if ('endpoints' in costs) throw invalidConfig('costs', OF_A_REQUEST, costs);
  if (!(Number.isInteger(retries) && retries >= 0)) {
    throw invalidConfig('retries', 'a whole number of 0 or more', retries);
  }
  const isBound = typeof maxWait === 'number' ? maxWait >= 0 : typeof maxWait === 'function';
  if (maxWait !== undefined && !isBound) {
    throw invalidConfig('maxWait', 'a number of 0 or more, or a function', maxWait);
  }
  const { body = profile?.body, pauses = profile?.pauses ?? 'all' } = options;
  if (pauses !== 'all' && pauses !== 'charged')
    throw invalidConfig('pauses', 'all or charged', pauses);
  const actual = options.costs === undefined ? actualOf(profile) : undefined;
  const settings = { ...options, costs, actual, retries, body, pauses };
  for (const name of ['fetch', 'body', 'prepare', 'onError'] as const) {
    const value: unknown = settings[name];
    if (value !== undefined && typeof value !== 'function')
      throw invalidConfig(name, 'a function', value);
  }
  return settings;
}

function actualOf(profile: ThrottledFetchOptions['profile']): Settings['actual'] {
  const after = afterOf(profile?.costs);
  return after && ((request, body, items) => after(request.method, request.url, body, items));
}

function costsOf(profile: ThrottledFetchOptions['profile']): ThrottledFetchOptions['costs'] {
  return profile && ((request, body) => profile.costs(request.method, request.url, body));
}
