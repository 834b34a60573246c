import { gate } from 'multi-throttler/exchange';
import { gate as venue } from '../../../simulator/venues/gate.mjs';
import { venueOf } from '../rig.mjs';

/** @param {string} pair */
const orders = (pair) => ({
  rule: `SPOT_ORDERS:${pair}`,
  counter: `POST /api/v4/spot/orders ${pair}`,
  request: 'POST /api/v4/spot/orders',
  body: JSON.stringify({ currency_pair: pair }),
  ccxt: /** @type {[string, object]} */ (['privateSpotPostOrders', { currency_pair: pair }]),
  workers: 30,
});

/** @type {import('../saturated-cases.mjs').Case[]} */
export const GATE = [
  {
    name: 'Gate',
    id: 'gate',
    profile: gate,
    start: venueOf(venue),
    minutes: 0.4,
    streams: [
      orders('BTC_USDT'),
      orders('ETH_USDT'),
      {
        rule: '1/3s:POST /api/v4/withdrawals',
        counter: 'POST /api/v4/withdrawals',
        request: 'POST /api/v4/withdrawals',
        ccxt: ['privateWithdrawalsPostWithdrawals'],
        workers: 3,
      },
    ],
  },
  {
    name: 'Gate, market data',
    id: 'gate',
    profile: gate,
    start: venueOf(venue),
    minutes: 0.6,
    streams: [
      {
        rule: 'ip:200/10s:GET /api/v4/spot/tickers',
        counter: 'GET /api/v4/spot/tickers',
        request: 'GET /api/v4/spot/tickers',
        ccxt: ['publicSpotGetTickers'],
        workers: 250,
      },
    ],
  },
];
