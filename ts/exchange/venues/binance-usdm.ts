import { fixedWindow } from '../../index.js';
import { binanceHeaders } from '../../shared/binance-headers.js';
import type { Cost } from '../../shared/cost.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { binanceMessage, typedCosts } from './binance-api.js';

const KLINES: Cost = {
  byLimit: [
    [99, 1],
    [499, 2],
    [1000, 5],
    [1500, 10],
  ],
  // Without a limit the exchange sends 500 rows.
  default: 5,
};

/**
 * Binance USD-M futures, `/fapi`.
 *
 * Limits: Binance's FAQ "Rate Limits on Binance Futures" (2023-08-04): 2400 weight a minute and IP, 300 orders in 10 s and
 * 1200 a minute and account; higher tiers by `with({ limits })` or a live `exchangeInfo`. That windows are of the
 * calendar is said of spot and assumed here. Weights: the costs of ccxt 4.5.84 for reads, which are the weights; the
 * vendor's page for orders: POST order weighs 0 and counts one order, POST batchOrders weighs 5 and counts 5 in 10 s and
 * 1 a minute.
 */
export const binanceUsdm: ExchangeProfile = /* @__PURE__ */ profile({
  name: 'binanceUsdm',
  exchangeInfo: true,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 2400, interval: 60_000 }),
    fixedWindow({ id: 'ORDERS', limit: 300, interval: 10_000 }),
    fixedWindow({ id: 'ORDERS_1M', limit: 1200, interval: 60_000 }),
  ],
  headers: binanceHeaders,
  message: binanceMessage,
  // Who goes on after a refusal is banned.
  pauses: 'all',
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        endpoints: {
          'GET /fapi/v1/ping': 1,
          'GET /fapi/v1/time': 1,
          'GET /fapi/v1/exchangeInfo': 1,
          'GET /fapi/v1/depth': {
            byLimit: [
              [50, 2],
              [100, 5],
              [500, 10],
              [1000, 20],
            ],
            // Without a limit the exchange sends 500 levels.
            default: 10,
          },
          'GET /fapi/v1/rpiDepth': 20,
          'GET /fapi/v1/trades': 5,
          'GET /fapi/v1/historicalTrades': 20,
          'GET /fapi/v1/aggTrades': 20,
          'GET /fapi/v1/klines': KLINES,
          'GET /fapi/v1/continuousKlines': KLINES,
          'GET /fapi/v1/indexPriceKlines': KLINES,
          'GET /fapi/v1/markPriceKlines': KLINES,
          'GET /fapi/v1/premiumIndexKlines': KLINES,
          'GET /fapi/v1/fundingRate': 1,
          'GET /fapi/v1/fundingInfo': 1,
          'GET /fapi/v1/premiumIndex': { noSymbol: 10, default: 1 },
          'GET /fapi/v1/ticker/24hr': { noSymbol: 40, default: 1 },
          'GET /fapi/v1/ticker/price': { noSymbol: 2, default: 1 },
          'GET /fapi/v2/ticker/price': { noSymbol: 2, default: 1 },
          'GET /fapi/v1/ticker/bookTicker': { noSymbol: 5, default: 2 },
          'GET /fapi/v1/openInterest': 1,
          'GET /fapi/v1/indexInfo': 1,
          'GET /fapi/v1/assetIndex': { noSymbol: 10, default: 1 },
          'GET /fapi/v1/constituents': 2,
          'GET /fapi/v1/insuranceBalance': 1,
          'GET /fapi/v1/symbolAdlRisk': 1,

          'POST /fapi/v1/order': { ORDERS: 1 },
          'POST /fapi/v1/order/test': 1,
          'PUT /fapi/v1/order': { REQUEST_WEIGHT: 1, ORDERS: 1 },
          'POST /fapi/v1/batchOrders': { REQUEST_WEIGHT: 5, ORDERS: 5, ORDERS_1M: 1 },
          'PUT /fapi/v1/batchOrders': { REQUEST_WEIGHT: 5, ORDERS: 5, ORDERS_1M: 1 },
          'POST /fapi/v1/algoOrder': { ORDERS: 1 },
          'DELETE /fapi/v1/order': 1,
          'DELETE /fapi/v1/batchOrders': 1,
          'DELETE /fapi/v1/allOpenOrders': 1,
          'DELETE /fapi/v1/algoOrder': 1,
          'DELETE /fapi/v1/algoOpenOrders': 1,
          'POST /fapi/v1/countdownCancelAll': 10,

          'GET /fapi/v1/order': 1,
          'GET /fapi/v1/openOrder': 1,
          'GET /fapi/v1/openOrders': { noSymbol: 40, default: 1 },
          'GET /fapi/v1/allOrders': 5,
          'GET /fapi/v1/orderAmendment': 1,
          'GET /fapi/v1/algoOrder': 1,
          'GET /fapi/v1/openAlgoOrders': { noSymbol: 40, default: 1 },
          'GET /fapi/v1/allAlgoOrders': 5,
          'GET /fapi/v1/rateLimit/order': 1,
          'GET /fapi/v1/userTrades': 5,
          'GET /fapi/v1/income': 30,
          'GET /fapi/v1/forceOrders': { noSymbol: 50, default: 20 },
          'GET /fapi/v1/adlQuantile': 5,
          'GET /fapi/v1/commissionRate': 20,
          'GET /fapi/v1/leverageBracket': 1,
          'GET /fapi/v1/symbolConfig': 5,
          'GET /fapi/v1/accountConfig': 5,
          'GET /fapi/v1/feeBurn': 1,
          'POST /fapi/v1/feeBurn': 1,
          'GET /fapi/v1/positionSide/dual': 30,
          'POST /fapi/v1/positionSide/dual': 1,
          'GET /fapi/v1/multiAssetsMargin': 30,
          'POST /fapi/v1/multiAssetsMargin': 1,
          'POST /fapi/v1/leverage': 1,
          'POST /fapi/v1/marginType': 1,
          'POST /fapi/v1/positionMargin': 1,
          'GET /fapi/v1/positionMargin/history': 1,
          // 5 by Binance's announcement of 2021-02-23; ccxt has 1 for versions 2 and 3.
          'GET /fapi/v1/account': 5,
          'GET /fapi/v2/account': 5,
          'GET /fapi/v3/account': 5,
          'GET /fapi/v1/balance': 5,
          'GET /fapi/v2/balance': 5,
          'GET /fapi/v3/balance': 5,
          'GET /fapi/v1/positionRisk': 5,
          'GET /fapi/v2/positionRisk': 5,
          'GET /fapi/v3/positionRisk': 5,
          'POST /fapi/v1/listenKey': 1,
          'PUT /fapi/v1/listenKey': 1,
          'DELETE /fapi/v1/listenKey': 1,
        },
      },
      rules,
    ),
});
