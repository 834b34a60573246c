import { krakenFutures } from 'multi-throttler/exchange';
import { krakenFutures as venue } from '../../../simulator/venues/kraken-futures.mjs';
import { venueOf } from '../rig.mjs';

/** Instructions that cost 9 and 16, a twentieth of what 10 s allow. */
const BATCH = {
  batchOrder: Array.from({ length: 16 }, (_, tag) => ({
    order: 'cancel',
    order_id: String(tag),
  })),
};

/** @type {import('../saturated-cases.mjs').Case[]} */
export const KRAKEN_FUTURES = [
  {
    name: 'Kraken Futures',
    id: 'krakenfutures',
    profile: krakenFutures,
    start: venueOf(venue),
    minutes: 1.2,
    streams: [
      {
        rule: 'DERIVATIVES',
        counter: 'derivatives',
        request: 'POST /derivatives/api/v3/sendorder?symbol=PF_XBTUSD',
        ccxt: ['privatePostSendorder', { symbol: 'PF_XBTUSD' }],
        workers: 70,
      },
      {
        rule: 'HISTORY',
        counter: 'history',
        request: 'GET /api/history/v2/orders',
        ccxt: ['historyGetOrders'],
        workers: 120,
      },
    ],
  },
  {
    name: 'Kraken Futures, batches',
    id: 'krakenfutures',
    profile: krakenFutures,
    start: venueOf(venue),
    minutes: 1.2,
    streams: [
      {
        rule: 'DERIVATIVES',
        counter: 'derivatives',
        request: 'POST /derivatives/api/v3/batchorder',
        body: new URLSearchParams({ json: JSON.stringify(BATCH) }).toString(),
        ccxt: ['privatePostBatchorder', BATCH],
        workers: 30,
      },
    ],
  },
];
