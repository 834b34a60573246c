/**
 * A simulated exchange on virtual time, and helpers of bots that trade on it.
 *
 * @typedef {object} Exchange
 * @property {string} url
 * @property {() => number} refused number of refusals so far
 * @property {(id: string, end: number) => number} total the cost accepted under a counter before an
 *   instant (Unix ms)
 * @property {import('../../simulator/http/server.mjs').Reply[]} [faults] replies that replace the
 *   next ones
 * @property {() => Promise<unknown>} close
 *
 * @typedef {(now: () => number) => Promise<Exchange>} Start starts an exchange whose clock shows
 *   Unix ms
 */

import { throttledFetch } from 'multi-throttler/exchange';
import { seededRandom } from '../../../ts/simulator/random.mjs';
import { wire } from '../../simulator/http/wire.mjs';
import { Time } from '../../simulator/time/time.mjs';
import { startExchange } from '../../simulator/venues/binance/exchange.mjs';
import { open } from '../../simulator/venues/venue.mjs';

/** An address reserved for documentation (RFC 5737). */
export const IP = '203.0.113.10';
export const ACCOUNT = 'account';

/**
 * @param {() => import('../../simulator/venues/venue.mjs').Venue} make
 * @returns {Start}
 */
export function venueOf(make) {
  return async (now) => {
    const venue = make();
    const server = await open(venue, now);
    const { faults } = venue;
    return {
      ...server,
      faults,
      refused: () => venue.refused,
      total: (id, end) => venue.total(id, end),
    };
  };
}

/** @param {import('../../simulator/venues/binance/exchange.mjs').ExchangeOptions} [options] */
export function binance(options) {
  return async (/** @type {() => number} */ now) => {
    const exchange = await startExchange({ delay: [0, 0], now, ...options });
    const { limiter } = exchange;
    const start = now();
    return {
      ...exchange,
      refused: () => limiter.record(IP).refused + limiter.record(IP).banned,
      total: (/** @type {string} */ id, /** @type {number} */ end) => {
        const limit = limiter.limits.find(({ rateLimitType }) => rateLimitType === id);
        if (limit === undefined) throw new TypeError(`${id} is not one of this exchange's limits`);
        return limiter.counter(limit, { ip: IP, account: ACCOUNT }).wholeWindows(start, end)
          .accepted;
      },
    };
  };
}

/**
 * Runs a scenario on an exchange, on virtual time.
 *
 * @template {Exchange} E
 * @param {object} o
 * @param {(now: () => number) => Promise<E>} o.start
 * @param {number} o.delay the longest delay in each direction, ms
 * @param {number} [o.seed]
 * @param {number} [o.offset] the lead of the exchange's clock, ms
 * @param {string} [o.account] the account of all requests; undefined: that of each request's key
 * @param {(rig: { time: Time, exchange: E, fetch: typeof fetch }) => Promise<void>} scenario
 */
export async function simulate({ start, delay, seed = 1, offset = 0, ...o }, scenario) {
  const time = new Time();
  const exchange = await start(() => time.wallNow() + offset);
  const account = 'account' in o ? o.account : ACCOUNT;
  const headers = {
    'X-Forwarded-For': IP,
    ...(account === undefined ? {} : { 'X-MBX-APIKEY': account }),
  };
  const { fetch, close } = wire({ time, random: seededRandom(seed), delay, headers });
  try {
    await scenario({ time, exchange, fetch });
  } finally {
    close();
    await exchange.close();
  }
}

/**
 * A `fetch` that waits for a throttler with an exchange's profile.
 *
 * @param {import('multi-throttler').MultiThrottler} throttler
 * @param {import('multi-throttler/exchange').ExchangeProfile} profile
 * @param {(request: Request) => Promise<Response>} fetch
 * @param {Partial<import('multi-throttler/exchange').ThrottledFetchOptions>} [options]
 */
export function throttled(throttler, profile, fetch, options) {
  return throttledFetch(throttler, {
    profile,
    retries: 0,
    fetch,
    ...options,
  });
}

/**
 * Creates a function that sends the requests of streams by a `fetch`.
 *
 * @param {string} url of the exchange
 * @param {typeof fetch} fetch
 * @returns {(stream: { request: string, body?: string }) => Promise<Response>}
 */
export function requester(url, fetch) {
  return ({ request, body }) => {
    const [method = '', path = ''] = request.split(' ');
    return fetch(url + path, body === undefined ? { method } : { method, body });
  };
}
