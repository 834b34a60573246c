import { fixedWindow } from '../../index.js';
import { type ExchangeProfile, profile } from '../profile.js';
import {
  BINANCE,
  binanceMessage,
  bySymbol,
  order,
  spotEndpoints,
  typedCosts,
} from './binance-api.js';

const paths = (method: string, version: string, names: string) =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [`${method} /sapi/${version}/${name}`, 1] as const),
  );

/** Endpoints beside trading, which weigh 1 with a few exceptions. */
const SAPI = {
  ...paths(
    'GET',
    'v1',
    `system/status capital/config/getall capital/deposit/address capital/deposit/hisrec
     capital/withdraw/history sub-account/spotSummary sub-account/status
     asset/assetDistributionHistory asset/query/trading-fee asset/query/trading-volume otc/coinPairs
     otc/orders/{orderId} otc/orders ocbs/orders fiatpayment/query/withdraw/history
     fiatpayment/query/deposit/history capital/sub-account/deposit/address
     capital/sub-account/deposit/history asset/query/dust-logs asset/query/dust-assets
     marketing/referral/reward/history staking/asset staking/stakingBalance staking/history
     staking/stakingRewardsHistory custodian/balance custodian/supportedAssetList
     custodian/walletTransferHistory custodian/custodianTransferHistory custodian/openOrders
     custodian/order custodian/orderHistory custodian/tradeHistory custodian/settlementSetting
     custodian/settlementHistory cl/transferHistory apipartner/checkEligibility
     apipartner/rebateHistory`,
  ),
  ...paths(
    'POST',
    'v1',
    `capital/withdraw/apply otc/quotes otc/orders fiatpayment/withdraw/apply staking/stake
     staking/unstake custodian/walletTransfer custodian/custodianTransfer custodian/undoTransfer
     cl/transfer`,
  ),
  ...paths(
    'DELETE',
    'v1',
    'custodian/cancelOrder custodian/cancelOrdersBySymbol custodian/cancelOcoOrder',
  ),
  ...paths('GET', 'v2', 'cl/alertHistory'),
  ...paths(
    'GET',
    'v3',
    'sub-account/assets accountStatus apiTradingStatus sub-account/list sub-account/transfer/history',
  ),
  ...paths('POST', 'v3', 'sub-account/transfer'),
  'POST /sapi/v1/asset/dust': 10,
  'GET /sapi/v2/cl/account': 10,
  // Whether these are orders of the account is not said.
  'POST /sapi/v1/custodian/order': order(1),
  'POST /sapi/v1/custodian/ocoOrder': order(2),
};

/**
 * Binance.US, `/api/v3` and `/sapi`, whose limits and weights are older ones of Binance.
 *
 * Limits: answers of its `exchangeInfo` of 2023-08-30 and 2025-05-28, as others recorded them.
 * Weights and orders: rest-api.md of binance-us/binance-us-api-docs (2021-06-21), beside the costs
 * of ccxt 4.5.84, which are the weights; `/sapi` by these alone. Limits of `/sapi` are in none of
 * the sources: its requests count under the same rules.
 */
export const binanceUs: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'binanceUs',
  ...BINANCE,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 1200, interval: 60_000 }),
    fixedWindow({ id: 'RAW_REQUESTS', limit: 6100, interval: 300_000 }),
    fixedWindow({ id: 'ORDERS', limit: 100, interval: 10_000, scope: 'account' }),
    fixedWindow({ id: 'ORDERS_1D', limit: 200_000, interval: 86_400_000, scope: 'account' }),
  ],
  message: binanceMessage,
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        endpoints: {
          ...spotEndpoints(),
          'GET /api/v3/exchangeInfo': 10,
          'GET /api/v3/depth': {
            byLimit: [
              [100, 1],
              [500, 5],
              [1000, 10],
              [5000, 50],
            ],
            default: 1,
          },
          'GET /api/v3/trades': 1,
          'GET /api/v3/historicalTrades': 5,
          'GET /api/v3/aggTrades': 1,
          'GET /api/v3/klines': 1,
          'GET /api/v3/avgPrice': 1,
          'GET /api/v3/ticker/24hr': bySymbol(1, 40),
          'GET /api/v3/ticker/price': bySymbol(1, 2),
          'GET /api/v3/ticker/bookTicker': bySymbol(1, 2),
          'GET /api/v3/ticker': bySymbol(2, 100),
          'GET /api/v3/ticker/tradingDay': 4,

          'POST /api/v3/order/test': 1,

          'GET /api/v3/order': 2,
          'GET /api/v3/openOrders': bySymbol(3, 40),
          'GET /api/v3/allOrders': 10,
          'GET /api/v3/orderList': 2,
          'GET /api/v3/allOrderList': 10,
          'GET /api/v3/openOrderList': 3,
          'GET /api/v3/account': 10,
          'GET /api/v3/rateLimit/order': 20,
          'GET /api/v3/myTrades': 10,
          'GET /api/v3/myPreventedMatches': 10,

          ...SAPI,
        },
      },
      rules,
    ),
}));
