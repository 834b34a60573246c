/**
 * Coinbase Exchange: buckets that refill when a request comes. There are no usage headers. A
 * refusal is status 429.
 */

import { LazyBucket } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;

export function coinbaseExchange() {
  return new Venue({
    charges: (endpoint) => {
      const path = endpoint.split(' /')[1] ?? '';
      if (path === 'fills')
        return [{ id: 'fills', make: () => new LazyBucket(20, 10 / SECOND), cost: 1 }];
      return /^(products|time|currencies)/.test(path)
        ? [{ id: 'public', make: () => new LazyBucket(15, 10 / SECOND), cost: 1 }]
        : [{ id: 'private', make: () => new LazyBucket(30, 15 / SECOND), cost: 1 }];
    },
    refusal: () => ({ status: 429, body: { message: 'Public rate limit exceeded' } }),
  });
}
