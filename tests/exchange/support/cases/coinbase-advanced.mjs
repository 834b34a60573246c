import { coinbaseAdvanced } from 'multi-throttler/exchange';
import { coinbaseAdvanced as venue } from '../../../simulator/venues/coinbase-advanced.mjs';
import { venueOf } from '../rig.mjs';

/** @type {import('../saturated-cases.mjs').Case[]} */
export const COINBASE_ADVANCED = [
  {
    name: 'Coinbase Advanced Trade',
    id: 'coinbase',
    profile: coinbaseAdvanced,
    start: venueOf(venue),
    minutes: 0.5,
    streams: [
      {
        rule: 'PRIVATE',
        counter: 'private',
        request: 'GET /api/v3/brokerage/accounts',
        ccxt: ['v3PrivateGetBrokerageAccounts'],
        workers: 60,
      },
      {
        rule: 'PUBLIC',
        counter: 'public',
        request: 'GET /api/v3/brokerage/market/products',
        ccxt: ['v3PublicGetBrokerageMarketProducts'],
        workers: 30,
      },
    ],
  },
];
