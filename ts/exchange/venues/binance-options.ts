import { fixedWindow } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { BINANCE, binanceMessage, bySymbol, typedCosts } from './binance-api.js';

/** Order counts are taken to be as at USD-M: the vendor's texts name the weight alone. */
const order = (weight: number, orders: Cost = 1) => ({ REQUEST_WEIGHT: weight, ORDERS: orders });

/**
 * Binance options, `/eapi`.
 *
 * Weights: "Weight(IP)" in Binance's SDK for Python (binance-sdk-derivatives-trading-options 8.7.0,
 * 2026-10); those without a page are ccxt's costs (4.5.90). The total of 400 a minute by IP is
 * confirmed nowhere, and nautilus_trader 1.231.0 has 3000: a live `exchangeInfo` tells it. The
 * count of orders is that of USD-M, which is not confirmed either.
 */
export const binanceOptions: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'binanceOptions',
  ...BINANCE,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 400, interval: 60_000 }),
    fixedWindow({ id: 'ORDERS', limit: 300, interval: 10_000, scope: 'account' }),
    fixedWindow({ id: 'ORDERS_1M', limit: 1200, interval: 60_000, scope: 'account' }),
  ],
  message: binanceMessage,
  costs: (rules) =>
    typedCosts(
      {
        default: 5,
        endpoints: {
          'GET /eapi/v1/ping': 1,
          'GET /eapi/v1/time': 1,
          'GET /eapi/v1/exchangeInfo': 1,
          'GET /eapi/v1/depth': {
            byLimit: [
              [50, 1],
              [100, 5],
              [500, 10],
              [1000, 20],
            ],
            // Without a limit the exchange sends 100 levels.
            default: 5,
          },
          'GET /eapi/v1/trades': 5,
          'GET /eapi/v1/historicalTrades': 20,
          'GET /eapi/v1/blockTrades': 5,
          'GET /eapi/v1/klines': 1,
          'GET /eapi/v1/mark': 5,
          'GET /eapi/v1/index': 1,
          'GET /eapi/v1/ticker': bySymbol(1, 40),
          'GET /eapi/v1/exerciseHistory': 3,
          // 0 by the SDK and 3 by ccxt.
          'GET /eapi/v1/openInterest': 3,

          'POST /eapi/v1/order': order(0),
          'POST /eapi/v1/batchOrders': order(5, { perItem: ['orders', 1], default: 10 }),
          'DELETE /eapi/v1/order': 1,
          'DELETE /eapi/v1/batchOrders': 5,
          'DELETE /eapi/v1/allOpenOrders': 1,
          'DELETE /eapi/v1/allOpenOrdersByUnderlying': 5,
          'GET /eapi/v1/order': 1,
          'GET /eapi/v1/openOrders': bySymbol(1, 40),
          'GET /eapi/v1/historyOrders': 3,
          'POST /eapi/v1/block/order/create': order(5),
          'PUT /eapi/v1/block/order/create': order(5),
          'DELETE /eapi/v1/block/order/create': 5,
          'POST /eapi/v1/block/order/execute': order(5),
          'GET /eapi/v1/block/order/execute': 5,
          'GET /eapi/v1/block/order/orders': 5,
          'GET /eapi/v1/block/user-trades': 5,
          'GET /eapi/v1/countdownCancelAll': 1,
          'POST /eapi/v1/countdownCancelAll': 1,
          'POST /eapi/v1/countdownCancelAllHeartBeat': 10,
          'GET /eapi/v1/mmp': 1,
          'POST /eapi/v1/mmpSet': 1,
          'POST /eapi/v1/mmpReset': 1,

          'GET /eapi/v1/account': 3,
          'GET /eapi/v1/marginAccount': 3,
          'GET /eapi/v1/position': 5,
          'GET /eapi/v1/userTrades': 5,
          'GET /eapi/v1/exerciseRecord': 5,
          'GET /eapi/v1/bill': 1,
          'GET /eapi/v1/commission': 5,
          'GET /eapi/v1/comission': 5,
          'GET /eapi/v1/income/asyn': 5,
          'GET /eapi/v1/income/asyn/id': 5,
          'POST /eapi/v1/stock/contract': 50,
          'POST /eapi/v1/listenKey': 1,
          'PUT /eapi/v1/listenKey': 1,
          'DELETE /eapi/v1/listenKey': 1,
        },
      },
      rules,
    ),
}));
