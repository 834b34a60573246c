/** A request as `sign` returns it and `fetch` receives it. */
export interface SignedRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: unknown;
  readonly body: unknown;
}

/**
 * The methods of ccxt that a REST call runs through, from 4.0 on. `fetch2` waits for ccxt's own
 * throttler, and then calls `sign` and `fetch` in one tick; `fetch` sends and hands the response to
 * `handleRestResponse`. With `maxRetriesOnFailure` (4.4 and later) `fetch2` repeats the attempt.
 */
export interface Methods {
  sign(...args: unknown[]): SignedRequest;
  fetch(url: string, method: string, headers: unknown, body: unknown): Promise<unknown>;
  handleRestResponse(
    response: RestResponse,
    url: string,
    method: string,
    ...rest: unknown[]
  ): unknown;
  getResponseHeaders(response: RestResponse): unknown;
  nonce(...args: unknown[]): unknown;
  /** Returns an option of a call and the parameters without it. */
  handleOptionAndParams?(
    params: unknown,
    path: unknown,
    option: unknown,
    ...rest: unknown[]
  ): unknown[];
  /** Keeps the request in `last_request_url` and its like; older versions have the fields alone. */
  setLastRequest?(request: SignedRequest): void;
  setLastRestRequestTimestamp?(): void;
  /** Loads what sends, from 4.5.60 on. */
  loadFetchImplementation?(): Promise<unknown>;
  sleep(ms: number): Promise<unknown>;
  /** Error classes by status. */
  readonly httpExceptions?: { readonly [status: string]: unknown };
}

/** A response of any implementation of `fetch`. */
export interface RestResponse {
  readonly status: number;
  readonly headers: unknown;
  text(): Promise<string>;
}
