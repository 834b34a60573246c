import { type ReportedUsage, type Rule, rollingWindow } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { HeaderView, ViewReader } from '../../shared/header-view.js';
import { numberOf } from '../../shared/headers.js';
import { parseInstant } from '../../shared/instant.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { httpDate, type MessageReader } from '../answers/message.js';
import { costsPerEndpoint, endpointsOf, groupsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { PRIVATE, PUBLIC, PUBLIC_AND_PRIVATE } from './gate-endpoints.js';

const START = '/api/v4/';

type Costs = { readonly [ruleId: string]: Cost };

/** Returns costs by endpoint, with equal costs for all endpoints of a list. */
const each = (list: string, costs: Costs) =>
  Object.fromEntries(endpointsOf(list, START).map((endpoint) => [endpoint, costs]));

/** A batch counts as one request of each pair that its orders name. */
const SPOT_BATCH: Costs = { 'SPOT_ORDERS:{currency_pair}': { perItem: ['orders', 1], once: true } };
const SPOT_ORDER: Costs = { 'SPOT_ORDERS:{currency_pair}': 1 };

const orders = () => ({
  // Price orders and orders by volume are taken to be orders of their pair.
  ...each(
    `POST spot/orders, PATCH spot/orders/{order_id}, POST spot/pov_orders,
    POST spot/cross_liquidate_orders`,
    SPOT_ORDER,
  ),
  ...each('POST spot/price_orders', { 'SPOT_ORDERS:{market}': 1 }),
  ...each('POST spot/batch_orders, POST spot/amend_batch_orders', SPOT_BATCH),
  ...each('DELETE spot/orders, DELETE spot/orders/{order_id}, POST spot/cancel_batch_orders', {
    SPOT_CANCELS: 1,
  }),
  ...each(
    `POST futures/{settle}/orders, POST futures/{settle}/batch_orders,
    PUT futures/{settle}/orders/{order_id}, POST futures/{settle}/batch_amend_orders`,
    { FUTURES_ORDERS: 1 },
  ),
  ...each(
    `DELETE futures/{settle}/orders, DELETE futures/{settle}/orders/{order_id},
    POST futures/{settle}/batch_cancel_orders`,
    { FUTURES_CANCELS: 1 },
  ),
  ...each('POST delivery/{settle}/orders', { DELIVERY_ORDERS: 1 }),
  ...each('DELETE delivery/{settle}/orders, DELETE delivery/{settle}/orders/{order_id}', {
    DELIVERY_CANCELS: 1,
  }),
  ...each('POST options/orders, PUT options/orders/{order_id}', { OPTIONS_ORDERS: 1 }),
  ...each('DELETE options/orders, DELETE options/orders/{order_id}', { OPTIONS_CANCELS: 1 }),
});

/** Requests over WebSockets by their channel, which count over REST as well. */
const CHANNELS: { readonly [path: string]: Costs } = {
  'POST /ws/spot.order_place': { WS_SPOT: 1, ...SPOT_ORDER },
  'POST /ws/spot.order_amend': { WS_SPOT: 1, ...SPOT_ORDER },
  'POST /ws/spot.order_cancel': { SPOT_CANCELS: 1 },
  'POST /ws/spot.order_cancel_ids': { SPOT_CANCELS: 1 },
  'POST /ws/spot.order_cancel_cp': { SPOT_CANCELS: 1 },
  'POST /ws/futures.order_place': { WS_FUTURES: 1, FUTURES_ORDERS: 1 },
  'POST /ws/futures.order_batch_place': { WS_FUTURES: 1, FUTURES_ORDERS: 1 },
  'POST /ws/futures.order_amend': { WS_FUTURES: 1, FUTURES_ORDERS: 1 },
  'POST /ws/futures.order_cancel': { WS_FUTURES: 1, FUTURES_CANCELS: 1 },
  'POST /ws/futures.order_cancel_ids': { WS_FUTURES: 1, FUTURES_CANCELS: 1 },
  'POST /ws/futures.order_cancel_cp': { WS_FUTURES: 1, FUTURES_CANCELS: 1 },
};

/**
 * Reads usage headers, which speak of the called endpoint or its pool without naming it. If a
 * request was charged under several rules, the headers mean those that have the limit they tell.
 */
const headers = (rules: readonly Rule[]): ViewReader<ReportedUsage> => {
  const limitOf = (id: string) => {
    const rule = rules.find(
      (one) => one.id === id || (one.id.endsWith('*') && id.startsWith(one.id.slice(0, -1))),
    );
    return rule && 'limit' in rule ? rule.limit : undefined;
  };
  return (read, _status, charged = []) => {
    const remaining = numberOf(read, 'x-gate-ratelimit-requests-remain');
    const limit = numberOf(read, 'x-gate-ratelimit-limit');
    if (remaining === undefined) return [];
    const meant = charged.length === 1 ? charged : charged.filter((id) => limitOf(id) === limit);
    return meant.map((rule) => ({ rule, remaining, limit, resetAt: resetAt(read, remaining) }));
  };
};

/** Returns the Unix time of the reset, which the header has only if nothing remains. */
function resetAt(read: HeaderView, remaining: number): number | undefined {
  const reset = read.get('x-gate-ratelimit-reset-timestamp');
  return remaining > 0 ? undefined : parseInstant(reset, Date.now());
}

/** 211 and 212 over WebSockets: too many requests, and too few fills. */
const TOO_MANY = ['TOO_MANY_REQUESTS', 'TOO_FAST', '211', '212'];

const isTooMany = (answer: unknown) => TOO_MANY.includes(String(fieldsOf(answer).label));

/**
 * Reads refusals: `{ label: 'TOO_MANY_REQUESTS' }` with status 429, `TOO_FAST` of withdrawals, or
 * labels of single orders of a batch.
 */
const body: BodyReader = (content) => {
  const fields = fieldsOf(content);
  const refused = refusedItems(listOf(fields), isTooMany);
  const isWhole = isTooMany(fields) || isTooMany(fieldsOf(fields.data).errs) || refused.all;
  if (!isWhole && !refused.some) return undefined;
  return { status: 429, partial: isWhole ? undefined : true };
};

/**
 * `{ header: { channel: 'spot.order_place', event: 'api', status: '200' ... }, data: { result } }`
 * or `data: { errs: { label, message } }`. The name of one field lacks an `e`.
 *
 * Source: Gate's documents on WebSockets for spot and futures (as stored in 2026).
 */
const message: MessageReader = ({ header }) => {
  const fields = fieldsOf(header);
  if (fields.event !== 'api' || !/\.order_/.test(String(fields.channel))) return undefined;
  return {
    status: Number(fields.status) || 400,
    headers: {
      date: httpDate(fields.response_time),
      'x-gate-ratelimit-requests-remain': fields.x_gate_ratelimit_requests_remain,
      'x-gate-ratelimit-limit': fields.x_gate_ratelimit_limit,
      'x-gate-ratelimit-reset-timestamp':
        fields.x_gat_ratelimit_reset_timestamp ?? fields.x_gate_ratelimit_reset_timestamp,
    },
  };
};

const SECOND = 1000;

const account = (id: string, limit: number, interval: number): Rule =>
  rollingWindow({ id, limit, interval, scope: 'account' });

/**
 * Gate, API version 4.
 *
 * Source: Gate API v4.106.88, "Frequency limit rule" (www.gate.com/docs/developers/apiv4,
 * 2026-05-27). Public endpoints are counted by IP, private ones by user or sub-account, each
 * endpoint by itself unless several share a pool. Whether windows are fixed or rolling is not
 * documented; a rolling window keeps to both. How a batch counts is not documented either: "r/s" is
 * read as requests, and usage headers correct it.
 *
 * Users whose orders are seldom filled are held to less for an hour, such as 10 orders in 10 s: a
 * refusal tells of it, and `with({ rules })` makes it known. From VIP 14 on, perpetuals go by the
 * fill ratio, `tier1` to `tier7`.
 *
 * Rules: pools (`SPOT_ORDERS:BTC_USDT`, `FUTURES_ORDERS`), `WS_SPOT` and `WS_FUTURES` for orders
 * over WebSockets, and families for each speed whose members are endpoints: `200/10s:GET
 * /api/v4/spot/accounts`, `ip:200/10s:GET /api/v4/spot/tickers`.
 */
export const gate: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'gate',
  rules: [
    rollingWindow({ id: 'ip:200/10s:*', limit: 200, interval: 10 * SECOND, scope: 'ip' }),
    account('SPOT_ORDERS:*', 10, SECOND),
    account('SPOT_CANCELS', 200, SECOND),
    account('FUTURES_ORDERS', 100, SECOND),
    account('FUTURES_CANCELS', 200, SECOND),
    account('DELIVERY_ORDERS', 500, 10 * SECOND),
    account('DELIVERY_CANCELS', 500, 10 * SECOND),
    account('OPTIONS_ORDERS', 200, SECOND),
    account('OPTIONS_CANCELS', 200, SECOND),
    account('WS_SPOT', 10, SECOND),
    account('WS_FUTURES', 100, SECOND),
    ...[200, 150, 80, 15, 1].map((limit) => account(`${limit}/10s:*`, limit, 10 * SECOND)),
    account('1/3s:*', 1, 3 * SECOND),
  ],
  tiers: Object.fromEntries(
    [100, 150, 200, 250, 300, 350, 400].map((limit, i) => [
      `tier${i + 1}`,
      { FUTURES_ORDERS: limit },
    ]),
  ),
  headers,
  body,
  message,
  costs: () => ({
    // The slowest speed that many endpoints have.
    default: { '80/10s:{endpoint}': 1 },
    endpoints: {
      ...costsPerEndpoint([{ family: 'ip:200/10s:', endpoints: endpointsOf(PUBLIC, START) }], {}),
      ...costsPerEndpoint(groupsOf(PRIVATE, START), {}),
      ...bothWays(),
      ...orders(),
      ...CHANNELS,
    },
  }),
}));

function bothWays() {
  return Object.fromEntries(
    endpointsOf(PUBLIC_AND_PRIVATE, START).map((endpoint) => {
      const name = endpoint.replaceAll(/[{}]/g, '');
      return [endpoint, { [`ip:200/10s:${name}`]: 1, [`150/10s:${name}`]: 1 }];
    }),
  );
}
