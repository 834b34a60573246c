/**
 * Coinbase Advanced Trade: 30 requests a second by user, market data 10 a second by IP. A refusal
 * is status 429. There are no usage headers.
 */

import { SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;

export function coinbaseAdvanced() {
  return new Venue({
    charges: (endpoint) =>
      /brokerage\/(market\/|time$)/.test(endpoint)
        ? [{ id: 'public', make: () => new SlidingLog(10, SECOND), cost: 1 }]
        : [{ id: 'private', make: () => new SlidingLog(30, SECOND), cost: 1 }],
    refusal: () => ({
      status: 429,
      body: { errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] },
    }),
  });
}
