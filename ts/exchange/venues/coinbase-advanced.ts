import { rollingWindow } from '../../index.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { endpointsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';

const BROKERAGE = '/api/v3/brokerage/';

const PUBLIC = `
  GET time, GET market/product_book, GET market/products, GET market/products/{product_id},
  GET market/products/{product_id}/candles, GET market/products/{product_id}/ticker
`;

/** Market data to users: ccxt has the speed of public endpoints for it. */
const PRODUCTS = `
  GET products, GET products/{product_id}, GET products/{product_id}/candles,
  GET products/{product_id}/ticker, GET best_bid_ask, GET product_book, GET transaction_summary
`;

const PRIVATE = `
  GET accounts, GET accounts/{account_uuid}, GET orders/historical/batch,
  GET orders/historical/fills, GET orders/historical/{order_id}, POST orders,
  POST orders/batch_cancel, POST orders/close_position, POST orders/edit,
  POST orders/edit_preview, POST orders/preview, GET portfolios, POST portfolios,
  POST portfolios/move_funds, GET portfolios/{portfolio_uuid}, PUT portfolios/{portfolio_uuid},
  DELETE portfolios/{portfolio_uuid}, POST convert/quote, GET convert/trade/{trade_id},
  POST convert/trade/{trade_id}, GET cfm/balance_summary, GET cfm/positions,
  GET cfm/positions/{product_id}, GET cfm/sweeps, DELETE cfm/sweeps, POST cfm/sweeps/schedule,
  GET cfm/intraday/current_margin_window, GET cfm/intraday/margin_setting,
  POST cfm/intraday/margin_setting, POST intx/allocate, GET intx/balances/{portfolio_uuid},
  POST intx/multi_asset_collateral, GET intx/portfolio/{portfolio_uuid},
  GET intx/positions/{portfolio_uuid}, GET intx/positions/{portfolio_uuid}/{symbol},
  GET payment_methods, GET payment_methods/{payment_method_id}, GET key_permissions
`;

const APP_PUBLIC = `
  GET currencies, GET currencies/crypto, GET time, GET exchange-rates, GET users/{user_id},
  GET prices/{symbol}/buy, GET prices/{symbol}/sell, GET prices/{symbol}/spot
`;

const APP = `
  GET accounts, POST accounts, GET accounts/{account_id}, PUT accounts/{account_id},
  DELETE accounts/{account_id}, POST accounts/{account_id}/primary,
  GET accounts/{account_id}/addresses, POST accounts/{account_id}/addresses,
  GET accounts/{account_id}/addresses/{address_id},
  GET accounts/{account_id}/addresses/{address_id}/transactions,
  GET accounts/{account_id}/transactions, POST accounts/{account_id}/transactions,
  GET accounts/{account_id}/transactions/{transaction_id},
  DELETE accounts/{account_id}/transactions/{transaction_id},
  POST accounts/{account_id}/transactions/{transaction_id}/complete,
  POST accounts/{account_id}/transactions/{transaction_id}/resend,
  GET accounts/{account_id}/buys, POST accounts/{account_id}/buys,
  GET accounts/{account_id}/buys/{buy_id}, POST accounts/{account_id}/buys/{buy_id}/commit,
  GET accounts/{account_id}/sells, POST accounts/{account_id}/sells,
  GET accounts/{account_id}/sells/{sell_id}, POST accounts/{account_id}/sells/{sell_id}/commit,
  GET accounts/{account_id}/deposits, POST accounts/{account_id}/deposits,
  GET accounts/{account_id}/deposits/{deposit_id},
  POST accounts/{account_id}/deposits/{deposit_id}/commit,
  GET accounts/{account_id}/withdrawals, POST accounts/{account_id}/withdrawals,
  GET accounts/{account_id}/withdrawals/{withdrawal_id},
  POST accounts/{account_id}/withdrawals/{withdrawal_id}/commit, GET payment-methods,
  GET payment-methods/{payment_method_id}, GET user, PUT user, GET user/auth,
  GET subscriptions/coinbase-one
`;

type Costs = { readonly [ruleId: string]: number };

/** Returns costs by endpoint, with equal costs for all endpoints of a list. */
const each = (list: string, start: string, costs: Costs) =>
  Object.fromEntries(endpointsOf(list, start).map((endpoint) => [endpoint, costs]));

const isTooMany = (code: unknown) =>
  /^(rate_limit_exceeded|resource_exhausted)$/i.test(String(code));

/**
 * Reads refusals, which have status 429: `{ errors: [{ id: 'rate_limit_exceeded', message }] }`, or
 * `{ error: 'RESOURCE_EXHAUSTED', ... }`.
 */
const body: BodyReader = (content) => {
  const { error, errors } = fieldsOf(content);
  const codes = [error, ...listOf(errors).map((one) => fieldsOf(one).id)];
  return codes.some(isTooMany) ? { status: 429 } : undefined;
};

/**
 * Coinbase Advanced Trade, and the Coinbase App (`/v2`).
 *
 * Sources: 30 requests a second by user for private endpoints and 10 by IP for public ones, from
 * ccxt 4.5.90, nautilus_trader (2026-07) and api-evangelist/coinbase (2026-05); the page that they
 * name, docs.cdp.coinbase.com/advanced-trade/docs/rest-api-rate-limits, is not to be found now.
 * ccxt holds market data to users to 10 a second as well: it is charged under both rules. 10 000
 * requests an hour by key or user for `/v2`: docs.cdp.coinbase.com, "Rate limiting" (as stored in
 * 2026); without a key the IP is taken to have as many. 8 connections and 8 messages a second by IP
 * over WebSockets: "Advanced Trade WebSocket Rate Limits" (2026-08-22); messages that are signed
 * are not counted. Whether windows are fixed or rolling, or buckets as at Coinbase Exchange, is not
 * documented; a rolling window keeps to all. There are no usage headers.
 */
export const coinbaseAdvanced: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'coinbaseAdvanced',
  rules: [
    rollingWindow({ id: 'PUBLIC', limit: 10, interval: 1000, scope: 'ip' }),
    rollingWindow({ id: 'PRIVATE', limit: 30, interval: 1000, scope: 'account' }),
    rollingWindow({ id: 'APP', limit: 10_000, interval: 3_600_000, scope: 'account' }),
    rollingWindow({ id: 'APP_PUBLIC', limit: 10_000, interval: 3_600_000, scope: 'ip' }),
    rollingWindow({ id: 'WS_CONNECTIONS', limit: 8, interval: 1000, scope: 'ip' }),
    rollingWindow({ id: 'WS_MESSAGES', limit: 8, interval: 1000, scope: 'ip' }),
  ],
  // None are documented.
  headers: () => () => [],
  body,
  costs: () => ({
    default: { PRIVATE: 1 },
    defaults: {
      [`${BROKERAGE}market/`]: { PUBLIC: 1 },
      '/v2/': { APP: 1 },
    },
    endpoints: {
      ...each(PUBLIC, BROKERAGE, { PUBLIC: 1 }),
      ...each(PRODUCTS, BROKERAGE, { PUBLIC: 1, PRIVATE: 1 }),
      ...each(PRIVATE, BROKERAGE, { PRIVATE: 1 }),
      ...each(APP_PUBLIC, '/v2/', { APP_PUBLIC: 1 }),
      ...each(APP, '/v2/', { APP: 1 }),
      // A connection, and a message over it, which is signed if it has a `jwt` or a `signature`.
      'GET /ws': { WS_CONNECTIONS: 1 },
      'POST /ws': { WS_MESSAGES: { given: { jwt: 0, signature: 0 }, default: 1 } },
    },
  }),
}));
