/**
 * Deribit: credits in buckets that refill evenly. The matching engine has a bucket by the tier of
 * the account, here the lowest; other methods share one of 50 000 credits; subscriptions and
 * `get_instruments` have their own. A refusal is an error with status 400, and there are no usage
 * headers.
 */

import { LazyBucket } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;
const ENGINE = /^private\/(buy|sell|edit|cancel|close_position)/;

/** Error of a request beyond the credits. */
export const TOO_MANY = { code: 10028, message: 'too_many_requests' };

/**
 * The bucket of a method, counted in calls: a number of credits by what a call costs.
 *
 * @param {string} method such as `private/buy`
 */
export function chargeOf(method) {
  const of = (
    /** @type {string} */ id,
    /** @type {number} */ credits,
    /** @type {number} */ perSecond,
    /** @type {number} */ cost,
  ) => ({ id, make: () => new LazyBucket(credits / cost, perSecond / cost / SECOND), cost: 1 });
  if (ENGINE.test(method)) return of('engine', 10_000, 2500, 500);
  if (/\/(un)?subscribe/.test(method)) return of('subscribe', 30_000, 10_000, 3000);
  if (method === 'public/get_instruments') return of('instruments', 500_000, 10_000, 10_000);
  return of(method.startsWith('public/') ? 'public' : 'other', 50_000, 10_000, 500);
}

export function deribit() {
  return new Venue({
    charges: (endpoint) => [chargeOf(endpoint.split('/api/v2/')[1] ?? '')],
    success: { jsonrpc: '2.0', result: [] },
    refusal: () => ({ status: 400, body: { jsonrpc: '2.0', error: TOO_MANY } }),
  });
}
