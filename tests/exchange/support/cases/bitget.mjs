import { bitget } from 'multi-throttler/exchange';
import { bitget as venue } from '../../../simulator/venues/bitget.mjs';
import { venueOf } from '../rig.mjs';

/** Requests of an IP in a minute, fewer than five endpoints take. */
const FEW = 600;

/** @type {import('../saturated-cases.mjs').Case[]} */
export const BITGET = [
  {
    name: 'Bitget',
    id: 'bitget',
    profile: bitget,
    start: venueOf(venue),
    minutes: 0.5,
    streams: [
      {
        rule: 'orders:POST /api/v2/spot/trade/place-order',
        counter: 'POST /api/v2/spot/trade/place-order',
        request: 'POST /api/v2/spot/trade/place-order',
        ccxt: ['privateSpotPostV2SpotTradePlaceOrder'],
        workers: 30,
      },
      {
        rule: 'ip:20/s:GET /api/v2/spot/market/tickers',
        counter: 'GET /api/v2/spot/market/tickers',
        request: 'GET /api/v2/spot/market/tickers',
        ccxt: ['publicSpotGetV2SpotMarketTickers'],
        workers: 40,
      },
      {
        rule: '1/10s:GET /api/v2/mix/account/sub-account-assets',
        counter: 'GET /api/v2/mix/account/sub-account-assets',
        request: 'GET /api/v2/mix/account/sub-account-assets',
        ccxt: ['privateMixGetV2MixAccountSubAccountAssets'],
        workers: 2,
      },
    ],
  },
  {
    name: 'Bitget, all endpoints of an IP',
    id: 'bitget',
    // The shortest of the rules of these endpoints.
    profile: bitget.with({ limits: { IP: FEW }, jitter: 50 }),
    start: venueOf(() => venue(FEW)),
    minutes: 1.1,
    streams: ['tickers', 'candles', 'contracts', 'fills'].map((name) => ({
      rule: 'IP',
      counter: 'IP',
      request: `GET /api/v2/mix/market/${name}`,
      ccxt: [`publicMixGetV2MixMarket${name[0]?.toUpperCase()}${name.slice(1)}`],
      workers: 60,
    })),
  },
];
