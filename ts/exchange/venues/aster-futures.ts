import { fixedWindow } from '../../index.js';
import { binanceHeaders } from '../../shared/binance-headers.js';
import type { Cost } from '../../shared/cost.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { typedCosts } from './binance-api.js';
import { binanceBody } from './binance-body.js';

const KLINES: Cost = {
  byLimit: [
    [99, 1],
    [499, 2],
    [1000, 5],
    [1500, 10],
  ],
  default: 1,
};

const V1 = {
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
    default: 2,
  },
  'GET /fapi/v1/trades': 1,
  'GET /fapi/v1/historicalTrades': 20,
  'GET /fapi/v1/aggTrades': 20,
  'GET /fapi/v1/klines': KLINES,
  'GET /fapi/v1/ticker/24hr': { noSymbol: 40, default: 1 },
  'GET /fapi/v1/ticker/price': { noSymbol: 2, default: 1 },
  'GET /fapi/v1/ticker/bookTicker': { noSymbol: 2, default: 1 },

  // 30 for both GETs in ccxt 4.5.84 and on the pages of Binance, whose API it is; headers put it right.
  'GET /fapi/v1/positionSide/dual': 1,
  'POST /fapi/v1/positionSide/dual': 1,
  'GET /fapi/v1/multiAssetsMargin': 1,
  'POST /fapi/v1/multiAssetsMargin': 1,
  'GET /fapi/v1/order': 1,
  'POST /fapi/v1/order': { REQUEST_WEIGHT: 1, ORDERS: 1 },
  'DELETE /fapi/v1/order': 1,
  'POST /fapi/v1/batchOrders': { REQUEST_WEIGHT: 5, ORDERS: { perItem: ['batchOrders', 1] } },
  'DELETE /fapi/v1/batchOrders': 5,
  'DELETE /fapi/v1/allOpenOrders': { noSymbol: 40, default: 1 },
  'GET /fapi/v1/openOrders': { noSymbol: 40, default: 1 },
  'GET /fapi/v1/openOrder': 1,
  'GET /fapi/v1/allOrders': 5,
  'POST /fapi/v1/leverage': 1,
  'POST /fapi/v1/marginType': 1,
  'POST /fapi/v1/positionMargin': 1,
  'GET /fapi/v1/positionMargin/history': 1,
  'GET /fapi/v1/income': 30,
  'GET /fapi/v1/leverageBracket': 1,
  'GET /fapi/v1/adlQuantile': 5,
  'GET /fapi/v1/commissionRate': 20,
  'GET /fapi/v1/forceOrders': { noSymbol: 50, default: 20 },

  'GET /fapi/v1/userTrades': 5,

  'POST /fapi/v1/listenKey': 1,
  'PUT /fapi/v1/listenKey': 1,
  'DELETE /fapi/v1/listenKey': 1,

  // Not in the guide; ccxt 4.5.84 has 1 for them.
  'GET /fapi/v1/indexPriceKlines': KLINES,
  'GET /fapi/v1/markPriceKlines': KLINES,
  'GET /fapi/v1/premiumIndex': 1,
  'GET /fapi/v1/fundingRate': 1,
  'GET /fapi/v1/fundingInfo': 1,
  'POST /fapi/v1/order/test': 1,
  'POST /fapi/v1/countdownCancelAll': 1,
} satisfies { readonly [endpoint: string]: Cost | { readonly [type: string]: Cost } };

/** Version 3 has the endpoints of version 1, and is what ccxt calls; the weights that ccxt has are the same but for one. */
const V3 = Object.fromEntries(
  Object.entries(V1).map(([endpoint, cost]) => [endpoint.replace('/v1/', '/v3/'), cost]),
);

/**
 * Aster futures, `/fapi`.
 *
 * Limits: asterdex/api-docs, "V1(Legacy)/EN/aster-finance-futures-api.md": 2400 weight a minute and IP, 1200 orders a minute and
 * account. Weights: the table of the Aster rate limiter guide, which rests on those pages; where they say more than the
 * guide it is noted beside. A method is given where the guide gives none. Windows are taken to be of the calendar, as at
 * Binance, whose API it is.
 */
export const asterFutures: ExchangeProfile = /* @__PURE__ */ profile({
  name: 'asterFutures',
  exchangeInfo: true,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 2400, interval: 60_000 }),
    fixedWindow({ id: 'ORDERS', limit: 1200, interval: 60_000 }),
  ],
  headers: binanceHeaders,
  body: binanceBody,
  // Who goes on after a refusal is banned.
  pauses: 'all',
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        endpoints: {
          ...V1,
          ...V3,
          'GET /fapi/v2/account': 5,
          'GET /fapi/v2/balance': 5,
          'GET /fapi/v2/positionRisk': 5,
          'GET /fapi/v3/account': 5,
          'GET /fapi/v4/account': 5,
          'GET /fapi/v3/balance': 5,
          'GET /fapi/v3/positionRisk': 5,
          'GET /fapi/v3/positionSide/dual': 30,
        },
      },
      rules,
    ),
});
