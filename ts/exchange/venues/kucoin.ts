import { fixedWindow, type HeaderReader } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import { numberOf } from '../../shared/headers.js';
import { serverTime } from '../../shared/http-date.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { httpDate, type MessageReader } from '../answers/message.js';
import { type ExchangeProfile, profile } from '../profile.js';

/** Endpoints of one pool by `METHOD path` and weight. */
const pool = (id: string, weights: { readonly [endpoint: string]: Cost }) =>
  Object.fromEntries(Object.entries(weights).map(([endpoint, weight]) => [endpoint, { [id]: weight }]));

const PUBLIC = pool('PUBLIC', {
  'GET /api/v1/timestamp': 3,
  'GET /api/v1/status': 3,
  'GET /api/v3/currencies': 3,
  'GET /api/v3/currencies/{currency}': 3,
  'GET /api/v1/markets': 3,
  'GET /api/v2/symbols': 4,
  'GET /api/v1/prices': 3,
  'GET /api/v1/market/allTickers': 15,
  'GET /api/v1/market/stats': 15,
  'GET /api/v1/market/histories': 3,
  'GET /api/v1/market/candles': 3,
  'GET /api/v1/market/orderbook/level1': 2,
  'GET /api/v1/market/orderbook/level2_20': 2,
  'GET /api/v1/market/orderbook/level2_100': 4,
  'GET /api/v1/market/orderbook/level{level}_{limit}': 4,
  'GET /api/v1/mark-price/{symbol}/current': 2,
  'GET /api/v3/mark-price/all-symbols': 10,
  'POST /api/v1/bullet-public': 10,
  // Futures
  'GET /api/v1/contracts/active': 3,
  'GET /api/v1/contracts/{symbol}': 3,
  'GET /api/v1/ticker': 2,
  'GET /api/v1/allTickers': 5,
  'GET /api/v1/level2/snapshot': 3,
  'GET /api/v1/level2/depth20': 5,
  'GET /api/v1/level2/depth100': 10,
  'GET /api/v1/trade/history': 5,
  'GET /api/v1/kline/query': 3,
  'GET /api/v1/interest/query': 5,
  'GET /api/v1/index/query': 2,
  'GET /api/v1/premium/query': 3,
  'GET /api/v1/funding-rate/{symbol}/current': 2,
  'GET /api/v1/contract/funding-rates': 5,
});

const SPOT = pool('SPOT', {
  'GET /api/v3/market/orderbook/level2': 3,
  'POST /api/v1/hf/orders': 1,
  'POST /api/v1/hf/orders/test': 1,
  'POST /api/v1/hf/orders/sync': 1,
  'POST /api/v1/hf/orders/multi': 1,
  'POST /api/v1/hf/orders/multi/sync': 1,
  'POST /api/v1/hf/orders/alter': 1,
  'POST /api/v1/hf/orders/dead-cancel-all': 2,
  'GET /api/v1/hf/orders/active': 2,
  'GET /api/v1/hf/orders/active/symbols': 2,
  'GET /api/v1/hf/orders/done': 2,
  'GET /api/v1/hf/orders/{orderId}': 2,
  'GET /api/v1/hf/orders/client-order/{clientOid}': 2,
  'GET /api/v1/hf/fills': 2,
  'GET /api/v1/hf/accounts/ledgers': 2,
  'GET /api/v1/hf/accounts/opened': 2,
  'DELETE /api/v1/hf/orders/{orderId}': 1,
  'DELETE /api/v1/hf/orders/sync/{orderId}': 1,
  'DELETE /api/v1/hf/orders/client-order/{clientOid}': 1,
  'DELETE /api/v1/hf/orders/sync/client-order/{clientOid}': 1,
  'DELETE /api/v1/hf/orders/cancel/{orderId}': 1,
  'DELETE /api/v1/hf/orders': 2,
  'DELETE /api/v1/hf/orders/cancelAll': 30,
  'POST /api/v1/stop-order': 2,
  'GET /api/v1/stop-order': 8,
  'DELETE /api/v1/stop-order/{orderId}': 3,
  'DELETE /api/v1/stop-order/cancel': 3,
  'GET /api/v1/limit/orders': 3,
  'GET /api/v1/limit/fills': 20,
  'POST /api/v3/hf/margin/order': 2,
  'DELETE /api/v3/hf/margin/orders/{orderId}': 2,
  'GET /api/v3/hf/margin/orders/active': 4,
  'GET /api/v3/hf/margin/fills': 5,
  'GET /api/v1/trade-fees': 3,
  'GET /api/v1/base-fee': 3,
  'POST /api/v1/bullet-private': 10,
});

const FUTURES = pool('FUTURES', {
  'POST /api/v1/orders/test': 2,
  'POST /api/v1/st-orders': 2,
  'DELETE /api/v1/orders/client-order/{clientOid}': 1,
  'DELETE /api/v1/stopOrders': 15,
  'DELETE /api/v1/orders/multi-cancel': 20,
  'GET /api/v1/stopOrders': 6,
  'GET /api/v1/recentDoneOrders': 5,
  'GET /api/v1/orders/byClientOid': 5,
  'GET /api/v1/recentFills': 3,
  'GET /api/v1/openOrderStatistics': 10,
  'GET /api/v1/position': 2,
  'GET /api/v1/positions': 2,
  'GET /api/v1/history-positions': 2,
  'GET /api/v1/account-overview': 5,
  'GET /api/v1/transaction-history': 2,
  'GET /api/v1/funding-history': 5,
});

/** Paths that spot and futures share tell nothing of their pool, so they are charged as what weighs more. */
const SHARED_PATHS = {
  'POST /api/v1/orders': { SPOT: 2, FUTURES: 2 },
  'POST /api/v1/orders/multi': { SPOT: 3, FUTURES: 3 },
  'GET /api/v1/orders': { SPOT: 2, FUTURES: 2 },
  'GET /api/v1/orders/{orderId}': { SPOT: 2, FUTURES: 5 },
  'GET /api/v1/fills': { SPOT: 10, FUTURES: 5 },
  'DELETE /api/v1/orders/{orderId}': { SPOT: 3, FUTURES: 1 },
  'DELETE /api/v1/orders': { SPOT: 20, FUTURES: 10 },
};

const MANAGEMENT = pool('MANAGEMENT', {
  'GET /api/v2/user-info': 20,
  'GET /api/v1/user/api-key': 20,
  'GET /api/v1/accounts': 5,
  'GET /api/v1/accounts/{accountId}': 5,
  'GET /api/v1/accounts/ledgers': 2,
  'GET /api/v1/accounts/transferable': 20,
  'GET /api/v1/deposit-addresses': 5,
  'GET /api/v1/deposits': 5,
  'GET /api/v1/withdrawals': 20,
  'GET /api/v1/withdrawals/quotas': 20,
  'POST /api/v1/withdrawals': 5,
  'POST /api/v3/accounts/universal-transfer': 4,
  'POST /api/v2/accounts/inner-transfer': 15,
  'GET /api/v1/sub/user': 20,
  'GET /api/v2/sub-accounts': 20,
});

/**
 * The headers do not name the pool: they belong to the rule that the request was charged under. The time until the pool is
 * full again is counted down in milliseconds.
 */
const headers: HeaderReader = (headers, _status, rules) => {
  const [rule, ...others] = rules ?? [];
  const remaining = numberOf(headers, 'gw-ratelimit-remaining');
  const limit = numberOf(headers, 'gw-ratelimit-limit');
  const [date, countdown] = [serverTime(headers), numberOf(headers, 'gw-ratelimit-reset')];
  if (rule === undefined || others.length > 0 || remaining === undefined) return [];
  const resetAt = date === undefined || countdown === undefined ? undefined : date + countdown;
  return [{ rule, remaining, limit, resetAt }];
};

/** Codes of too many requests: of a pool, and two older ones that ccxt still knows. */
const TOO_MANY = ['429000', '200002', '1015'];

/**
 * Reads refusals, for orders of a batch one by one. Without usage headers 429000 is an overloaded
 * server, where waiting is right too.
 */
const body: BodyReader = (content) => {
  const { code, data } = fieldsOf(content);
  const orders = listOf(data).map((order) => String(fieldsOf(order).code));
  const isRefused = (one: string) => TOO_MANY.includes(one);
  const refused = refusedItems(orders, isRefused);
  const isWhole = isRefused(String(code)) || refused.all;
  return isWhole || refused.some ? { status: 429, partial: isWhole ? undefined : true } : undefined;
};

/**
 * `{ id, op: 'spot.order', code, data, outTime, rateLimit: { limit, remaining, reset } }`, which is `userRateLimit` in what
 * others have recorded.
 *
 * Source: kucoin.com/docs-new/3470133w0, "Add/Cancel Order", as stored in 2026.
 */
const message: MessageReader = ({ op, code, outTime, userRateLimit, rateLimit }) => {
  if (typeof op !== 'string' || typeof code !== 'string') return undefined;
  const { limit, remaining, reset } = fieldsOf(userRateLimit ?? rateLimit);
  const headers = {
    date: httpDate(outTime),
    'gw-ratelimit-limit': limit,
    'gw-ratelimit-remaining': remaining,
    'gw-ratelimit-reset': reset,
  };
  return { status: code === '200000' ? 200 : 400, headers };
};

/**
 * KuCoin.
 *
 * Limits: kucoin.com/docs-new/rate-limit (as stored in 2026) for VIP0; other tiers by `with({ limits })`. A window is opened by
 * its first request and lasts 30 s; private pools are counted by user, the public one by IP. Weights: the costs of
 * ccxt 4.5.84, which are the weights for spot and twice the weights for futures.
 */
export const kucoin: ExchangeProfile = /* @__PURE__ */ profile({
  name: 'kucoin',
  rules: [
    ...Object.entries({
      SPOT: 4000,
      FUTURES: 2000,
      MANAGEMENT: 2000,
      EARN: 2000,
      COPY_TRADING: 2000,
      PUBLIC: 2000,
    }).map(([id, limit]) => fixedWindow({ id, limit, interval: 30_000, anchor: 'first-request' })),
    // 2000 in 30 s in an older version of the page.
    fixedWindow({ id: 'UNIFIED', limit: 200, interval: 3000, anchor: 'first-request' }),
  ],
  headers: () => headers,
  body,
  message,
  costs: () => ({
    default: { SPOT: 20 },
    endpoints: { ...PUBLIC, ...SPOT, ...FUTURES, ...SHARED_PATHS, ...MANAGEMENT },
  }),
});
