import { tokenBucket } from '../../index.js';
import { endpointsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';

const PUBLIC = `
  GET currencies, GET currencies/{id}, GET products, GET products/{id}, GET products/{id}/book,
  GET products/{id}/candles, GET products/{id}/stats, GET products/{id}/ticker,
  GET products/{id}/trades, GET products/volume-summary, GET products/spark-lines, GET time,
  GET wrapped-assets, GET wrapped-assets/{id}, GET wrapped-assets/{id}/conversion-rate
`;

const PRIVATE = `
  GET accounts, GET accounts/{id}, GET accounts/{id}/holds, GET accounts/{id}/ledger,
  GET accounts/{id}/transfers, GET address-book, POST address-book, PUT address-book/{id},
  DELETE address-book/{id}, GET address-book/counterparty, GET coinbase-accounts,
  POST coinbase-accounts/{id}/addresses, GET conversions, POST conversions, GET conversions/{id},
  GET conversions/fees, POST deposits/coinbase-account, POST deposits/payment-method, GET fees,
  GET funding, POST funding/repay, GET margin/profile_information, GET margin/buying_power,
  GET margin/withdrawal_power, GET margin/withdrawal_power_all, GET margin/exit_plan,
  GET margin/liquidation_history, GET margin/position_refresh_amounts, GET margin/status, GET oracle,
  GET orders, POST orders, DELETE orders, GET orders/{id}, DELETE orders/{id}, GET otc/orders,
  GET payment-methods, GET position, POST position/close, GET profiles, POST profiles,
  GET profiles/{id}, PUT profiles/{id}, PUT profiles/{id}/deactivate, POST profiles/transfer,
  POST profiles/margin-transfer, GET reports, POST reports, GET reports/{id}, GET transfers,
  GET transfers/{id}, POST transfers/{id}/travel-rules, GET travel-rules, POST travel-rules,
  DELETE travel-rules/{id}, GET users/self/exchange-limits, GET users/self/hold-balances,
  GET users/self/trailing-volume, GET users/{id}/trading-volumes,
  POST users/{id}/settlement-preferences, GET withdrawals/fee-estimate, POST withdrawals/coinbase,
  POST withdrawals/coinbase-account, POST withdrawals/counterparty, POST withdrawals/crypto,
  POST withdrawals/payment-method, GET wrapped-assets/redeem, POST wrapped-assets/redeem,
  GET wrapped-assets/redeem/{id}, GET wrapped-assets/stake-wrap, POST wrapped-assets/stake-wrap,
  GET wrapped-assets/stake-wrap/{id}
`;

const LOANS = `
  GET loans, GET loans/assets, GET loans/options, GET loans/lending-overview,
  GET loans/lending-overview-xm, GET loans/loan-preview, GET loans/loan-preview-xm,
  GET loans/repayment-preview, GET loans/repayment-preview-xm, GET loans/interest,
  GET loans/interest/{id}, GET loans/interest/history/{id}, POST loans/open,
  POST loans/repay-interest, POST loans/repay-principal
`;

/** Endpoints of a bucket. */
const under = (rule: string, list: string) =>
  Object.fromEntries(endpointsOf(list, '/').map((endpoint) => [endpoint, { [rule]: 1 }]));

/**
 * Coinbase Exchange.
 *
 * Source: docs.cdp.coinbase.com/exchange/rest-api/rate-limits (as stored in 2026): buckets that are
 * filled when a request comes. Public ones are counted by IP, private ones by profile; `/fills` and
 * `/loans` have one of their own. The burst of `/loans` is not given: it is taken to be a second's
 * worth. Paths are those of ccxt 4.5.90. There are no usage headers.
 */
export const coinbaseExchange: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'coinbaseExchange',
  rules: [
    tokenBucket({ id: 'PUBLIC', capacity: 15, refillRate: 10 / 1000 }),
    tokenBucket({ id: 'PRIVATE', capacity: 30, refillRate: 15 / 1000, scope: 'account' }),
    tokenBucket({ id: 'FILLS', capacity: 20, refillRate: 10 / 1000, scope: 'account' }),
    tokenBucket({ id: 'LOANS', capacity: 10, refillRate: 10 / 1000, scope: 'account' }),
  ],
  headers: () => () => [],
  costs: () => ({
    default: { PRIVATE: 1 },
    defaults: { '/loans/': { LOANS: 1 } },
    endpoints: {
      ...under('PUBLIC', PUBLIC),
      ...under('PRIVATE', PRIVATE),
      ...under('LOANS', LOANS),
      'GET /fills': { FILLS: 1 },
    },
  }),
}));
