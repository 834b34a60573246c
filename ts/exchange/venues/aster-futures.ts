import { fixedWindow } from '../../index.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { asterEndpoints } from './aster-endpoints.js';
import {
  BINANCE,
  bySymbol,
  FUTURES_DEPTH,
  FUTURES_KLINES,
  order,
  type TypedCosts,
  typedCosts,
} from './binance-api.js';

/** Endpoints that futures have alone, or with costs of their own. */
const own = (): TypedCosts['endpoints'] => ({
  'GET depth': FUTURES_DEPTH,
  'GET indexPriceKlines': FUTURES_KLINES,
  'GET markPriceKlines': FUTURES_KLINES,
  'GET premiumIndex': 1,
  'GET fundingRate': 1,
  'GET fundingInfo': 1,
  'GET indexreferences': 1,

  'PUT order': order(),
  'POST order/test': 1,
  'DELETE allOpenOrders': bySymbol(1, 40),
  'POST chase': order(),
  'POST placeStrategyOrder': order(1, 50),
  'POST updateStrategyOrder': order(1, 50),
  'GET strategyOpenOrder': 5,
  'GET strategyHistoryOrder': 5,
  'DELETE guardedCancelOrder': 1,
  'DELETE guardedBatchOrders': 5,
  'POST countdownCancelAll': 10,
  'GET forceOrders': bySymbol(20, 50),
  'GET adlQuantile': 5,
  'GET mmp': 1,
  'POST mmp': 1,
  'DELETE mmp': 1,
  'POST mmpReset': 1,

  'GET positionSide/dual': 30,
  'POST positionSide/dual': 1,
  'GET multiAssetsMargin': 30,
  'POST multiAssetsMargin': 1,
  'GET stpMode': 30,
  'POST stpMode': 1,
  'POST leverage': 1,
  'POST marginType': 1,
  'POST positionMargin': 1,
  'GET positionMargin/history': 1,
  'GET leverageBracket': 1,
  'GET income': 30,
  'GET balance': 5,
  'GET positionRisk': 5,
  'GET accountWithJoinMargin': 5,
  'GET remainingOpenableNotionalValue': 20,
  'GET sub-accounts': 5,
  'POST asset/migrateUser': 50,
  'GET asset/migrateUser/history': 50,
  'POST registerAndApproveAgent': 50,
  'POST approveAgent': 1,
  'POST updateAgent': 1,
  'GET agent': 1,
  'DELETE agent': 1,
  'POST approveBuilder': 1,
  'POST updateBuilder': 1,
  'GET builder': 1,
  'DELETE builder': 1,
  'GET builder/userTrades': 5,
  'GET builder/approvedUserList': 5,
});

/**
 * Aster futures, `/fapi`.
 *
 * Limits: asterdex/api-docs, V1 and V3 (2026-06-30): 2400 weight a minute and IP, 1200 orders a
 * minute and account. Weights: the same pages, and the table of the Aster rate limiter guide, which
 * rests on them; where a `limit` is left out the pages count what is sent (500 rows), and the guide
 * the smallest. Endpoints of both without a page have the costs of ccxt 4.5.90. Windows are taken
 * to be of the calendar, as at Binance, whose API it is.
 */
export const asterFutures: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'asterFutures',
  ...BINANCE,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 2400, interval: 60_000 }),
    fixedWindow({ id: 'ORDERS', limit: 1200, interval: 60_000, scope: 'account' }),
  ],
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        // Several of what the pages list weigh as much.
        defaults: { '/fapi/': { REQUEST_WEIGHT: 50 } },
        endpoints: {
          ...asterEndpoints('fapi', own()),
          'GET /fapi/v2/account': 5,
          'GET /fapi/v4/account': 5,
          'GET /fapi/v2/balance': 5,
          'GET /fapi/v2/positionRisk': 5,
        },
      },
      rules,
    ),
}));
