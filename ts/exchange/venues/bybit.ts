import { type HeaderReader, rollingWindow } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import { numberOf } from '../../shared/headers.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf } from '../answers/body.js';
import { httpDate, type MessageReader } from '../answers/message.js';
import { costsPerEndpoint, type EndpointGroup } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';

const paths = (method: string, names: string) =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => `${method} /v5/${name}`);

/** Orders are counted by endpoint and market: 20 a second for spot, 10 for others. */
const orders = (names: string, cost: Cost = 1): EndpointGroup[] =>
  paths('POST', names).map((endpoint) => ({ family: '{category=linear}:', endpoints: [endpoint], cost }));

const GROUPS: readonly EndpointGroup[] = [
  ...orders('order/create order/amend order/cancel order/cancel-all'),
  // Each order of a batch counts, apart from single ones.
  ...orders('order/create-batch order/amend-batch order/cancel-batch', { perItem: ['request', 1] }),
  {
    family: '10/s:',
    endpoints: [
      ...paths(
        'GET',
        `order/realtime order/history execution/list position/list position/closed-pnl account/wallet-balance
         account/info account/transaction-log account/borrow-history account/collateral-info user/query-api
         user/query-sub-members asset/exchange/order-record`,
      ),
      ...paths(
        'POST',
        `position/set-leverage position/switch-isolated position/switch-mode position/trading-stop
         position/set-auto-add-margin position/add-margin position/set-risk-limit account/set-margin-mode
         order/disconnected-cancel-all`,
      ),
    ],
  },
  {
    family: '5/s:',
    endpoints: [
      ...paths(
        'GET',
        `account/fee-rate asset/coin/query-info asset/transfer/query-account-coins-balance
         asset/transfer/query-universal-transfer-list`,
      ),
      ...paths('POST', 'asset/transfer/universal-transfer asset/withdraw/create'),
    ],
  },
  {
    family: '300/min:',
    endpoints: paths(
      'GET',
      'asset/deposit/query-address asset/deposit/query-sub-member-record asset/withdraw/query-record',
    ),
  },
  { family: '100/min:', endpoints: paths('GET', 'asset/deposit/query-record') },
  {
    family: '60/min:',
    endpoints: [
      ...paths(
        'GET',
        `asset/transfer/query-asset-info asset/transfer/query-account-coin-balance asset/transfer/query-transfer-coin-list
         asset/transfer/query-inter-transfer-list`,
      ),
      ...paths('POST', 'asset/transfer/inter-transfer asset/withdraw/cancel'),
    ],
  },
];

/** Market data is counted by IP alone. */
const MARKET_DATA = paths(
  'GET',
  `market/time market/kline market/mark-price-kline market/index-price-kline market/premium-index-price-kline
   market/instruments-info market/orderbook market/rpi_orderbook market/tickers market/funding/history
   market/recent-trade market/open-interest market/historical-volatility market/insurance market/risk-limit
   market/delivery-price market/account-ratio market/price-limit`,
);

/**
 * Usage headers speak of the called endpoint without naming it: they belong to the rule that the request was charged
 * under beside the IP's.
 */
const headers: HeaderReader = (headers, _status, rules) => {
  const rule = rules?.find((id) => id !== 'IP');
  const remaining = numberOf(headers, 'x-bapi-limit-status');
  const limit = numberOf(headers, 'x-bapi-limit');
  return rule === undefined || remaining === undefined ? [] : [{ rule, remaining, limit }];
};

/**
 * Too many of one endpoint is code 10006 in an answer of status 200; too many of the IP is status 403, or 10018. Over a
 * WebSocket there are also 10403, more than 3000 requests a second of the IP, and 10429, to protect the system.
 */
const body: BodyReader = (content, status) => {
  const { retCode } = fieldsOf(content);
  if (retCode === 10403 || retCode === 10429) return { status: 429 };
  if (retCode === 10006) return { status: 429, of: (id) => id !== 'IP' };
  const refused = status === 403 && /access too frequent/i.test(String(content));
  // "wait for at least 10 minutes"
  return refused || retCode === 10018 ? { status: 418, retryAfter: 600_000 } : undefined;
};

/**
 * `{ reqId, op: 'order.create', retCode, data, header: { 'X-Bapi-Limit-Status', Timenow... } }`.
 *
 * Source: bybit-exchange.github.io/docs/v5/websocket/trade/guideline, as stored in 2026.
 */
const message: MessageReader = ({ op, retCode, header }) => {
  if (typeof op !== 'string' || !op.startsWith('order.') || typeof retCode !== 'number') return undefined;
  const headers = { ...fieldsOf(header), date: httpDate(fieldsOf(header).Timenow) };
  return { status: retCode === 0 ? 200 : 400, headers };
};

/**
 * Bybit v5.
 *
 * Source: bybit-exchange.github.io/docs/v5/rate-limit, as stored in 2026. 600 requests in any 5 s by IP. By user and
 * endpoint in any second, default tier: orders 10 for futures and options, 20 for spot (amending spot is 10 there: one
 * rule has it as 20); a unified account reads 50 a second where classic ones, and this table, have 10. Not confirmed:
 * 10 a second for the settings of positions and accounts, which are the costs of ccxt 4.5.84.
 *
 * Rules: `IP`, and families for each speed whose members are endpoints: `10/s:GET /v5/position/list`,
 * `linear:POST /v5/order/create`.
 */
export const bybit: ExchangeProfile = /* @__PURE__ */ profile({
  name: 'bybit',
  rules: [
    rollingWindow({ id: 'IP', limit: 600, interval: 5000 }),
    rollingWindow({ id: 'spot:*', limit: 20, interval: 1000 }),
    rollingWindow({ id: 'linear:*', limit: 10, interval: 1000 }),
    rollingWindow({ id: 'inverse:*', limit: 10, interval: 1000 }),
    rollingWindow({ id: 'option:*', limit: 10, interval: 1000 }),
    rollingWindow({ id: '10/s:*', limit: 10, interval: 1000 }),
    rollingWindow({ id: '5/s:*', limit: 5, interval: 1000 }),
    rollingWindow({ id: '300/min:*', limit: 300, interval: 60_000 }),
    rollingWindow({ id: '100/min:*', limit: 100, interval: 60_000 }),
    rollingWindow({ id: '60/min:*', limit: 60, interval: 60_000 }),
  ],
  headers: () => headers,
  body,
  message,
  costs: () => ({
    default: { IP: 1 },
    endpoints: {
      ...Object.fromEntries(MARKET_DATA.map((endpoint) => [endpoint, { IP: 1 }])),
      ...costsPerEndpoint(GROUPS, { IP: 1 }),
    },
  }),
});
