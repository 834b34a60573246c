import type { ExchangeProfile } from '../exchange/index.js';
import type { MultiThrottler, MultiThrottlerConfig, Priority, Rule, ThrottleCost } from '../index.js';

/** What of a ccxt exchange is used: any version with `fetch2` has it. */
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

/** What ccxt has on an endpoint. Its costs are time, in units of the exchange's `rateLimit`. */
export interface EndpointConfig extends Fields {
  readonly cost?: number;
  readonly noCoin?: number;
  readonly noPoolId?: number;
  readonly noSymbol?: number;
  readonly byLimit?: readonly (readonly [number, number])[];
}

/** How {@link attachThrottler} attaches. */
export interface AttachOptions {
  /**
   * The throttler to ask. Rules of the profile that it does not have are added; usage is read by its own `headers`.
   * Default: a new one.
   */
  readonly throttler?: MultiThrottler | undefined;
  /** How the new throttler is set up, if none is given: its modes, its share. */
  readonly config?: MultiThrottlerConfig | undefined;
  /** What is known of the exchange. Default: the profile of its id. */
  readonly profile?: ExchangeProfile | undefined;
  /** The jitter of rules, unless a throttler or a profile is given. Default: that of the profile. */
  readonly jitter?: number | undefined;
  /**
   * The class in which a call waits. Default `'normal'`. For a request over a WebSocket `api` is `'ws'`, method and path are
   * those of the endpoint that it stands for.
   */
  readonly priority?: ((api: Api, method: string, path: string) => Priority | undefined) | undefined;
  /**
   * What a call costs, in place of the profile.
   *
   * @param config what ccxt has on the endpoint: `{ cost, byLimit... }`
   */
  readonly costs?:
    | ((api: Api, method: string, path: string, params: Fields, config: EndpointConfig) => ThrottleCost)
    | undefined;
}

/** A throttler at work in an exchange. */
export interface AttachedThrottler {
  readonly throttler: MultiThrottler;
  /**
   * Makes the exchange what it was: new calls go ccxt's own way. Calls that wait are still served. Twice is once.
   */
  detach(): void;
}

/** A throttler, and how the exchange that it is attached to is charged. */
export interface Attachment {
  readonly throttler: MultiThrottler;
  /** Undefined if nothing is known of the exchange. */
  readonly plan: Plan | undefined;
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

/** A request over a WebSocket: the endpoint that it stands for, and what it costs. */
export interface SocketCall {
  readonly method: string;
  readonly path: string;
  readonly cost: ThrottleCost;
}

/** How calls of an exchange are charged. */
export interface Plan {
  readonly profile: ExchangeProfile;
  readonly rules: readonly Rule[];
  readonly headers: ExchangeProfile['headers'];
  /** What a call costs. */
  charge(call: Call): ThrottleCost;
  /** The rules that a refusal of a request with this cost pauses. Default: by the profile. */
  paused?(cost: ThrottleCost): readonly string[];
  /** What a message over a WebSocket asks for; undefined for one that orders nothing. */
  message?(message: unknown, url: string, exchange: CcxtExchange): SocketCall | undefined;
}
