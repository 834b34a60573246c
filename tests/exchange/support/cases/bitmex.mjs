import { bitmex } from 'multi-throttler/exchange';
import { bitmex as venue } from '../../../simulator/venues/bitmex.mjs';
import { venueOf } from '../rig.mjs';

/** ccxt has had no BitMEX since 4.5.84. */
const NONE = /** @type {[string]} */ (['']);

/** @type {import('../saturated-cases.mjs').Case[]} */
export const BITMEX = [
  {
    name: 'BitMEX',
    id: '',
    profile: bitmex,
    start: venueOf(venue),
    minutes: 1.2,
    streams: [
      {
        rule: 'MINUTE',
        counter: 'minute',
        request: 'GET /api/v1/position',
        ccxt: NONE,
        workers: 160,
      },
    ],
  },
  {
    name: 'BitMEX, orders',
    id: '',
    profile: bitmex,
    start: venueOf(venue),
    minutes: 0.16,
    streams: [
      {
        rule: 'SECOND',
        counter: 'second',
        request: 'POST /api/v1/order?symbol=XBTUSD',
        ccxt: NONE,
        workers: 30,
      },
    ],
  },
  {
    name: 'BitMEX, market data',
    id: '',
    profile: bitmex,
    start: venueOf(venue),
    minutes: 1.5,
    streams: [
      {
        rule: 'PUBLIC',
        counter: 'public',
        request: 'GET /api/v1/instrument?symbol=XBTUSD',
        ccxt: NONE,
        workers: 50,
      },
    ],
  },
];
