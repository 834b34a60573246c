import { fixedWindow } from '../../index.js';
import { binanceHeaders } from '../../shared/binance-headers.js';
import type { Cost } from '../../shared/cost.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { FUTURES_KLINES, type TypedCosts, typedCosts } from './binance-api.js';
import { binanceBody } from './binance-body.js';

const order = (orders: Cost = 1, weight = 1) => ({ REQUEST_WEIGHT: weight, ORDERS: orders });

const bySymbol = (one: number, all: number): Cost => ({ noSymbol: all, default: one });

/** Endpoints that version 1 and version 3 have alike. */
const endpoints = (version: string): TypedCosts['endpoints'] =>
  Object.fromEntries(
    Object.entries({
      'POST noop': 1,
      'GET ping': 1,
      'GET time': 1,
      'GET exchangeInfo': 1,
      'GET depth': {
        byLimit: [
          [50, 2],
          [100, 5],
          [500, 10],
          [1000, 20],
        ],
        // Without a limit the exchange sends 100 levels.
        default: 5,
      } satisfies Cost,
      'GET trades': 1,
      'GET historicalTrades': 20,
      'GET aggTrades': 20,
      'GET klines': FUTURES_KLINES,
      'GET ticker/24hr': bySymbol(1, 40),
      'GET ticker/opt/24hr': bySymbol(1, 40),
      'GET ticker/price': bySymbol(1, 2),
      'GET ticker/bookTicker': bySymbol(1, 2),
      'GET commissionRate': 20,
      'GET aster/withdraw/estimateFee': 1,

      'POST order': order(),
      'GET order': 1,
      'DELETE order': 1,
      // Not described; as for futures.
      'POST batchOrders': order({ perItem: ['batchOrders', 1] }, 5),
      'DELETE batchOrders': 5,
      'DELETE allOpenOrders': 1,
      'GET openOrder': 1,
      'GET openOrders': bySymbol(1, 40),
      'GET allOrders': 5,
      'GET userTrades': 5,
      'GET account': 5,
      'GET transactionHistory': 30,
      'POST asset/wallet/transfer': 5,
      'POST asset/sendToAddress': 1,
      'POST aster/user-withdraw': 1,
      'POST aster/user-solana-withdraw': 1,
      'POST listenKey': 1,
      'PUT listenKey': 1,
      'DELETE listenKey': 1,
    }).map(([endpoint, cost]) => [endpoint.replace(' ', ` /api/${version}/`), cost]),
  );

/**
 * Aster spot, `/api` on a host of its own, apart from futures.
 *
 * Source: asterdex/api-docs, "V3(Recommended)/EN/aster-finance-spot-api-v3.md" (2026-06-30), whose
 * exchangeInfo has 6000 weight and 6000 orders a minute and 300 orders in 10 s. Version 1 is taken
 * to weigh the same. Windows are taken to be of the calendar, as at Binance, whose API it is.
 */
export const asterSpot: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'asterSpot',
  exchangeInfo: true,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 }),
    fixedWindow({ id: 'ORDERS', limit: 300, interval: 10_000, scope: 'account' }),
    fixedWindow({ id: 'ORDERS_1M', limit: 6000, interval: 60_000, scope: 'account' }),
  ],
  headers: binanceHeaders,
  body: binanceBody,
  // Going on after a refusal leads to a ban.
  pauses: 'all',
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        defaults: { '/api/': { REQUEST_WEIGHT: 30 } },
        endpoints: { ...endpoints('v1'), ...endpoints('v3') },
      },
      rules,
    ),
}));
