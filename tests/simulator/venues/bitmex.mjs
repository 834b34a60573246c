/**
 * BitMEX: a bucket of 120 requests by user that refills by 2 a second, one of 30 by IP for public
 * requests, and 10 a second for orders. The headers tell what remains; a refusal is status 429 with
 * `Retry-After`.
 */

import { LazyBucket, SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const SECOND = 1000;

export function bitmex() {
  return new Venue({
    charges: (endpoint) => {
      if (/ \/api\/v1\/(instrument|trade|quote|orderBook)/.test(endpoint))
        return [{ id: 'public', make: () => new LazyBucket(30, 0.5 / SECOND), cost: 1 }];
      const minute = { id: 'minute', make: () => new LazyBucket(120, 2 / SECOND), cost: 1 };
      const second = { id: 'second', make: () => new SlidingLog(10, SECOND), cost: 1 };
      return /^(POST|PUT|DELETE) \/api\/v1\/order/.test(endpoint) ? [minute, second] : [minute];
    },
    success: [],
    refusal: ({ id }) => ({
      status: 429,
      body: {
        error: { name: 'RateLimitError', message: 'Rate limit exceeded, retry in 1 seconds.' },
      },
      headers: { 'Retry-After': id === 'public' ? '2' : '1' },
    }),
    headers: (counted, now) =>
      Object.fromEntries(
        counted.flatMap(({ charge, counter }) => {
          const remaining = String(Math.max(0, Math.floor(counter.remaining(now))));
          if (charge.id === 'second') return [['X-RateLimit-Remaining-1s', remaining]];
          const full = now + (counter.limit - counter.remaining(now)) / counter.rate;
          return [
            ['X-RateLimit-Limit', String(counter.limit)],
            ['X-RateLimit-Remaining', remaining],
            ['X-RateLimit-Reset', String(Math.ceil(full / SECOND))],
          ];
        }),
      ),
  });
}
