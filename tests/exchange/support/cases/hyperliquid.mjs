import { hyperliquid } from 'multi-throttler/exchange';
import { hyperliquid as venue } from '../../../simulator/venues/hyperliquid.mjs';
import { venueOf } from '../rig.mjs';

const BOOK = { type: 'l2Book', coin: 'BTC' };
const ORDER = {
  action: { type: 'order', orders: [{ a: 0, b: true, p: '2', s: '1' }], grouping: 'na' },
};
/**
 * Fills of a user with so many of them, which weigh as many more as the answer is longer.
 *
 * @param {number} count
 */
const fills = (count) => {
  const params = { type: 'userFills', user: String(count) };
  return {
    rule: 'IP',
    counter: 'IP',
    request: 'POST /info',
    body: JSON.stringify(params),
    ccxt: /** @type {[string, object]} */ (['publicPostInfo', params]),
    workers: 70,
    unused: 120 - (20 + Math.ceil(count / 20)),
  };
};
/** Actions that an address has left. */
const LEFT = 150;

/** @type {import('../saturated-cases.mjs').Case[]} */
export const HYPERLIQUID = [
  {
    name: 'Hyperliquid',
    id: 'hyperliquid',
    profile: hyperliquid,
    start: venueOf(venue),
    minutes: 2.1,
    streams: [
      {
        rule: 'IP',
        counter: 'IP',
        request: 'POST /info',
        body: JSON.stringify(BOOK),
        ccxt: ['publicPostInfo', BOOK],
        workers: 700,
      },
    ],
  },
  ...[40, 2000].map((count) => ({
    name: `Hyperliquid, lists of ${count} fills`,
    id: 'hyperliquid',
    profile: hyperliquid,
    start: venueOf(venue),
    minutes: 2.1,
    streams: [fills(count)],
  })),
  {
    name: 'Hyperliquid, an address with few actions left',
    id: 'hyperliquid',
    profile: hyperliquid.with({ rules: { ADDRESS: { capacity: LEFT } } }),
    start: venueOf(() => venue(LEFT)),
    minutes: 3,
    streams: [
      {
        rule: 'ADDRESS',
        counter: 'actions',
        request: 'POST /exchange',
        body: JSON.stringify(ORDER),
        ccxt: ['privatePostExchange', ORDER],
        workers: 200,
      },
    ],
  },
];
