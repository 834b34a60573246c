import { rollingWindow } from '../../index.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf, listOf } from '../answers/body.js';
import type { MessageReader } from '../answers/message.js';
import { costsPerEndpoint, type EndpointGroup } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';

const paths = (method: string, names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${method} /api/v5/${name}`);

/** How many requests in 2 s each of these endpoints takes. */
const every2s = (limit: number, endpoints: string[]): EndpointGroup => ({
  family: `${limit}/2s:`,
  endpoints,
});

const GROUPS: readonly EndpointGroup[] = [
  every2s(60, [...paths('GET', 'trade/order trade/orders-pending trade/fills')]),
  every2s(40, [
    ...paths('GET', 'market/books market/candles trade/orders-history public/delivery-exercise-history'),
  ]),
  every2s(20, [
    ...paths(
      'GET',
      `market/tickers market/ticker market/history-candles market/index-tickers market/index-candles
       market/mark-price-candles public/instruments public/open-interest public/price-limit public/opt-summary
       trade/orders-history-archive trade/order-algo trade/orders-algo-pending trade/orders-algo-history
       trade/account-rate-limit account/instruments account/max-size account/max-avail-size account/leverage-info
       account/max-loan account/max-withdrawal asset/transfer-state`,
    ),
    ...paths(
      'POST',
      'trade/close-position trade/order-algo trade/cancel-algos trade/amend-algos account/set-leverage',
    ),
  ]),
  every2s(12, [
    ...paths(
      'GET',
      `asset/currencies asset/balances asset/bills asset/deposit-address asset/deposit-history
       asset/withdrawal-history market/books-lite`,
    ),
    ...paths('POST', 'asset/withdrawal asset/cancel-withdrawal'),
  ]),
  every2s(10, [
    ...paths(
      'GET',
      `market/history-trades market/books-full public/funding-rate public/funding-rate-history public/time
       public/mark-price public/position-tiers public/estimated-price trade/fills-history account/balance
       account/positions account/positions-history account/account-position-risk account/bills account/greeks`,
    ),
  ]),
  every2s(5, [
    ...paths('GET', 'account/config account/trade-fee account/interest-rate account/bills-archive'),
    ...paths('POST', 'trade/mass-cancel account/set-position-mode'),
  ]),
  every2s(4, paths('POST', 'asset/transfer')),
  every2s(2, [
    ...paths('GET', 'asset/asset-valuation market/platform-24-volume'),
    ...paths('POST', 'trade/cancel-all-after'),
  ]),
  every2s(100, paths('GET', 'market/trades')),
];

/** By user and instrument; a batch apart from single orders, each order in it counting. */
const ORDERS: readonly EndpointGroup[] = [
  { family: '60/2s:', endpoints: paths('POST', 'trade/order trade/amend-order'), by: ':{instId}' },
  {
    family: '300/2s:',
    endpoints: paths('POST', 'trade/batch-orders trade/amend-batch-orders'),
    by: ':{instId}',
    cost: { perItem: ['orders', 1] },
  },
];
const CANCELS: readonly EndpointGroup[] = [
  { family: '60/2s:', endpoints: paths('POST', 'trade/cancel-order'), by: ':{instId}' },
  {
    family: '300/2s:',
    endpoints: paths('POST', 'trade/cancel-batch-orders'),
    by: ':{instId}',
    cost: { perItem: ['orders', 1] },
  },
];

/**
 * Reads refusals, which may come with status 200, and for single orders of a batch. 50011 and 50040:
 * too many requests to an endpoint. 50061: too many orders of the account.
 *
 * Code 1 of a batch says that all its orders failed, code 2 that some did. Only a batch whose orders
 * were all refused may be sent again.
 */
const body: BodyReader = (content) => {
  const { code, data } = fieldsOf(content);
  const orders = listOf(data)
    .map((order) => fieldsOf(order).sCode)
    .filter((sCode) => sCode !== undefined)
    .map(String);
  const codes = [String(code), ...orders];
  const ofEndpoint = codes.some((one) => one === '50011' || one === '50040');
  const ofAccount = codes.includes('50061');
  if (!ofEndpoint && !ofAccount) return undefined;
  const isRefused = (one: string) => ['50011', '50040', '50061'].includes(one);
  const isWhole = orders.every(isRefused) && (isRefused(String(code)) || String(code) === '1');
  return {
    status: 429,
    partial: isWhole ? undefined : true,
    of: (id) => (id === 'ACCOUNT_ORDERS' ? ofAccount : ofEndpoint),
  };
};

/**
 * `{ id, op: 'order', code, msg, data: [{ sCode... }] }`; what has an `event` is of a subscription. There is nothing about
 * usage. Code 2: some of a batch.
 *
 * Source: the forms in ccxt 4.5.84, and answers that were recorded by others.
 */
const message: MessageReader = ({ op, event, code }) => {
  if (typeof op !== 'string' || event !== undefined || typeof code !== 'string') return undefined;
  return { status: code === '0' || code === '2' ? 200 : 400 };
};

/**
 * OKX v5.
 *
 * Source: OKX's docs-v5 (copy of 2026-07-04) for placing, amending and cancelling: 60 requests in 2 s by user and
 * instrument, 300 orders in batches; OKX's notice "sub-account rate limit" (2024-01-10): 1000 new or amended orders in
 * 2 s by account, batches by their orders. Other endpoints: the costs of ccxt 4.5.84, of which 1 is 20 requests in 2 s.
 * Whether windows are fixed or rolling is not said; a rolling window keeps to both. A batch of one order counts as a
 * single order there and as a batch here; options are counted by family there and by instrument here.
 *
 * Rules: `ACCOUNT_ORDERS`, and families for each speed whose members are endpoints: `20/2s:GET /api/v5/market/ticker`,
 * `60/2s:POST /api/v5/trade/order:BTC-USDT`.
 */
export const okx: ExchangeProfile = /* @__PURE__ */ profile({
  name: 'okx',
  rules: [
    rollingWindow({ id: 'ACCOUNT_ORDERS', limit: 1000, interval: 2000 }),
    ...[300, 100, 60, 40, 20, 12, 10, 5, 4, 2].map((limit) =>
      rollingWindow({ id: `${limit}/2s:*`, limit, interval: 2000 }),
    ),
  ],
  // No usage headers are documented.
  headers: () => () => [],
  body,
  message,
  costs: () => ({
    // The slowest speed of what bots use, for all unknown endpoints together.
    default: { '5/2s:other': 1 },
    endpoints: {
      ...costsPerEndpoint(GROUPS, {}),
      ...costsPerEndpoint(ORDERS, { ACCOUNT_ORDERS: { perItem: ['orders', 1] } }),
      ...costsPerEndpoint(CANCELS, {}),
    },
  }),
});
