import {
  checkFields,
  invalidConfig,
  type RequestPriority,
  type ThrottleCost,
  type Throttler,
} from '../../index.js';
import { afterOf } from '../../shared/actual-cost.js';
import type { BodyReader, PausedRules } from '../../shared/verdict.js';
import type { ClientProfile } from '../types.js';

/**
 * The parts of a request configuration of axios that are used. axios itself is not imported, so its
 * types are not needed.
 */
// biome-ignore lint/suspicious/noExplicitAny: the configuration of axios has fields of many types
export type AxiosConfig = any;

/** An adapter of axios: sends a request, and resolves or rejects as axios does. */
// biome-ignore lint/suspicious/noExplicitAny: the response of axios has a type parameter
export type AnyAdapter = (config: AxiosConfig) => Promise<any>;

/** How {@link throttledAxios} sends. */
export interface ThrottledAxiosOptions {
  /**
   * Adapter that sends.
   *
   * @example
   * adapter: axios.getAdapter('http')
   */
  readonly adapter: AnyAdapter;
  /**
   * Profile of the exchange, for the defaults of `costs`, `body` and `pauses`.
   *
   * @defaultValue none; then `costs` must be given
   * @example
   * throttledAxios(throttler, { adapter, profile: binanceSpot });
   */
  readonly profile?: ClientProfile | undefined;
  /**
   * Cost of a request. An error that it throws rejects the request, and nothing is sent.
   *
   * @defaultValue the costs of `profile`, by method, URL, `params` and a body in text
   * @example
   * costs: ({ method = 'GET', url = '' }) => binanceSpot.costs(method, url)
   */
  readonly costs?: ((config: AxiosConfig) => ThrottleCost) | undefined;
  /**
   * Completes a request when it is granted, for each try anew: signatures, timestamps and nonces
   * that must not be older than the wait. Gets a copy of the configuration, whose body is a text by
   * then, and the number of the try, from 1 on. If it fails, the request is refunded and rejects
   * with its error.
   *
   * @defaultValue the configuration as it is
   * @example
   * prepare: (config) => ({ ...config, params: signed(config.params) })
   */
  readonly prepare?:
    | ((config: AxiosConfig, attempt: number) => AxiosConfig | PromiseLike<AxiosConfig>)
    | undefined;
  /**
   * Number of times that a request that was refused whole is sent again, 0 or more. Each try waits
   * and pays. A body that is a stream is sent once.
   *
   * @defaultValue 2
   * @example
   * throttledAxios(throttler, { adapter, profile, retries: 0 });
   */
  readonly retries?: number | undefined;
  /**
   * Priority in which requests wait.
   *
   * @defaultValue `'normal'`
   * @example
   * priority: ({ method }) => (method === 'post' ? 'critical' : undefined)
   */
  readonly priority?:
    | RequestPriority
    | ((config: AxiosConfig) => RequestPriority | undefined)
    | undefined;
  /**
   * Longest time in milliseconds that a request waits, all of its tries together, 0 or more. A
   * request that cannot be granted in time rejects at once with a `WaitTimeoutError`. `timeout` of
   * axios does not count the wait.
   *
   * @defaultValue no bound
   * @example
   * throttledAxios(throttler, { adapter, profile, maxWait: 2000 });
   */
  readonly maxWait?: number | ((config: AxiosConfig) => number | undefined) | undefined;
  /**
   * Reader of refusals in bodies, for exchanges that refuse with status 200. Streams and bytes are
   * not read.
   *
   * @defaultValue `body` of `profile`
   * @example
   * throttledAxios(throttler, { adapter, costs, body: okx.body });
   */
  readonly body?: BodyReader | undefined;
  /**
   * Rules that a refusal pauses.
   *
   * @defaultValue `pauses` of `profile`, or else `'all'`
   * @example
   * throttledAxios(throttler, { adapter, costs, pauses: 'charged' });
   */
  readonly pauses?: PausedRules | undefined;
  /**
   * Called with an error of a header reader or a body reader. It never costs the response.
   *
   * @defaultValue a warning on the console, once
   * @example
   * throttledAxios(throttler, { adapter, profile, onError: console.error });
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const KNOWN: readonly (keyof ThrottledAxiosOptions)[] = [
  'adapter',
  'profile',
  'costs',
  'prepare',
  'retries',
  'priority',
  'maxWait',
  'body',
  'pauses',
  'onError',
];

/** Options with their defaults. */
export interface AxiosSettings extends ThrottledAxiosOptions {
  readonly costs: (config: AxiosConfig) => ThrottleCost;
  /** Returns the cost of a request whose answer had so many items. */
  readonly actual: ((config: AxiosConfig, items: number) => ThrottleCost) | undefined;
  readonly retries: number;
  readonly pauses: PausedRules;
}

/** @throws {InvalidConfigError} the throttler or an option is invalid */
export function axiosSettings(throttler: Throttler, options: ThrottledAxiosOptions): AxiosSettings {
  if (typeof throttler?.acquire !== 'function')
    throw invalidConfig('throttler', 'a throttler', throttler);
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, KNOWN, 'options of throttledAxios');
  const { profile, retries = 2, maxWait } = options;
  if (profile !== undefined && typeof profile?.costs !== 'function')
    throw invalidConfig('profile', 'an ExchangeProfile', profile);
  const costs = options.costs ?? (profile && ((config) => profile.costs(...requestOf(config))));
  if (!(Number.isInteger(retries) && retries >= 0))
    throw invalidConfig('retries', 'a whole number of 0 or more', retries);
  const isBound = typeof maxWait === 'number' ? maxWait >= 0 : typeof maxWait === 'function';
  if (maxWait !== undefined && !isBound)
    throw invalidConfig('maxWait', 'a number of 0 or more, or a function', maxWait);
  const { body = profile?.body, pauses = profile?.pauses ?? 'all', adapter } = options;
  if (pauses !== 'all' && pauses !== 'charged')
    throw invalidConfig('pauses', 'all or charged', pauses);
  for (const [name, value] of Object.entries({ adapter, costs })) {
    if (typeof value !== 'function') throw invalidConfig(name, 'a function', value);
  }
  for (const [name, value] of Object.entries({
    body,
    prepare: options.prepare,
    onError: options.onError,
  })) {
    if (value !== undefined && typeof value !== 'function')
      throw invalidConfig(name, 'a function', value);
  }
  // Costs of the program's own are what it says, whatever the length of the answer.
  const after = options.costs === undefined ? afterOf(profile?.costs) : undefined;
  return {
    ...options,
    costs: costs as AxiosSettings['costs'],
    actual: after && ((config, items) => after(...requestOf(config), items)),
    retries,
    body,
    pauses,
  };
}

/** Returns a request as costs read it; parameters in `params` of axios go into the query. */
function requestOf(config: AxiosConfig): [method: string, url: string, body: string | undefined] {
  const { method = 'get', url = '', baseURL = '', params, data } = config;
  const isAbsolute = /^([a-z][a-z\d+.-]*:)?\/\//i.test(url);
  const path = isAbsolute ? url : `${baseURL.replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
  const query = params === undefined || params === null ? '' : queryOf(params);
  const joined = query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
  const isText = typeof data === 'string' || data instanceof URLSearchParams;
  return [method.toUpperCase(), joined, isText ? String(data) : undefined];
}

function queryOf(params: object): string {
  if (params instanceof URLSearchParams) return params.toString();
  const present = Object.entries(params).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return new URLSearchParams(
    present.map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  ).toString();
}
