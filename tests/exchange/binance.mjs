/**
 * A simulated Binance spot exchange over real HTTP on the loopback interface.
 *
 *     const exchange = await startExchange({ units: scaledUnits(6000) });
 *     await fetch(`${exchange.url}/api/v3/time`, { headers: { 'X-Forwarded-For': '10.0.0.1' } });
 *     await exchange.close();
 *
 * Every client comes from 127.0.0.1, so the address that counts is the one in X-Forwarded-For, which is believed; the
 * account is the X-MBX-APIKEY. A request spends a random time on the way, then it is counted: that is the moment that
 * decides into which window it falls, and the reason why requests arrive in another order than they were sent.
 */

import { setMaxListeners } from 'node:events';
import { createServer } from 'node:http';
import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerTo, refusal } from './answers.mjs';
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
 * @property {import('./limits.mjs').UnitLengths} [units] how long a SECOND, MINUTE... lasts, ms
 * @property {readonly [number, number]} [delay] least and most ms a request is on its way
 * @property {number} [banAfter] see RateLimiter
 * @property {number} [banBase] see RateLimiter
 * @property {number} [fillChance] the chance of an order to be filled before it can be cancelled
 * @property {() => number} [random] in [0, 1)
 * @property {() => number} [now] Unix ms
 */

const MAX_BODY = 10_000;
const TOO_LONG = failure(413, -1101, 'Too many parameters sent for this endpoint.');
/** @type {import('./endpoints.mjs').Endpoint} */
const UNKNOWN_ENDPOINT = { weight: 1, check: () => failure(404, -1100, 'No such endpoint.') };

/** @param {ExchangeOptions} [options] */
export async function startExchange(options = {}) {
  const exchange = new Exchange(options);
  const server = createServer((request, response) => exchange.handle(request, response));
  // A connection that the server closes just as the client sends on it is an error at the client. Bots here are never
  // idle this long.
  server.keepAliveTimeout = 60_000;
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the exchange did not get a TCP port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** The truth: what was counted, refused and banned. */
    limiter: exchange.limiter,
    close: () => {
      exchange.stop();
      return new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      });
    },
  };
}

class Exchange {
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
    // Each request on its way listens to it.
    setMaxListeners(0, this.#stopped.signal);
    this.limiter = new RateLimiter({ limits, units, banAfter: o.banAfter, banBase: o.banBase });
    this.delay = delay;
    this.fillChance = fillChance;
    this.random = o.random ?? Math.random;
    this.now = o.now ?? Date.now;
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
      this.#answer(request, body, response);
    } catch (error) {
      // The client hung up, or the exchange closed, while the request was on its way: nobody is left to answer.
      if (!request.destroyed && !this.#stopped.signal.aborted) throw error;
    }
  }

  async #travel() {
    const [least, most] = this.delay;
    const ms = least + this.random() * (most - least);
    if (ms > 0) await sleep(ms, undefined, { signal: this.#stopped.signal });
  }

  /**
   * @param {IncomingMessage} request
   * @param {string | undefined} body
   * @param {ServerResponse} response
   */
  #answer(request, body, response) {
    const now = this.now();
    const { key, params } = parse(request, body ?? '');
    const endpoint = ENDPOINTS[key] ?? UNKNOWN_ENDPOINT;
    const ip = clientAddress(request);
    const account = header(request, 'x-mbx-apikey');
    const failed =
      body === undefined
        ? TOO_LONG
        : (failureOf(endpoint, params, account) ?? this.#unknownOrder(key, params, account));
    const weight = typeof endpoint.weight === 'number' ? endpoint.weight : endpoint.weight(params);
    const { weightIfDone, orders } = endpoint;
    const arrival = { ip, account, weight, weightIfDone, orders, malformed: failed !== undefined };

    const verdict = this.limiter.arrive(arrival, now);
    const headers = this.limiter.headers(arrival, verdict, now);
    if (verdict.outcome !== 'accepted') {
      const status = verdict.outcome === 'banned' ? 418 : 429;
      return send(response, now, { status, ...refusal(verdict) }, headers);
    }
    if (failed) return send(response, now, failed, headers);
    const { limits, units } = this.limiter;
    const answer = answerTo(key, { params, now, limits, units, orders: this.#book(account) });
    send(response, now, { status: 200, body: answer }, headers);
  }

  /**
   * @param {string} key
   * @param {import('./endpoints.mjs').Params} params
   * @param {string | undefined} account
   */
  #unknownOrder(key, params, account) {
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

/**
 * @param {IncomingMessage} request
 * @returns {Promise<string | undefined>} undefined: too long
 */
async function readBody(request) {
  let body = '';
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MAX_BODY) body += chunk;
  }
  return length <= MAX_BODY ? body : undefined;
}

/**
 * @param {IncomingMessage} request
 * @param {string} body
 */
function parse(request, body) {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  // Sent in both, the query string counts (rest-api.md, General Information on Endpoints).
  const params = new Map([...new URLSearchParams(body), ...new URLSearchParams(query)]);
  return { key: `${request.method} ${path}`, params };
}

/** @param {IncomingMessage} request */
function clientAddress(request) {
  const claimed = header(request, 'x-forwarded-for')?.split(',')[0]?.trim() ?? '';
  return isIP(claimed) ? claimed : (request.socket.remoteAddress ?? '127.0.0.1');
}

/**
 * @param {IncomingMessage} request
 * @param {string} name
 */
function header(request, name) {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * @param {ServerResponse} response
 * @param {number} now
 * @param {{ status: number, body: unknown } | import('./endpoints.mjs').Failure} answer
 * @param {Record<string, string>} [headers]
 */
function send(response, now, answer, headers = {}) {
  const body = JSON.stringify('body' in answer ? answer.body : { code: answer.code, msg: answer.msg });
  response.writeHead(answer.status, {
    ...headers,
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    // Node's own Date is cached for up to a second; windows end in between.
    Date: new Date(now).toUTCString(),
  });
  response.end(body);
}
