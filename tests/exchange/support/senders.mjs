/** The two ways by which bots send, each under a throttler. */

import { attachThrottler } from 'multi-throttler/ccxt';
import { ccxtAt } from '../../simulator/clients/ccxt.mjs';
import { requester, throttled } from './rig.mjs';

/**
 * @typedef {object} Request
 * @property {string} request method and path with parameters
 * @property {string} [body] in JSON
 * @property {[method: string, params?: object]} ccxt the same as an implicit method of ccxt
 *
 * @typedef {object} Means
 * @property {{ id: string, profile: import('multi-throttler/exchange').ExchangeProfile }} venue
 * @property {string} url of the exchange
 * @property {(request: any, init?: any) => Promise<Response>} fetch the function that sends
 * @property {import('multi-throttler').MultiThrottler} throttler
 * @property {import('../../simulator/time/time.mjs').Time} [time]
 * @property {Request} [first] the request with the highest priority
 * @property {number} [retries] number of times that a refused request is sent again
 *
 * @typedef {(means: Means) => (request: Request) => Promise<unknown>} Sender makes what sends a
 *   request and comes back with its answer; ccxt throws where it is a refusal
 */

/** @type {Sender} */
export function byFetch({ venue: { profile }, url, fetch, throttler, first, retries = 0 }) {
  const send = throttled(throttler, profile, fetch, {
    retries,
    priority: (request) => (isFirst(request.method, request.url) ? 'critical' : 'normal'),
  });
  const isFirst = (/** @type {string} */ method, /** @type {string} */ at) =>
    first !== undefined && pathOf(first) === `${method} ${new URL(at).pathname}`;
  return requester(url, send);
}

/** @type {Sender} */
export function byCcxt({ venue: { id, profile }, url, fetch, throttler, first, retries = 0 }) {
  const sends = /** @type {typeof globalThis.fetch} */ (fetch);
  const exchange = ccxtAt(id, url, sends, { options: { maxRetriesOnFailure: retries } });
  attachThrottler(exchange, {
    throttler,
    profile,
    priority: (_api, method, path) =>
      first && pathOf(first).startsWith(method) && pathOf(first).endsWith(`/${path}`)
        ? 'critical'
        : 'normal',
  });
  return ({ ccxt: [method, params] }) => exchange[method](params);
}

export const SENDERS = Object.entries({ throttledFetch: byFetch, ccxt: byCcxt });

/**
 * The method and the path without parameters.
 *
 * @param {Request} request
 */
export function pathOf({ request }) {
  return request.split('?')[0] ?? '';
}
