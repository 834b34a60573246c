/**
 * The counting core of the simulated exchange: the usage of each client, its refusals and its bans.
 * It knows no HTTP and no clock. Every call carries the time (Unix ms), so it is tested to the
 * millisecond without sleeping.
 *
 * How Binance counts (binance-spot-api-docs, rest-api.md and faqs/order_count_decrement.md, read
 * November 2026):
 * - REQUEST_WEIGHT and RAW_REQUESTS per IP address, ORDERS per account, in fixed windows aligned to
 *   UTC;
 * - above a limit: 429 with Retry-After. A client that continues is banned: 418, from 2 minutes to
 *   3 days, longer each time. The number of 429s before a ban is not published, hence `banAfter`;
 * - a refused request counts like any other. Simplified: orders rest on the book, so the order
 *   count never falls before its window ends (at Binance a fill lowers it); a request during a ban
 *   neither counts nor lengthens the ban.
 *
 * @typedef {import('./limits.mjs').RateLimit} RateLimit
 *
 * @typedef {object} Arrival a request as the counters see it
 * @property {string} ip
 * @property {string | undefined} [account]
 * @property {number} weight of a request that fails, or of any
 * @property {number | undefined} [weightIfDone] the weight of a request that succeeds, if it is
 *   lower
 * @property {number | undefined} [orders] the number of orders that it places
 * @property {boolean} [malformed] whether it fails and places no order
 *
 * @typedef {{ outcome: 'accepted' } | { outcome: 'refused', limit: RateLimit, retryAt: number } | {
 *   outcome: 'banned', retryAt: number }} Verdict
 *
 * @typedef {object} ClientRecord the true figures of one IP address
 * @property {number} accepted
 * @property {number} refused requests refused with 429
 * @property {number} banned requests refused with 418
 * @property {number[]} bans lengths of the bans, ms
 */

import { WindowCounter } from '../../../../ts/simulator/window-counter.mjs';
import { REAL_UNITS, usageHeader, windowMs } from './limits.mjs';

/**
 * @typedef {ClientRecord & { counters: Counters, strikes: number, lastRefusal: number, bannedUntil:
 *   number }} Client
 */
/** @typedef {Map<RateLimit, WindowCounter>} Counters */

export class RateLimiter {
  /** @type {Map<string, Client>} */
  #clients = new Map();
  /** @type {Map<string, Counters>} */
  #accounts = new Map();

  /**
   * @param {object} o
   * @param {readonly RateLimit[]} o.limits
   * @param {import('./limits.mjs').UnitLengths} [o.units]
   * @param {number} [o.banAfter] refusals within `forgiveAfter` of each other before the ban
   * @param {number} [o.banBase] length of the first ban, ms; each further one is twice as long
   * @param {number} [o.banMax] ms
   * @param {number} [o.forgiveAfter] ms without a refusal after which the refusals no longer count
   */
  constructor({ limits, units = REAL_UNITS, banAfter = 100, banBase, banMax, forgiveAfter }) {
    this.limits = limits;
    this.units = units;
    this.banAfter = banAfter;
    this.banBase = banBase ?? 2 * units.MINUTE;
    this.banMax = banMax ?? 3 * units.DAY;
    this.forgiveAfter = forgiveAfter ?? units.MINUTE;
  }

  /** The number of requests refused with 429 or 418, of all clients. */
  get refused() {
    let sum = 0;
    for (const { refused, banned } of this.#clients.values()) sum += refused + banned;
    return sum;
  }

  /**
   * Counts a request and decides about it.
   *
   * @param {Arrival} request
   * @param {number} now
   * @returns {Verdict}
   */
  arrive(request, now) {
    const client = this.#client(request.ip);
    if (now < client.bannedUntil) {
      client.banned += 1;
      return { outcome: 'banned', retryAt: client.bannedUntil };
    }
    const refusedBy = this.#count(client, request, now);
    if (refusedBy === undefined) {
      client.accepted += 1;
      return { outcome: 'accepted' };
    }
    return this.#refuse(client, refusedBy, now);
  }

  /**
   * Adds the request to every counter that it reaches. Returns the limit that refuses it, if one
   * does. An order reaches the counter of its account only if the limits of its IP address accept
   * it.
   *
   * @param {Client} client
   * @param {Arrival} request
   * @param {number} now
   * @returns {{ limit: RateLimit, counter: WindowCounter } | undefined}
   */
  #count(client, request, now) {
    const orders = request.malformed ? 0 : (request.orders ?? 0);
    const orderCounters = orders > 0 ? [...this.#account(request.account)] : [];
    const overOrders = orderCounters.find(([, counter]) => !counter.fits(now, orders));
    const done = !request.malformed && overOrders === undefined;
    const weight = done ? (request.weightIfDone ?? request.weight) : request.weight;

    const ipCounters = [...client.counters].map(([limit, counter]) => {
      return { limit, counter, cost: limit.rateLimitType === 'RAW_REQUESTS' ? 1 : weight };
    });
    const overIp = ipCounters.find(({ counter, cost }) => !counter.fits(now, cost));
    const accepted = overIp === undefined && overOrders === undefined;
    for (const { counter, cost } of ipCounters) counter.add(now, cost, accepted);
    if (overIp !== undefined) return overIp;
    for (const [, counter] of orderCounters) counter.add(now, orders, accepted);
    return overOrders && { limit: overOrders[0], counter: overOrders[1] };
  }

  /**
   * @param {Client} client
   * @param {{ limit: RateLimit, counter: WindowCounter }} by
   * @param {number} now
   * @returns {Verdict}
   */
  #refuse(client, { limit, counter }, now) {
    if (now - client.lastRefusal > this.forgiveAfter) client.strikes = 0;
    client.lastRefusal = now;
    client.strikes += 1;
    if (client.strikes <= this.banAfter) {
      client.refused += 1;
      return { outcome: 'refused', limit, retryAt: counter.windowEnd(now) };
    }
    const length = Math.min(this.banMax, this.banBase * 2 ** client.bans.length);
    client.bans.push(length);
    client.bannedUntil = now + length;
    client.strikes = 0;
    client.banned += 1;
    return { outcome: 'banned', retryAt: client.bannedUntil };
  }

  /**
   * The rate-limit headers of a response. Only responses to placed orders show the order count:
   * Binance does not promise it on others.
   *
   * @param {Arrival} request
   * @param {Verdict} verdict
   * @param {number} now
   * @returns {Record<string, string>}
   */
  headers(request, verdict, now) {
    const placed =
      verdict.outcome === 'accepted' && !request.malformed && (request.orders ?? 0) > 0;
    const counters = [
      ...this.#client(request.ip).counters,
      ...(placed ? this.#account(request.account) : []),
    ];
    /** @type {Record<string, string>} */
    const headers = {};
    for (const [limit, counter] of counters) {
      const name = usageHeader(limit);
      if (name !== undefined) headers[name] = String(counter.used(now));
    }
    // Rounded up to whole seconds, so a client that waits this long is never early.
    if (verdict.outcome !== 'accepted')
      headers['Retry-After'] = String(Math.ceil((verdict.retryAt - now) / 1000));
    return headers;
  }

  /**
   * The counter of a limit for one client: that of its IP address, or of its account.
   *
   * @param {RateLimit} limit
   * @param {{ ip: string, account: string }} who
   */
  counter(limit, { ip, account }) {
    const counter = (
      limit.rateLimitType === 'ORDERS' ? this.#account(account) : this.#client(ip).counters
    ).get(limit);
    if (counter === undefined)
      throw new TypeError(`${limit.rateLimitType} is not one of this exchange's limits`);
    return counter;
  }

  /**
   * @param {string} ip
   * @returns {Readonly<ClientRecord & { bannedUntil: number }>}
   */
  record(ip) {
    return this.#client(ip);
  }

  /** @param {string} ip */
  #client(ip) {
    let client = this.#clients.get(ip);
    if (client === undefined) {
      const counters = this.#counters((limit) => limit.rateLimitType !== 'ORDERS');
      const none = { accepted: 0, refused: 0, banned: 0, bans: [] };
      client = { ...none, counters, strikes: 0, lastRefusal: -Infinity, bannedUntil: -Infinity };
      this.#clients.set(ip, client);
    }
    return client;
  }

  /** @param {string} [account] */
  #account(account = '') {
    let counters = this.#accounts.get(account);
    if (counters === undefined) {
      counters = this.#counters((limit) => limit.rateLimitType === 'ORDERS');
      this.#accounts.set(account, counters);
    }
    return counters;
  }

  /** @param {(limit: RateLimit) => boolean} filter */
  #counters(filter) {
    const make = (/** @type {RateLimit} */ limit) =>
      new WindowCounter(limit.limit, windowMs(limit, this.units));
    return new Map(this.limits.filter(filter).map((limit) => [limit, make(limit)]));
  }
}
