import type { Allowances, ExchangeProfile } from '../exchange/index.js';
import type {
  MultiThrottler,
  MultiThrottlerConfig,
  RequestPriority,
  Rule,
  ThrottleCost,
  Throttler,
} from '../index.js';
import type { Renewal } from './sockets/renewal.js';

/** The parts of an exchange of ccxt that are used; any version with `fetch2` has them. */
export interface CcxtExchange {
  readonly id: string;
  fetch2(...args: never[]): Promise<unknown>;
  options: object;
  readonly markets?: unknown;
}

/** The group of an endpoint in ccxt: `'private'`, `'fapiPublic'`, or several words. */
export type Api = string | string[];

/** Parameters by name; a list if the call is a batch. */
export interface Fields {
  readonly [name: string]: unknown;
}

/** The entry of an endpoint in ccxt. Its costs are time, in units of the exchange's `rateLimit`. */
export interface EndpointConfig extends Fields {
  readonly cost?: number;
  readonly noCoin?: number;
  readonly noPoolId?: number;
  readonly noSymbol?: number;
  readonly byLimit?: readonly (readonly [number, number])[];
}

/** Options of {@link attachThrottler}. */
export interface AttachOptions<T extends Throttler = Throttler> {
  /**
   * The throttler to use. Rules of the profile that it lacks are added; usage headers are read by
   * its own `headers`. A throttler that others share (`isShared`) must have them all, with those
   * of further accounts.
   *
   * @defaultValue a new one with the rules of the profile
   * @example
   * const { throttler } = attachThrottler(first);
   * attachThrottler(second, { throttler }); // another account on the same address
   */
  readonly throttler?: T | undefined;
  /**
   * The configuration of the new throttler, such as its modes or its share, if none is given.
   *
   * @defaultValue that of `MultiThrottler`
   * @example
   * attachThrottler(exchange, { config: { share: 0.5 } });
   */
  readonly config?: MultiThrottlerConfig | undefined;
  /**
   * The limits and costs of the exchange.
   *
   * @defaultValue the profile for its id
   * @example
   * profile: binanceSpot.with({ limits: { ORDERS: 200 } })
   */
  readonly profile?: ExchangeProfile | undefined;
  /**
   * The jitter of all rules of the default profile, in milliseconds.
   *
   * @defaultValue the jitters of the profile
   * @example
   * attachThrottler(exchange, { jitter: 100 });
   */
  readonly jitter?: number | undefined;
  /**
   * The name of the account, for exchanges that share a throttler. Rules of the scope `'account'`
   * exist once for each account and end in its name, `ORDERS@name`; rules of the scope `'ip'` are
   * shared.
   *
   * @defaultValue exchanges with the same credentials have one account; the first account has the
   *   plain ids, the second `ORDERS@2`
   * @example
   * attachThrottler(second, { throttler, account: 'hedge' }); // ORDERS@hedge
   */
  readonly account?: string | undefined;
  /**
   * Returns the class in which a call waits. For a request over a WebSocket `api` is `'ws'`; method
   * and path are those of the endpoint that it stands for.
   *
   * @defaultValue `'normal'`
   * @example
   * priority: (api, method, path) => (method === 'POST' && /order/.test(path) ? 'critical' : undefined)
   */
  readonly priority?:
    | ((api: Api, method: string, path: string) => RequestPriority | undefined)
    | undefined;
  /**
   * The longest wait of a call in milliseconds, 0 or more, for all calls or as a function of the
   * call. A call that is known to wait longer, such as any call during a ban, fails at once. It
   * fails with `RateLimitExceeded` of ccxt, whose `code` is `'WAIT_TIMEOUT'` and whose `until` is
   * the time in Unix milliseconds from which it could be sent.
   *
   * @defaultValue no bound
   * @example
   * maxWait: (api, method) => (method === 'POST' ? 500 : undefined)
   */
  readonly maxWait?:
    | number
    | ((api: Api, method: string, path: string) => number | undefined)
    | undefined;
  /**
   * Returns the cost of a call, in place of the profile.
   *
   * @param config the entry of the endpoint in ccxt: `{ cost, byLimit... }`
   * @defaultValue the costs of the profile
   * @example
   * costs: (api, method, path, params, config) => ({ ALL: config.cost ?? 1 })
   */
  readonly costs?:
    | ((
        api: Api,
        method: string,
        path: string,
        params: Fields,
        config: EndpointConfig,
      ) => ThrottleCost)
    | undefined;
  /**
   * Hears of errors in reading a response, such as those of a header reader of one's own. They
   * are never errors of the call, whose request was sent.
   *
   * @defaultValue one warning on the console
   * @example
   * attachThrottler(exchange, { onError: (error) => log.warn(error) });
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A throttler at work in an exchange. */
export interface AttachedThrottler<T extends Throttler = MultiThrottler> {
  readonly throttler: T;
  /**
   * Restores the exchange: new calls go ccxt's own way, and calls that wait are still served.
   * Idempotent.
   */
  detach(): void;
}

/** A REST call in ccxt's terms. */
export interface Call {
  readonly exchange: CcxtExchange;
  readonly api: Api;
  readonly method: string;
  readonly path: string;
  readonly params: Fields;
  readonly config: EndpointConfig;
}

/** A request over a WebSocket: the endpoint that it stands for, and its cost. */
export interface SocketCall {
  readonly method: string;
  readonly path: string;
  readonly cost: ThrottleCost;
  /**
   * Whether the message waits as long as it takes, whatever `maxWait` says: subscriptions, which
   * ccxt sends once.
   *
   * @defaultValue `false`
   */
  readonly isPatient?: boolean;
}

/** The rules of an exchange, and the costs of its calls. */
export interface Plan {
  readonly profile: ExchangeProfile;
  readonly rules: readonly Rule[];
  readonly headers: ExchangeProfile['headers'];
  /** Returns the cost of a call. */
  charge(call: Call): ThrottleCost;
  /** Returns the cost of a call whose answer had this many items. */
  actual?(call: Call, items: number): ThrottleCost;
  /** Reads the allowance of the exchange's own account out of the result of a call. */
  allowance?(call: Call, result: unknown): Allowances | undefined;
  /** Hears of a call that succeeded, with what ccxt made of the response. */
  answered?(call: Call, result: unknown): void;
  /** Returns the rules that a refusal of a request with this cost pauses; by default all rules. */
  paused?(cost: ThrottleCost): readonly string[];
  /** Returns the request in a message over a WebSocket; undefined for one that is not counted. */
  message?(message: unknown, url: string, exchange: CcxtExchange): SocketCall | undefined;
  /** Watches how an exchange signs its messages, for those that are signed anew after a wait. */
  renewal?(exchange: CcxtExchange): Renewal;
}
