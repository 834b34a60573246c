import { hyperliquid } from 'multi-throttler/exchange';
import { hyperliquid as venue } from '../../../simulator/venues/hyperliquid.mjs';
import { venueOf } from '../rig.mjs';

const BOOK = { type: 'l2Book', coin: 'BTC' };
const ORDER = {
  action: { type: 'order', orders: [{ a: 0, b: true, p: '2', s: '1' }], grouping: 'na' },
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
