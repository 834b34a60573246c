import { deribit } from 'multi-throttler/exchange';
import { deribit as venue } from '../../../simulator/venues/deribit.mjs';
import { venueOf } from '../rig.mjs';

/** @type {import('../saturated-cases.mjs').Case[]} */
export const DERIBIT = [
  {
    name: 'Deribit',
    id: 'deribit',
    profile: deribit,
    start: venueOf(venue),
    minutes: 0.6,
    streams: [
      {
        rule: 'ENGINE',
        counter: 'engine',
        request: 'GET /api/v2/private/buy?instrument_name=BTC-PERPETUAL',
        ccxt: ['privateGetBuy', { instrument_name: 'BTC-PERPETUAL' }],
        workers: 40,
      },
      {
        rule: 'OTHER',
        counter: 'other',
        request: 'GET /api/v2/private/get_positions',
        ccxt: ['privateGetGetPositions'],
        workers: 150,
      },
    ],
  },
  {
    name: 'Deribit, market data',
    id: 'deribit',
    profile: deribit,
    start: venueOf(venue),
    minutes: 0.6,
    streams: [
      {
        rule: 'INSTRUMENTS',
        counter: 'instruments',
        request: 'GET /api/v2/public/get_instruments?currency=BTC',
        ccxt: ['publicGetGetInstruments', { currency: 'BTC' }],
        workers: 80,
      },
    ],
  },
];
