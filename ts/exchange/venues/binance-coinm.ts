/**
 * Endpoints of Binance COIN-M futures, `/dapi`, which share the limits of USD-M since 2026-06-30.
 */

import type { Cost } from '../../shared/cost.js';
import { bySymbol, FUTURES_DEPTH, FUTURES_KLINES, type TypedCosts } from './binance-api.js';

/** By `pair` it weighs twice as much, for all symbols of the pair. */
const HISTORY: Cost = { noSymbol: 40, default: 20 };

/**
 * In the weight of several orders each counts, and as one request a minute at USD-M; here as often
 * as it has orders.
 */
const BATCH = {
  REQUEST_WEIGHT: 5,
  ORDERS: 5,
  ORDERS_1M: { perItem: ['batchOrders', 1], default: 5 },
} as const;

/**
 * Weights: "Weight(IP)" in Binance's SDK for Python (binance-sdk-derivatives-trading-coin-futures
 * 14.1.0, 2026-10), with what it says of the time after the merger of the pools. Exceptions are
 * noted beside them.
 */
export const coinm = (): TypedCosts['endpoints'] => ({
  'GET /dapi/v1/ping': 1,
  'GET /dapi/v1/time': 1,
  'GET /dapi/v1/exchangeInfo': 1,
  'GET /dapi/v1/depth': FUTURES_DEPTH,
  'GET /dapi/v1/trades': 5,
  'GET /dapi/v1/historicalTrades': 200,
  'GET /dapi/v1/aggTrades': 20,
  'GET /dapi/v1/premiumIndex': 10,
  'GET /dapi/v1/fundingRate': 1,
  // No weight is given; ccxt 4.5.90 has 1.
  'GET /dapi/v1/fundingInfo': 1,
  'GET /dapi/v1/klines': FUTURES_KLINES,
  'GET /dapi/v1/continuousKlines': FUTURES_KLINES,
  'GET /dapi/v1/indexPriceKlines': FUTURES_KLINES,
  'GET /dapi/v1/markPriceKlines': FUTURES_KLINES,
  'GET /dapi/v1/premiumIndexKlines': FUTURES_KLINES,
  'GET /dapi/v1/ticker/24hr': bySymbol(1, 40),
  'GET /dapi/v1/ticker/price': bySymbol(1, 2),
  'GET /dapi/v1/ticker/bookTicker': bySymbol(2, 5),
  'GET /dapi/v1/openInterest': 1,
  'GET /dapi/v1/constituents': 1,

  'POST /dapi/v1/order': { ORDERS: 1 },
  'PUT /dapi/v1/order': { REQUEST_WEIGHT: 1, ORDERS: 1 },
  'DELETE /dapi/v1/order': 1,
  'POST /dapi/v1/batchOrders': BATCH,
  'PUT /dapi/v1/batchOrders': BATCH,
  'DELETE /dapi/v1/batchOrders': 1,
  'DELETE /dapi/v1/allOpenOrders': 1,
  'POST /dapi/v1/countdownCancelAll': 10,
  'GET /dapi/v1/order': 1,
  'GET /dapi/v1/openOrder': 1,
  'GET /dapi/v1/openOrders': bySymbol(1, 40),
  'GET /dapi/v1/orderAmendment': 1,
  // 20 and 40 before the merger and 5 since, by the SDK; the higher until a limit of the joint pool
  // is seen.
  'GET /dapi/v1/allOrders': HISTORY,
  'GET /dapi/v1/userTrades': HISTORY,
  'GET /dapi/v1/forceOrders': bySymbol(20, 50),
  'GET /dapi/v1/adlQuantile': 5,
  // As at USD-M; ccxt 4.5.90 has them.
  'POST /dapi/v1/algoOrder': { REQUEST_WEIGHT: 1, ORDERS: 1 },
  'DELETE /dapi/v1/algoOrder': 1,
  'DELETE /dapi/v1/algoOpenOrders': 1,
  'GET /dapi/v1/algoOrder': 1,
  'GET /dapi/v1/openAlgoOrders': bySymbol(1, 40),
  'GET /dapi/v1/allAlgoOrders': 5,

  'GET /dapi/v1/account': 5,
  'GET /dapi/v1/balance': 1,
  'GET /dapi/v1/positionRisk': 1,
  'GET /dapi/v1/income': 20,
  'GET /dapi/v1/commissionRate': 20,
  'GET /dapi/v1/leverageBracket': 1,
  'GET /dapi/v2/leverageBracket': bySymbol(1, 2),
  'GET /dapi/v1/positionSide/dual': 30,
  'POST /dapi/v1/positionSide/dual': 1,
  'POST /dapi/v1/leverage': 1,
  'POST /dapi/v1/marginType': 1,
  'POST /dapi/v1/positionMargin': 1,
  'GET /dapi/v1/positionMargin/history': 1,
  'GET /dapi/v1/income/asyn': 1000,
  'GET /dapi/v1/income/asyn/id': 5,
  'GET /dapi/v1/order/asyn': 1000,
  'GET /dapi/v1/order/asyn/id': 5,
  'GET /dapi/v1/trade/asyn': 1000,
  'GET /dapi/v1/trade/asyn/id': 5,
  // Without a page; ccxt 4.5.90 has 0.5.
  'GET /dapi/v1/pmExchangeInfo': 1,
  'GET /dapi/v1/pmAccountInfo': 5,
  'POST /dapi/v1/listenKey': 1,
  'PUT /dapi/v1/listenKey': 1,
  'DELETE /dapi/v1/listenKey': 1,
});
