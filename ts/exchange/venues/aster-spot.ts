import { fixedWindow } from '../../index.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { asterEndpoints } from './aster-endpoints.js';
import { BINANCE, bySymbol, FUTURES_DEPTH, type TypedCosts, typedCosts } from './binance-api.js';

/** Endpoints that spot has alone, or with costs of their own. */
const own = (): TypedCosts['endpoints'] => ({
  // Without a limit the exchange sends 100 levels.
  'GET depth': { ...FUTURES_DEPTH, default: 5 },
  'GET ticker/opt/24hr': bySymbol(1, 40),
  'GET aster/withdraw/estimateFee': 1,

  'DELETE allOpenOrders': 1,
  'GET transactionHistory': 30,
  'POST asset/sendToAddress': 1,
  'POST aster/user-withdraw': 1,
  'POST aster/user-solana-withdraw': 1,
});

/**
 * Aster spot, `/api` on a host of its own, apart from futures.
 *
 * Source: asterdex/api-docs, "V3(Recommended)/EN/aster-finance-spot-api-v3.md" (2026-06-30), whose
 * exchangeInfo has 6000 weight and 6000 orders a minute and 300 orders in 10 s. Version 1 is taken
 * to weigh the same. Windows are taken to be of the calendar, as at Binance, whose API it is.
 */
export const asterSpot: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'asterSpot',
  ...BINANCE,
  rules: [
    fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 }),
    fixedWindow({ id: 'ORDERS', limit: 300, interval: 10_000, scope: 'account' }),
    fixedWindow({ id: 'ORDERS_1M', limit: 6000, interval: 60_000, scope: 'account' }),
  ],
  costs: (rules) =>
    typedCosts(
      {
        default: 1,
        defaults: { '/api/': { REQUEST_WEIGHT: 30 } },
        endpoints: asterEndpoints('api', own()),
      },
      rules,
    ),
}));
