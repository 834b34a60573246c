/**
 * A simulated Binance spot exchange over real HTTP on the loopback interface.
 *
 *     const exchange = await startExchange({ units: scaledUnits(6000) });
 *     await fetch(`${exchange.url}/api/v3/time`, { headers: { 'X-Forwarded-For': '10.0.0.1' } });
 *     await exchange.close();
 *
 * The account is the X-MBX-APIKEY. A request counts after a random delay. Its window is that of
 * this instant, and requests thus arrive in another order than they are sent.
 */

import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientAddress, header, listen, parse, readBody, send } from '../../http/server.mjs';
import { bodyOf, refusal } from './bodies.mjs';
import { ENDPOINTS, failure, failureOf } from './endpoints.mjs';
import { BINANCE_SPOT_LIMITS, REAL_UNITS } from './limits.mjs';
import { OrderBook } from './order-book.mjs';
import { RateLimiter } from './rate-limiter.mjs';

/**
 * @typedef {import('node:http').IncomingMessage} IncomingMessage
 * @typedef {import('node:http').ServerResponse} ServerResponse
 *
 * @typedef {object} ExchangeOptions
 * @property {readonly import('./limits.mjs').RateLimit[]} [limits]
 * @property {import('./limits.mjs').UnitLengths} [units] the lengths of SECOND, MINUTE and so on,
 *   ms
 * @property {readonly [number, number]} [delay] the shortest and the longest delay of a request, ms
 * @property {number} [banAfter] see RateLimiter
 * @property {number} [banBase] see RateLimiter
 * @property {number} [fillChance] the probability that an order is filled before it can be
 *   cancelled
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} [travel] waits for the delay,
 *   until the signal aborts
 * @property {() => number} [random] in [0, 1)
 * @property {() => number} [now] Unix ms
 * @property {number} [port] 0: a free one
 * @property {Market} [market] in place of fixed rows
 *
 * @typedef {import('./endpoints.mjs').Endpoint} Endpoint
 * @typedef {object} Market a market with prices and orders of its own
 * @property {Readonly<Record<string, Endpoint>>} endpoints added or changed endpoints
 * @property {(key: string, params: Params, account: string, now: number) => Failure | undefined}
 *   failure of a request that is well formed
 * @property {(key: string, params: Params, account: string, now: number) => unknown} body of a
 *   response; undefined for that of the exchange
 * @typedef {import('./endpoints.mjs').Params} Params
 * @typedef {import('./endpoints.mjs').Failure} Failure
 */

/** @param {number} ms @param {AbortSignal} signal */
const travel = (ms, signal) => sleep(ms, undefined, { signal });

const TOO_LONG = failure(413, -1101, 'Too many parameters sent for this endpoint.');
/** @type {import('./endpoints.mjs').Endpoint} */
const UNKNOWN_ENDPOINT = { weight: 1, check: () => failure(404, -1100, 'No such endpoint.') };

/** @param {ExchangeOptions} [options] */
export async function startExchange(options = {}) {
  const exchange = new Exchange(options);
  const server = await listen(
    (request, response) => exchange.handle(request, response),
    options.port,
  );
  return {
    url: server.url,
    /** The true counts, refusals and bans. */
    limiter: exchange.limiter,
    close: () => {
      exchange.stop();
      return server.close();
    },
  };
}

/** The exchange without a server. */
export class Exchange {
  /** @type {Map<string, OrderBook>} */
  #books = new Map();
  #stopped = new AbortController();

  /** @param {ExchangeOptions} o */
  constructor({
    limits = BINANCE_SPOT_LIMITS,
    units = REAL_UNITS,
    delay = [2, 12],
    fillChance = 0.05,
    ...o
  }) {
    // Each request in flight listens to it.
    setMaxListeners(0, this.#stopped.signal);
    this.limiter = new RateLimiter({ limits, units, banAfter: o.banAfter, banBase: o.banBase });
    this.delay = delay;
    this.fillChance = fillChance;
    this.travel = o.travel ?? travel;
    this.random = o.random ?? Math.random;
    this.now = o.now ?? Date.now;
    this.market = o.market;
  }

  stop() {
    this.#stopped.abort();
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async handle(request, response) {
    try {
      const body = await readBody(request);
      await this.#travel();
      this.#respond(request, body, response);
    } catch (error) {
      // The client hung up or the exchange closed during the delay, so no response is needed.
      if (!request.destroyed && !this.#stopped.signal.aborted) throw error;
    }
  }

  async #travel() {
    const [least, most] = this.delay;
    const ms = least + this.random() * (most - least);
    if (ms > 0) await this.travel(ms, this.#stopped.signal);
  }

  /**
   * @param {IncomingMessage} request
   * @param {string | undefined} body
   * @param {ServerResponse} response
   */
  #respond(request, body, response) {
    const now = this.now();
    const { key, params } = parse(request, body ?? '');
    const endpoint = this.market?.endpoints[key] ?? ENDPOINTS[key] ?? UNKNOWN_ENDPOINT;
    const ip = clientAddress(request);
    const account = header(request, 'x-mbx-apikey');
    const wrong =
      body === undefined
        ? TOO_LONG
        : (failureOf(endpoint, params, account) ?? this.#failure(key, params, account, now));
    const weight = typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(params);
    const { weightIfDone, orders } = endpoint;
    const arrival = { ip, account, weight, weightIfDone, orders, malformed: wrong !== undefined };

    const verdict = this.limiter.arrive(arrival, now);
    const headers = this.limiter.headers(arrival, verdict, now);
    if (verdict.outcome !== 'accepted') {
      const status = verdict.outcome === 'banned' ? 418 : 429;
      return send(response, now, { status, body: refusal(verdict), headers });
    }
    if (wrong) return send(response, now, { ...failed(wrong), headers });
    const { limits, units } = this.limiter;
    const responseBody =
      this.market?.body(key, params, account ?? '', now) ??
      bodyOf(key, { params, now, limits, units, orders: this.#book(account) });
    send(response, now, { status: 200, body: responseBody, headers });
  }

  /**
   * @param {string} key
   * @param {import('./endpoints.mjs').Params} params
   * @param {string | undefined} account
   * @param {number} now
   */
  #failure(key, params, account, now) {
    if (this.market) return this.market.failure(key, params, account ?? '', now);
    if (key !== 'DELETE /api/v3/order' || this.#book(account).has(Number(params.get('orderId'))))
      return undefined;
    return failure(400, -2011, 'Unknown order sent.');
  }

  /** @param {string | undefined} account */
  #book(account = '') {
    let book = this.#books.get(account);
    if (book === undefined) {
      book = new OrderBook(() => this.random() < this.fillChance);
      this.#books.set(account, book);
    }
    return book;
  }
}

/** @param {import('./endpoints.mjs').Failure} failure */
function failed({ status, code, msg }) {
  return { status, body: { code, msg } };
}
