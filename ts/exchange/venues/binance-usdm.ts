import { fixedWindow, rollingWindow } from '../../index.js';
import { type ExchangeProfile, profile } from '../profile.js';
import {
  BINANCE,
  binanceMessage,
  FUTURES_DEPTH,
  FUTURES_KLINES,
  typedCosts,
} from './binance-api.js';
import { coinm } from './binance-coinm.js';

/**
 * Binance USD-M and COIN-M futures: `/fapi`, `/dapi` and `/futures/data`.
 *
 * Limits: Binance's FAQ "Rate Limits on Binance Futures" (2023-08-04): 2400 weight a minute by IP,
 * 300 orders in 10 s and 1200 a minute by account; higher tiers by `with({ limits })` or a live
 * `exchangeInfo`. USD-M and COIN-M share them since 2026-06-30 (notice "COIN-M/USDⓈ-M Architecture
 * Integration" of 2026-06-10). `/futures/data` counts 1000 requests in 5 minutes by IP (its pages),
 * funding rates 500 in 5 minutes by IP, quotes of `convert` 360 an hour and 500 a day. That windows
 * of weight and orders are of the calendar is said of spot and assumed here; those of 5 minutes and
 * more are rolling, which keeps to both.
 *
 * Weights: "Weight(IP)" in Binance's SDK for Python (binance-sdk-derivatives-trading-usds-futures
 * 18.1.0, 2026-10). An order weighs 0 and counts as one; several orders weigh 5, and count as 5 in
 * 10 s and as 1 a minute.
 */
export const binanceUsdm: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'binanceUsdm',
  ...BINANCE,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 2400, interval: 60_000 }),
    fixedWindow({ id: 'ORDERS', limit: 300, interval: 10_000, scope: 'account' }),
    fixedWindow({ id: 'ORDERS_1M', limit: 1200, interval: 60_000, scope: 'account' }),
    rollingWindow({ id: 'DATA', limit: 1000, interval: 300_000 }),
    rollingWindow({ id: 'FUNDING', limit: 500, interval: 300_000 }),
    rollingWindow({ id: 'CONVERT', limit: 360, interval: 3_600_000, scope: 'account' }),
    rollingWindow({ id: 'CONVERT_1D', limit: 500, interval: 86_400_000, scope: 'account' }),
  ],
  message: binanceMessage,
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        // The weight of most private lists.
        defaults: {
          '/fapi/': { REQUEST_WEIGHT: 5 },
          '/dapi/': { REQUEST_WEIGHT: 5 },
          '/futures/data/': { DATA: 1 },
        },
        endpoints: {
          'GET /fapi/v1/ping': 1,
          'GET /fapi/v1/time': 1,
          'GET /fapi/v1/exchangeInfo': 1,
          'GET /fapi/v1/depth': FUTURES_DEPTH,
          'GET /fapi/v1/rpiDepth': 20,
          'GET /fapi/v1/trades': 5,
          'GET /fapi/v1/historicalTrades': 200,
          'GET /fapi/v1/aggTrades': 20,
          'GET /fapi/v1/klines': FUTURES_KLINES,
          'GET /fapi/v1/continuousKlines': FUTURES_KLINES,
          'GET /fapi/v1/indexPriceKlines': FUTURES_KLINES,
          'GET /fapi/v1/markPriceKlines': FUTURES_KLINES,
          'GET /fapi/v1/premiumIndexKlines': FUTURES_KLINES,
          'GET /fapi/v1/fundingRate': { REQUEST_WEIGHT: 1, FUNDING: 1 },
          'GET /fapi/v1/fundingInfo': { FUNDING: 1 },
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
          'PUT /fapi/v1/order': { ORDERS: 1 },
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
          'GET /fapi/v1/feeBurn': 30,
          'POST /fapi/v1/feeBurn': 1,
          'GET /fapi/v1/positionSide/dual': 30,
          'POST /fapi/v1/positionSide/dual': 1,
          'GET /fapi/v1/multiAssetsMargin': 30,
          'POST /fapi/v1/multiAssetsMargin': 1,
          'POST /fapi/v1/leverage': 1,
          'POST /fapi/v1/marginType': 1,
          'POST /fapi/v1/positionMargin': 1,
          'GET /fapi/v1/positionMargin/history': 1,
          'GET /fapi/v1/account': 5,
          'GET /fapi/v2/account': 5,
          'GET /fapi/v3/account': 5,
          'GET /fapi/v1/balance': 5,
          'GET /fapi/v2/balance': 5,
          'GET /fapi/v3/balance': 5,
          'GET /fapi/v1/positionRisk': 5,
          'GET /fapi/v2/positionRisk': 5,
          'GET /fapi/v3/positionRisk': 5,
          'GET /fapi/v1/apiTradingStatus': { noSymbol: 10, default: 1 },
          'GET /fapi/v1/tradingSchedule': 5,
          'GET /fapi/v1/pmAccountInfo': 5,
          'GET /fapi/v1/income/asyn': 1000,
          'GET /fapi/v1/income/asyn/id': 10,
          'GET /fapi/v1/order/asyn': 1000,
          'GET /fapi/v1/order/asyn/id': 10,
          'GET /fapi/v1/trade/asyn': 1000,
          'GET /fapi/v1/trade/asyn/id': 10,
          'GET /fapi/v1/convert/exchangeInfo': 20,
          'GET /fapi/v1/convert/orderStatus': 50,
          'POST /fapi/v1/convert/getQuote': { REQUEST_WEIGHT: 50, CONVERT: 1, CONVERT_1D: 1 },
          'POST /fapi/v1/convert/acceptQuote': 200,
          'POST /fapi/v1/stock/contract': 50,
          'POST /fapi/v1/listenKey': 1,
          'PUT /fapi/v1/listenKey': 1,
          'DELETE /fapi/v1/listenKey': 1,
          // Without a page: ccxt's costs (4.5.90).
          'GET /fapi/v1/stock/contract': 50,
          'GET /fapi/v1/lvtKlines': 1,
          'GET /fapi/v1/apiReferral/ifNewUser': 1,
          'GET /fapi/v1/apiReferral/customization': 1,
          'POST /fapi/v1/apiReferral/customization': 1,
          'GET /fapi/v1/apiReferral/userCustomization': 1,
          'POST /fapi/v1/apiReferral/userCustomization': 1,
          'GET /fapi/v1/apiReferral/traderNum': 1,
          'GET /fapi/v1/apiReferral/overview': 1,
          'GET /fapi/v1/apiReferral/tradeVol': 1,
          'GET /fapi/v1/apiReferral/rebateVol': 1,
          'GET /fapi/v1/apiReferral/traderSummary': 1,

          ...coinm(),

          // Without weight, 1000 in 5 minutes together: open interest, ratios, the basis.
          'GET /futures/data/openInterestHist': { DATA: 1 },
          'GET /futures/data/topLongShortAccountRatio': { DATA: 1 },
          'GET /futures/data/topLongShortPositionRatio': { DATA: 1 },
          'GET /futures/data/globalLongShortAccountRatio': { DATA: 1 },
          'GET /futures/data/takerlongshortRatio': { DATA: 1 },
          'GET /futures/data/takerBuySellVol': { DATA: 1 },
          'GET /futures/data/basis': { DATA: 1 },
          'GET /futures/data/delivery-price': { DATA: 1 },
        },
      },
      rules,
    ),
}));
