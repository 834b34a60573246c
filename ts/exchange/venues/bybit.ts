import { type ReportedUsage, rollingWindow } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { ViewReader } from '../../shared/header-view.js';
import { numberOf } from '../../shared/headers.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { httpDate, type MessageReader } from '../answers/message.js';
import {
  costsPerEndpoint,
  type EndpointGroup,
  endpointsOf,
  grantable,
  groupsOf,
} from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { BY_IP_ALONE, OLDER, SPEEDS } from './bybit-endpoints.js';

/**
 * Orders are counted by endpoint and market. Each order of a batch counts, apart from single ones;
 * a batch of options counts as one request.
 */
const orderGroups = (): EndpointGroup[] => {
  const batch: Cost = { byValue: ['category', { option: 1 }], perItem: ['request', 1] };
  const posts = (names: string) => endpointsOf(names, '/v5/order/');
  return [
    { family: '{category=linear}:', endpoints: posts('POST create, POST cancel, POST pre-check') },
    // Amending spot orders is slower, and so is cancelling all of options.
    { family: '{amend=linear}:', endpoints: posts('POST amend') },
    { family: '{cancelAll=linear}:', endpoints: posts('POST cancel-all') },
    {
      family: '{category=linear}:',
      endpoints: posts('POST create-batch, POST amend-batch, POST cancel-batch'),
      cost: batch,
    },
  ];
};

const MARKETS = ['spot:*', 'linear:*', 'inverse:*', 'option:*'];

/** Orders a second by market. */
const tier = (futures: number, option: number, spot: number) => ({
  'linear:*': futures,
  'inverse:*': futures,
  'option:*': option,
  'spot:*': spot,
});

/**
 * Usage headers speak of the called endpoint without naming it: they belong to the rule that the
 * request was charged under beside the IP's.
 */
const headers: ViewReader<ReportedUsage> = (headers, _status, rules) => {
  const rule = rules?.find((id) => id !== 'IP');
  const remaining = numberOf(headers, 'x-bapi-limit-status');
  const limit = numberOf(headers, 'x-bapi-limit');
  return rule === undefined || remaining === undefined ? [] : [{ rule, remaining, limit }];
};

/**
 * Reads refusals. Too many requests to one endpoint are code 10006 in a response of status 200, for
 * orders of a batch one by one in `retExtInfo.list`. Too many of the IP are status 403, or 10018.
 * Over a WebSocket there are also 10403, more than 3000 requests a second of the IP, and 10429, to
 * protect the system.
 */
const body: BodyReader = (content, status) => {
  const { retCode, retMsg, retExtInfo } = fieldsOf(content);
  const { list } = fieldsOf(retExtInfo);
  // Nearly all bodies are no refusals.
  if (retCode === 0 && list === undefined && status !== 403) return undefined;
  const code = String(retCode);
  if (code === '10403' || code === '10429') return { status: 429 };
  const orders = listOf(list).map((order) => String(fieldsOf(order).code));
  const refused = refusedItems(orders, (one) => one === TOO_MANY_VISITS);
  const isWhole = code === TOO_MANY_VISITS || refused.all;
  if (isWhole || refused.some)
    return { status: 429, partial: isWhole ? undefined : true, of: (id) => id !== 'IP' };
  const texts = [content, retMsg].filter((text) => typeof text === 'string');
  const isBanned = status === 403 && texts.some((text) => /access too frequent/i.test(text));
  // "wait for at least 10 minutes"
  return isBanned || code === '10018' ? { status: 418, retryAfter: 600_000 } : undefined;
};

const TOO_MANY_VISITS = '10006';

/**
 * `{ reqId, op: 'order.create', retCode, data, header: { 'X-Bapi-Limit-Status', Timenow... } }`.
 *
 * Source: bybit-exchange.github.io/docs/v5/websocket/trade/guideline, as stored in 2026.
 */
const message: MessageReader = ({ op, retCode, header }) => {
  if (typeof op !== 'string' || !op.startsWith('order.') || typeof retCode !== 'number')
    return undefined;
  const headers = { ...fieldsOf(header), date: httpDate(fieldsOf(header).Timenow) };
  return { status: retCode === 0 ? 200 : 400, headers };
};

/**
 * Bybit v5.
 *
 * Source: bybit-exchange/docs, docs/v5/rate-limit (2026-07-24): 600 requests in any 5 s by IP; by
 * user and endpoint in any second what its table says of a unified account. Batches have a limit of
 * their own, of which each order counts; of a batch that is longer than what is left the exchange
 * accepts a part, so none is charged more than the limit. Tiers: "API Rate Limit Rules For VIPs",
 * and for PROs the limit of one user (rules-for-pros, 2025-08-13).
 *
 * Rules: `IP`, and families for each speed whose members are endpoints: `50/s:GET
 * /v5/position/list`, `linear:POST /v5/order/create`.
 */
export const bybit: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'bybit',
  rules: [
    rollingWindow({ id: 'IP', limit: 600, interval: 5000 }),
    ...Object.entries(tier(10, 10, 20)).map(([id, limit]) =>
      rollingWindow({ id, limit, interval: 1000, scope: 'account' }),
    ),
    ...[450, 300, 200, 100, 50, 30, 25, 20, 10, 5, 3, 1].map((limit) =>
      rollingWindow({ id: `${limit}/s:*`, limit, interval: 1000, scope: 'account' }),
    ),
    ...[600, 300, 100, 60, 20, 10].map((limit) =>
      rollingWindow({ id: `${limit}/min:*`, limit, interval: 60_000, scope: 'account' }),
    ),
  ],
  tiers: {
    default: tier(10, 10, 20),
    vip1: tier(20, 20, 25),
    vip2: tier(40, 40, 30),
    vip3: tier(60, 60, 40),
    vip4: tier(60, 60, 40),
    vip5: tier(60, 60, 40),
    supreme: tier(60, 60, 40),
    pro1: tier(200, 200, 200),
    pro2: tier(400, 400, 400),
    pro3: tier(600, 600, 600),
    pro4: tier(800, 800, 800),
    pro5: tier(1000, 1000, 1000),
    pro6: tier(1200, 1200, 1200),
  },
  headers: () => headers,
  body,
  message,
  costs: (rules) => ({
    // The slowest speed that Bybit gives by the second, for each unknown endpoint by itself.
    default: { IP: 1, '1/s:{endpoint}': 1 },
    defaults: { 'GET /v5/market/': { IP: 1 } },
    derived: { amend: ['category', '^spot$', '10/s'], cancelAll: ['category', '^option$', '1/s'] },
    most: grantable(rules, MARKETS),
    endpoints: {
      ...Object.fromEntries(
        endpointsOf(BY_IP_ALONE, '/v5/').map((endpoint) => [endpoint, { IP: 1 }]),
      ),
      ...costsPerEndpoint(
        [...groupsOf(OLDER, '/'), ...groupsOf(SPEEDS, '/v5/'), ...orderGroups()],
        {
          IP: 1,
        },
      ),
    },
  }),
}));
