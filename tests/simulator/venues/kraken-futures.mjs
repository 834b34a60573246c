/**
 * Kraken Futures: 500 of cost in any 10 s for `/derivatives`, and a pool of 100 for `/history` that
 * refills by 100 in 10 minutes. Public requests are free. Refusals have status 200, and there are
 * no usage headers.
 */

import { LazyBucket, SlidingLog } from '../../../ts/simulator/counters.mjs';
import { Venue } from './venue.mjs';

const START = '/derivatives/api/v3/';
/** @type {Readonly<Record<string, number>>} */
const COSTS = { accounts: 2, openorders: 2, sendorder: 10, cancelallorders: 25, unwindqueue: 200 };

/** @param {string | undefined} json `{ batchOrder: [...] }` */
const sizeOf = (json) => JSON.parse(json ?? '{}').batchOrder.length;

export function krakenFutures() {
  return new Venue({
    charges: (endpoint, params) => {
      const [, path = ''] = endpoint.split(' ');
      if (path.startsWith('/api/history/')) {
        return [{ id: 'history', make: () => new LazyBucket(100, 100 / 600_000), cost: 1 }];
      }
      const name = path.slice(START.length);
      const cost = name === 'batchorder' ? 9 + sizeOf(params.get('json')) : COSTS[name];
      if (cost === undefined) return [];
      return [{ id: 'derivatives', make: () => new SlidingLog(500, 10_000), cost }];
    },
    success: { result: 'success', serverTime: '2026-11-30T00:00:00.000Z' },
    refusal: () => ({ body: { result: 'error', error: 'apiLimitExceeded' } }),
  });
}
