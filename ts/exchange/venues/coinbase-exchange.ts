import { tokenBucket } from '../../index.js';
import { type ExchangeProfile, profile } from '../profile.js';

const PUBLIC = `currencies currencies/{id} products products/{id} products/{id}/book products/{id}/candles
  products/{id}/stats products/{id}/ticker products/{id}/trades products/volume-summary products/spark-lines time
  loans/assets wrapped-assets wrapped-assets/{id}`;

const PRIVATE = `GET accounts, GET accounts/{id}, GET accounts/{id}/holds, GET accounts/{id}/ledger,
  GET accounts/{id}/transfers, GET coinbase-accounts, GET payment-methods, GET fees, GET orders, POST orders, DELETE orders,
  GET orders/{id}, DELETE orders/{id}, GET profiles, GET profiles/{id}, POST profiles/transfer, GET transfers,
  GET transfers/{id}, POST conversions, POST withdrawals/crypto, POST withdrawals/coinbase-account,
  POST deposits/coinbase-account, POST deposits/payment-method, GET users/self/exchange-limits`;

/**
 * Coinbase Exchange.
 *
 * Source: docs.cdp.coinbase.com/exchange/rest-api/rate-limits (as stored in 2026): buckets that are filled when a request
 * comes. Public ones are counted by IP, private ones by profile; `/fills` and `/loans` have one of their own. The burst
 * of `/loans` is not given: it is taken to be a second's worth. There are no usage headers.
 */
export const coinbaseExchange: ExchangeProfile = /* @__PURE__ */ profile({
  name: 'coinbaseExchange',
  rules: [
    tokenBucket({ id: 'PUBLIC', capacity: 15, refillRate: 10 / 1000 }),
    tokenBucket({ id: 'PRIVATE', capacity: 30, refillRate: 15 / 1000 }),
    tokenBucket({ id: 'FILLS', capacity: 20, refillRate: 10 / 1000 }),
    tokenBucket({ id: 'LOANS', capacity: 10, refillRate: 10 / 1000 }),
  ],
  headers: () => () => [],
  costs: () => ({
    default: { PRIVATE: 1 },
    endpoints: {
      ...Object.fromEntries(PUBLIC.split(/\s+/).map((path) => [`GET /${path}`, { PUBLIC: 1 }])),
      ...Object.fromEntries(
        PRIVATE.split(/,\s+/).map((endpoint) => [endpoint.replace(' ', ' /'), { PRIVATE: 1 }]),
      ),
      'GET /fills': { FILLS: 1 },
      'GET /loans': { LOANS: 1 },
      'GET /loans/lending-overview': { LOANS: 1 },
      'GET /loans/loan-preview': { LOANS: 1 },
      'GET /loans/interest': { LOANS: 1 },
      'POST /loans/open': { LOANS: 1 },
    },
  }),
});
