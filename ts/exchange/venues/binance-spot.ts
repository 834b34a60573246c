import { fixedWindow } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { BINANCE, binanceMessage, order, spotEndpoints, typedCosts } from './binance-api.js';

/** All pairs of a ticker that is asked for by `symbols`, or for all. */
const byPair = (one: number, all: number, bySymbols: [number, number][]): Cost => ({
  byCount: ['symbols', bySymbols],
  noSymbol: all,
  default: one,
});

/** Steps with a cost for each item, up to a greatest cost. */
const eachUpTo = (one: number, most: number) =>
  Array.from({ length: most / one }, (_, i): [number, number] => [i + 1, one * (i + 1)]);

/** 4 for each pair, at most 200: what no pair at all is taken to cost. */
const fourEach = (): Cost => ({
  byCount: ['symbols', eachUpTo(4, 200)],
  noSymbol: 200,
  default: 4,
});

/** A test that works out the commission weighs more. */
const TEST: Cost = { byValue: ['computeCommissionRates', { true: 20 }], default: 1 };

/**
 * Binance spot, `/api/v3`.
 *
 * Limits: `exchangeInfo`, November 2026; RAW_REQUESTS by the CHANGELOG of binance-spot-api-docs of
 * 2026-03-27. Weights and order counts: "Weight(IP)" and "Unfilled Order Count" in Binance's SDK
 * for Python (binance-sdk-spot 13.3.0, 2026-10), which are those of rest-api.md; ccxt's costs times
 * 5 are the same but for four that are lower there. Windows are of the UTC calendar; weight is
 * counted by IP, orders by account.
 *
 * Since 2026-04-02 orders and cancels weigh nothing if they succeed. They are charged their weight
 * all the same, as that is not known when they are sent; usage headers of their answers give it
 * back, and orders that were filled, as Binance takes these out of its count
 * (faqs/order_count_decrement.md).
 */
export const binanceSpot: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'binanceSpot',
  ...BINANCE,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 }),
    fixedWindow({ id: 'RAW_REQUESTS', limit: 300_000, interval: 300_000 }),
    fixedWindow({ id: 'ORDERS', limit: 100, interval: 10_000, scope: 'account' }),
    // Not in the documentation; as an exchangeInfo tells.
    fixedWindow({ id: 'ORDERS_1D', limit: 200_000, interval: 86_400_000, scope: 'account' }),
  ],
  message: binanceMessage,
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        // The weight of most private lists.
        defaults: { '/api/': { RAW_REQUESTS: 1, REQUEST_WEIGHT: 20 } },
        endpoints: {
          ...spotEndpoints(),
          'GET /api/v3/exchangeInfo': 20,
          'GET /api/v3/executionRules': byPair(2, 40, eachUpTo(2, 40)),
          'GET /api/v3/depth': {
            byLimit: [
              [100, 5],
              [500, 25],
              [1000, 50],
              [5000, 250],
            ],
            default: 5,
          },
          'GET /api/v3/trades': 25,
          'GET /api/v3/historicalTrades': 25,
          'GET /api/v3/historicalBlockTrades': 25,
          'GET /api/v3/aggTrades': 4,
          'GET /api/v3/klines': 2,
          'GET /api/v3/uiKlines': 2,
          'GET /api/v3/avgPrice': 2,
          'GET /api/v3/referencePrice': 2,
          'GET /api/v3/referencePrice/calculation': 2,
          'GET /api/v3/ticker/24hr': byPair(2, 80, [
            [20, 2],
            [100, 40],
            [Number.MAX_SAFE_INTEGER, 80],
          ]),
          'GET /api/v3/ticker/tradingDay': fourEach(),
          'GET /api/v3/ticker/price': byPair(2, 4, [[Number.MAX_SAFE_INTEGER, 4]]),
          'GET /api/v3/ticker/bookTicker': byPair(2, 4, [[Number.MAX_SAFE_INTEGER, 4]]),
          'GET /api/v3/ticker': fourEach(),

          'POST /api/v3/order/test': TEST,
          'POST /api/v3/sor/order': order(1),
          'POST /api/v3/sor/order/test': TEST,
          'POST /api/v3/orderList/oco': order(2),
          'POST /api/v3/orderList/oto': order(2),
          'POST /api/v3/orderList/otoco': order(3),
          'POST /api/v3/orderList/opo': order(2),
          'POST /api/v3/orderList/opoco': order(3),
          'PUT /api/v3/order/amend/keepPriority': 4,

          'GET /api/v3/order': 4,
          'GET /api/v3/openOrders': { noSymbol: 80, default: 6 },
          'GET /api/v3/allOrders': 20,
          'GET /api/v3/orderList': 4,
          'GET /api/v3/allOrderList': 20,
          'GET /api/v3/openOrderList': 6,
          'GET /api/v3/order/amendments': 4,
          'GET /api/v3/account': 20,
          'GET /api/v3/myTrades': { given: { orderId: 5 }, default: 20 },
          'GET /api/v3/myAllocations': 20,
          'GET /api/v3/myPreventedMatches': { given: { preventedMatchId: 2 }, default: 20 },
          'GET /api/v3/rateLimit/order': 40,
          'POST /api/v3/userDataStream': 2,
          'PUT /api/v3/userDataStream': 2,
          'DELETE /api/v3/userDataStream': 2,
        },
      },
      rules,
    ),
}));
