/**
 * Kraken spot, tier Starter: decaying counters, one per key and one per pair for trading, in which
 * refused requests count. Public requests are limited to about one per second. Refusals have status
 * 200, and there are no usage headers.
 */

import { DecayingCounter, SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

/** @type {Readonly<Record<string, number>>} */
const COSTS = { 'POST /0/private/TradesHistory': 2, 'POST /0/private/Ledgers': 2 };

export function kraken() {
  return new Venue({
    charges: (endpoint, params) => {
      if (endpoint === 'POST /0/private/AddOrder') {
        const id = `trading ${params.get('pair')}`;
        return [{ id, make: () => new DecayingCounter(60, 1 / 1000), cost: 1 }];
      }
      if (endpoint.startsWith('GET /0/public/')) {
        return [{ id: 'public', make: () => new SlidingLog(1, 1000), cost: 1 }];
      }
      const make = () => new DecayingCounter(15, 0.33 / 1000);
      return [{ id: 'private', make, cost: COSTS[endpoint] ?? 1 }];
    },
    success: { error: [], result: {} },
    refusal: ({ id }) => ({
      body: {
        error: [
          id.startsWith('trading') ? 'EOrder:Rate limit exceeded' : 'EAPI:Rate limit exceeded',
        ],
      },
    }),
  });
}
