import type { ExchangeProfile, Params } from '../exchange/index.js';
import type { Report, RequestPriority, ThrottleCost, Throttler } from '../index.js';

/** A request of a client, as a profile's costs read it. */
export interface Call {
  /** HTTP method. */
  readonly method: string;
  /** Path of the request; a slash at its start may be absent, and `{name}` stands for any text. */
  readonly path: string;
  /** Parameters by name, or a list if the request is a batch. */
  readonly params?: Params | undefined;
  /** Rules of the profile under which the request does not count, as it goes another way. */
  readonly exempt?: readonly string[] | undefined;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads the arguments of a method: the request that it is about to send, its cost, or `undefined`
 * for a call that passes as it is. `this` is the object that has the method.
 */
// biome-ignore lint/suspicious/noExplicitAny: each method of each client has arguments of its own
export type CallReader = (this: any, ...args: any[]) => Call | ThrottleCost | undefined;

/** Readers of calls, by the names of the methods that wait. */
export interface CallReaders {
  readonly [method: string]: CallReader;
}

/** Result of a method: the value that it resolved with, or the error that it failed with. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: unknown;
}

/** A call that has been granted, as readers of outcomes see it. */
export interface Granted {
  readonly cost: ThrottleCost;
  readonly profile: ClientProfile | undefined;
}

/** A response that was read out of an outcome; `undefined` if it tells of none. */
export type OutcomeReader = (
  outcome: Outcome,
  call: Granted,
) => Omit<Report, 'permit' | 'reader'> | undefined;

/**
 * Returns the arguments with which a method is called after its wait.
 *
 * @param waited milliseconds of the wall clock since the call was made
 */
export type Renewal = (method: string, args: readonly unknown[], waited: number) => unknown[];

/** The methods of a known client that wait, and how its answers are read. */
export interface ClientCalls {
  /** Name of the npm package. */
  readonly package: string;
  /** Version of the package that the tests of this one run. */
  readonly version: string;
  readonly calls: CallReaders;
  /**
   * Objects within a client that have the methods.
   *
   * @defaultValue the client itself
   */
  // biome-ignore lint/suspicious/noExplicitAny: the types of the client are not imported
  readonly targets?: ((client: any) => readonly unknown[]) | undefined;
  readonly renew?: Renewal | undefined;
  readonly read?: ThrottleClientOptions['read'];
}

/** Parts of an {@link ExchangeProfile} that {@link throttleClient} uses. */
export type ClientProfile = Pick<ExchangeProfile, 'costs'> &
  Partial<Pick<ExchangeProfile, 'body' | 'answer' | 'pauses'>>;

/** How {@link throttleClient} waits and reads. */
export interface ThrottleClientOptions {
  /**
   * Profile of the exchange: costs, refusals in bodies, and the rules that a refusal pauses.
   *
   * @defaultValue none; then readers return costs
   * @example
   * throttleClient(client, throttler, { profile: binanceSpot, calls: binanceCalls });
   */
  readonly profile?: ClientProfile | undefined;
  /**
   * The methods that wait: one of this entry point's lists for a known client, or readers by the
   * names of methods. A method that is not named is not throttled. A method whose cost goes by the
   * length of the answer has to return the list as it came: the shorter, the more is given back.
   *
   * @example
   * calls: { request: (method, path, params) => ({ method, path, params }) }
   */
  readonly calls: ClientCalls | CallReaders;
  /**
   * Whether a call is one of this throttler's; others pass as they are. For clients that talk to
   * several hosts with limits of their own: each host gets its own throttler and profile.
   *
   * @defaultValue every call
   * @example
   * only: ({ path }) => path.startsWith('/fapi/')
   */
  readonly only?: ((call: Call) => boolean) | undefined;
  /**
   * Returns the arguments anew after the wait, for methods that get a timestamp from their caller.
   * An error of it refunds the call, which rejects with it.
   *
   * @defaultValue that of the list; without a list, the arguments stay as they are
   * @example
   * renew: ([params]) => [{ ...params, timestamp: Date.now() }]
   */
  readonly renew?: Renewal | undefined;
  /**
   * Where answers are read. `'http'`: in Node, from the HTTP requests that the call sends, and from
   * the outcome if none was seen. `'result'`: from the outcome, for HTTP/2, WebSockets and other
   * runtimes. A function reads the outcome in its own way.
   *
   * @defaultValue that of the list, or else `'http'`
   * @example
   * throttleClient(client, throttler, { profile, calls, read: 'result' });
   */
  readonly read?: 'http' | 'result' | OutcomeReader | undefined;
  /**
   * Requests that a call sends beyond its own one, such as retries of the client: `'charge'` takes
   * their cost as soon as they are seen, `'ignore'` leaves it to usage headers.
   *
   * @defaultValue `'charge'`
   * @example
   * throttleClient(client, throttler, { profile, calls, extra: 'ignore' });
   */
  readonly extra?: 'charge' | 'ignore' | undefined;
  /**
   * Priority in which calls wait. A function gets the call, or the cost if its reader returned one.
   *
   * @defaultValue `'normal'`
   * @example
   * throttleClient(client, throttler, { profile, calls, priority: 'low' });
   */
  readonly priority?:
    | RequestPriority
    | ((call: Call | ThrottleCost) => RequestPriority | undefined)
    | undefined;
  /**
   * Longest wait of a call in milliseconds, 0 or more. A call that cannot be granted in time
   * rejects at once with a `WaitTimeoutError`.
   *
   * @defaultValue no bound
   * @example
   * throttleClient(client, throttler, { profile, calls, maxWait: 2000 });
   */
  readonly maxWait?: number | ((call: Call | ThrottleCost) => number | undefined) | undefined;
  /**
   * Version of the client's package, where it cannot be found on disk: in a bundle.
   *
   * @defaultValue that of the package in `node_modules`, looked up in Node
   * @example
   * throttleClient(client, throttler, { profile, calls, version: '3.1.0' });
   */
  readonly version?: string | undefined;
  /**
   * Called with an error of a header reader or a body reader. It never costs the result of a call.
   *
   * @defaultValue a warning on the console, once
   * @example
   * throttleClient(client, throttler, { profile, calls, onError: console.error });
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A client that waits for a throttler. */
export interface ThrottledClient<T extends Throttler = Throttler> {
  readonly throttler: T;
  /** Makes the client as it was. Waiting calls are served all the same. Idempotent. */
  detach(): void;
}
