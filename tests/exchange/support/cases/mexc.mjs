import { mexc } from 'multi-throttler/exchange';
import { mexc as venue } from '../../../simulator/venues/mexc.mjs';
import { venueOf } from '../rig.mjs';

/** @type {import('../saturated-cases.mjs').Case[]} */
export const MEXC = [
  {
    name: 'MEXC',
    id: 'mexc',
    profile: mexc,
    start: venueOf(venue),
    minutes: 0.9,
    streams: [
      {
        rule: 'IP',
        counter: 'IP',
        request: 'GET /api/v3/allOrders?symbol=BTCUSDT',
        ccxt: ['spotPrivateGetAllOrders', { symbol: 'BTCUSDT' }],
        workers: 60,
      },
      {
        rule: 'ip:20/2s:GET /api/v1/contract/ticker',
        counter: 'GET /api/v1/contract/ticker',
        request: 'GET /api/v1/contract/ticker',
        ccxt: ['contractPublicGetTicker'],
        workers: 40,
      },
    ],
  },
  {
    name: 'MEXC, orders',
    id: 'mexc',
    profile: mexc,
    start: venueOf(venue),
    minutes: 0.5,
    streams: [
      {
        rule: 'ORDERS',
        counter: 'orders',
        request: 'POST /api/v3/order?symbol=BTCUSDT',
        ccxt: ['spotPrivatePostOrder', { symbol: 'BTCUSDT' }],
        workers: 40,
      },
    ],
  },
];
