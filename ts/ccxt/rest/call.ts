import type { Permit } from '../../index.js';
import { overrideAll, type Restore } from '../../shared/override.js';
import { type ReceivedResponse, reportWith, verdictOf } from '../../shared/verdict.js';
import type { Attachment, Charge } from '../attachment.js';
import type { CcxtExchange } from '../types.js';
import type { Answer, Answers, InFlight } from './answers.js';
import type { LateCall, LateCalls } from './late-calls.js';
import type { Methods, SignedRequest } from './methods.js';
import type { Nonces } from './nonces.js';
import type { Transport } from './transport.js';

/** The parts of an exchange that all its calls share. */
export interface Line {
  readonly exchange: CcxtExchange;
  readonly answers: Answers;
  readonly late: LateCalls;
  readonly nonces: Nonces;
  readonly transport: Transport;
}

/**
 * A REST call of ccxt that pays for each of its attempts.
 *
 * ccxt's `fetch2` runs on the exchange itself. In the tick of the grant it signs and calls `fetch`;
 * for this tick alone, and so for one call at a time, methods of the exchange are overridden:
 *
 * - `enableRateLimit` is off, so that there is no wait for ccxt's own throttler in between.
 * - `handleOptionAndParams` reads how often ccxt repeats a failed attempt, and after which delay.
 * - `sign` and `nonce` keep nonces rising.
 * - `fetch` sends the request. A repeated attempt first waits and pays, and is signed anew.
 *
 * When `fetch` is entered the exchange is as the user made it, so a `fetch` that the user replaced,
 * before or after the throttler was attached, runs as without a throttler.
 */
export class RestCall implements InFlight, LateCall {
  readonly args: readonly unknown[];
  request: SignedRequest | undefined;
  answered = false;

  readonly #line: Line;
  readonly #methods: Methods;
  readonly #attachment: Attachment;
  readonly #charge: Charge;
  #permit: Permit | undefined;
  /** The arguments of `sign`; undefined if it was not called. */
  #signing: unknown[] | undefined;
  #retries = 0;
  #retryDelay = 0;
  #close: Restore = () => undefined;

  /** @param args the arguments of `fetch2` */
  constructor(line: Line, attachment: Attachment, charge: Charge, args: readonly unknown[]) {
    this.args = args;
    this.#line = line;
    this.#methods = line.exchange as unknown as Methods;
    this.#attachment = attachment;
    this.#charge = charge;
  }

  /** Waits for the grant and runs `fetch2`. */
  async run(fetch2: () => Promise<unknown>): Promise<unknown> {
    const { answers, late, transport } = this.#line;
    const loading = transport.loaded();
    if (loading) await loading;
    this.#permit = await this.#acquire();
    while (transport.opened()) await transport.opened();
    const leave = transport.enter();
    try {
      answers.add(this);
      const pending = this.#begin(fetch2);
      if (this.#signing === undefined) late.add(this);
      const result = await pending;
      this.#settle(result);
      return result;
    } catch (error) {
      // Without a request it failed in `sign`, unless that was not seen at all.
      if (this.request !== undefined || this.#signing === undefined) this.#settle(error);
      throw error;
    } finally {
      this.#permit?.release({ refund: this.request === undefined && this.#signing !== undefined });
      answers.remove(this);
      late.remove(this);
      leave();
    }
  }

  /** Hears the response to the present attempt. */
  hear({ status, headers, content }: Answer): void {
    const permit = this.answered ? undefined : this.#permit;
    this.answered = true;
    const body = this.#attachment.plan?.profile.body;
    const { cost } = this.#charge;
    const response: ReceivedResponse<Headers> = {
      status,
      headers,
      cost,
      content,
      body,
      pauses: 'charged',
    };
    this.#attachment.report(this.#charge, permit, () => {
      const verdict = verdictOf(response);
      const report = reportWith(response, verdict);
      return { ...report, isExact: verdict?.of !== undefined, pauses: verdict?.pauses };
    });
  }

  signLate(sign: () => SignedRequest): SignedRequest {
    this.#open();
    // `fetch` closes in this tick; this is for a `sign` that was called for another reason.
    void Promise.resolve().then(() => this.#close());
    try {
      return sign();
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  #acquire(): Promise<Permit> {
    return this.#attachment.acquire(this.#charge);
  }

  #begin(fetch2: () => Promise<unknown>): Promise<unknown> {
    this.#open();
    try {
      return fetch2();
    } finally {
      this.#close();
    }
  }

  /** Overrides the methods of the exchange until `close`. */
  #open(): void {
    const { exchange, late } = this.#line;
    late.isOpen = true;
    const restore = overrideAll(exchange, {
      enableRateLimit: false,
      ...this.#optionsOverride(),
      ...this.#signOverrides(),
      fetch: (url: string, method: string, headers: unknown, body: unknown) => {
        this.#close();
        return this.#fetch({ url, method, headers, body });
      },
    });
    this.#close = () => {
      this.#close = () => undefined;
      late.isOpen = false;
      restore();
    };
  }

  #optionsOverride(): { readonly [name: string]: unknown } {
    const original = this.#methods.handleOptionAndParams;
    if (original === undefined) return {};
    const call = this;
    return {
      handleOptionAndParams(this: Methods, ...args: Parameters<typeof original>) {
        const [value, params] = original.apply(this, args);
        if (args[2] === 'maxRetriesOnFailure') call.#retries = Number(value) || 0;
        if (args[2] !== 'maxRetriesOnFailureDelay') return [value, params];
        call.#retryDelay = Number(value) || 0;
        return [0, params];
      },
    };
  }

  #signOverrides(): { readonly [name: string]: unknown } {
    const call = this;
    const { sign, nonce } = this.#methods;
    const { exchange, nonces } = this.#line;
    return {
      sign(this: Methods, ...args: unknown[]) {
        call.#signing = args;
        // A repeated attempt is signed when it is granted.
        if (call.#permit === undefined && call.request) return call.request;
        nonces.begin(String(call.#charge.endpoint.api));
        const request = sign.apply(this, args);
        nonces.end(exchange.id, request);
        return request;
      },
      nonce(this: Methods, ...args: unknown[]) {
        return nonces.draw(nonce.apply(this, args));
      },
    };
  }

  /** The promise that ccxt's `fetch2` awaits. */
  #fetch(request: SignedRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#attempt(request).then(resolve, (error) => {
        if (this.#retries <= 0) return reject(error);
        // `fetch2` tries again, if at all, in the reaction to the rejection, which runs between
        // these two: reactions run in the order in which they were queued.
        void Promise.resolve().then(() => this.#open());
        reject(error);
        void Promise.resolve().then(() => this.#close());
      });
    });
  }

  async #attempt(first: SignedRequest): Promise<unknown> {
    const request = this.#permit === undefined ? await this.#next() : first;
    this.request = request;
    this.answered = false;
    const { url, method, headers, body } = request;
    try {
      const result = await this.#methods.fetch(url, method, headers, body);
      this.#settle(result);
      return result;
    } catch (error) {
      this.#settle(error);
      throw error;
    }
  }

  /** Waits and pays for a repeated attempt, and signs it. */
  async #next(): Promise<SignedRequest> {
    const methods = this.#methods;
    if (this.#retryDelay > 0) await methods.sleep(this.#retryDelay);
    this.#permit = await this.#acquire();
    methods.setLastRestRequestTimestamp?.();
    const { exchange, late } = this.#line;
    const close = overrideAll(exchange, this.#signOverrides());
    late.isOpen = true;
    try {
      const request = methods.sign(...(this.#signing ?? []));
      keepLast(methods, request);
      return request;
    } catch (error) {
      this.#permit.release({ refund: true });
      this.#permit = undefined;
      throw error;
    } finally {
      late.isOpen = false;
      close();
    }
  }

  /** Reports the response of an attempt that ended with this result, and releases its permit. */
  #settle(result: unknown): void {
    if (this.#permit === undefined) return;
    const answer = this.answered ? undefined : this.#line.answers.take(this, result);
    if (answer) this.hear(answer);
    else if (!this.answered && isRefusal(this.#methods, result)) {
      // The user's own `fetch` says no more of its response than this error.
      this.hear({ status: 429, headers: new Headers(), content: undefined });
    }
    // Without a response the request failed on its way and counts as sent.
    this.#attachment.release(this.#charge, this.#permit, result);
    this.#permit = undefined;
  }
}

/** Whether this is one of ccxt's errors for too many requests. */
function isRefusal({ httpExceptions = {} }: Methods, result: unknown): boolean {
  return ['429', '418'].some((status) => {
    const Class = httpExceptions[status];
    return typeof Class === 'function' && result instanceof Class;
  });
}

/** Keeps the request where ccxt keeps the last one. */
function keepLast(methods: Methods, request: SignedRequest): void {
  if (methods.setLastRequest) {
    methods.setLastRequest(request);
    return;
  }
  const { url, headers, body } = request;
  Object.assign(methods, {
    last_request_headers: headers,
    last_request_body: body,
    last_request_url: url,
  });
}
