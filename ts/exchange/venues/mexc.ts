import { type Rule, rollingWindow } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { costsPerEndpoint, endpointsOf, groupsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { PRIVATE_FUTURES, PUBLIC_FUTURES, SPOT } from './mexc-endpoints.js';

const SECOND = 1000;

type Costs = { readonly [ruleId: string]: Cost };

/** Orders, which have limits of the account beside their weight. */
const SPOT_ORDERS: { readonly [endpoint: string]: Costs } = {
  'POST /api/v3/order': { IP: 1, 'UID:POST order': 1, ORDERS: 1 },
  'POST /api/v3/order/test': { IP: 1, 'UID:POST order/test': 1 },
  'DELETE /api/v3/order': { IP: 1, 'UID:DELETE order': 1, ORDERS: 1 },
  'DELETE /api/v3/order/all': { IP: 1, ORDERS: 1 },
  'DELETE /api/v3/openOrders': { IP: 1, ORDERS: 1 },
  // 1 on the page, 10 in ccxt.
  'POST /api/v3/batchOrders': { IP: 10, 'UID:POST batchOrders': 10, BATCHES: 1 },
  // On the page 2 requests a second beside the weight.
  'GET /api/v3/account': { IP: 10, ACCOUNT: 1 },
  // On the page 1 with a symbol and 40 without, in ccxt 25.
  'GET /api/v3/ticker/24hr': { IP: { noSymbol: 40, default: 25 } },
};

const spot = () =>
  Object.fromEntries(
    Object.entries(SPOT).flatMap(([weight, list]) =>
      endpointsOf(list, '/api/v3/').map((endpoint) => [endpoint, { IP: Number(weight) }]),
    ),
  );

const publicFutures = () =>
  groupsOf(PUBLIC_FUTURES, '/api/v1/').map((group) => ({ ...group, family: `ip:${group.family}` }));

/** Codes of refusals: 510 of futures, with status 200, and 429. */
const TOO_MANY = ['510', '429'];

/** Pause after the firewall has blocked an address, in milliseconds. */
const FIREWALL = 60_000;

/**
 * Reads refusals: `{ success: false, code: 510 }` of futures, `code: 429`, or codes of single
 * orders of a batch. A 403 without a code is of the firewall, before the API.
 */
const body: BodyReader = (content, status) => {
  const fields = fieldsOf(content);
  if (status === 403 && fields.code === undefined) return { status: 418, retryAfter: FIREWALL };
  const isTooMany = (answer: unknown) => TOO_MANY.includes(String(fieldsOf(answer).code));
  const refused = refusedItems(listOf(fields), isTooMany);
  const isWhole = isTooMany(fields) || refused.all;
  if (!isWhole && !refused.some) return undefined;
  // Futures are another system, whose refusals do not lead to a ban of spot.
  const isOfFutures = String(fields.code) === '510';
  return {
    status: 429,
    partial: isWhole ? undefined : true,
    pauses: isOfFutures ? 'charged' : undefined,
  };
};

const account = (id: string, limit: number, interval: number): Rule =>
  rollingWindow({ id, limit, interval, scope: 'account' });

/**
 * MEXC, spot and futures.
 *
 * Sources of spot: its page of 2025-08-08 gives each endpoint 500 of weight in 10 s of its own, by
 * IP or by user. Copies of a newer page of 2026 by others have 300 by IP, and 12 orders and cancels
 * a second together; ccxt 4.5.90 has 200 in 10 s for all. Nobody's figure for all endpoints of an
 * IP could be confirmed; the careful reading is taken: 300 for all together. Going on after a 429
 * leads to a ban of the IP of 2 minutes to 3 days (418); both come with `Retry-After`.
 *
 * Source of futures: its page of 2025-04-17, 20 requests in 2 s for most endpoints, each by itself,
 * and ccxt 4.5.90 for those that are slower. Whether windows are fixed or rolling is not
 * documented; a rolling window keeps to both. Orders of a batch count as one request.
 *
 * Rules: `IP`, `ORDERS`, `BATCHES`, `ACCOUNT` and `UID:*` of spot, and families of futures for each
 * speed whose members are endpoints: `20/2s:POST /api/v1/private/order/create`, `ip:20/2s:GET
 * /api/v1/contract/ticker`.
 */
export const mexc: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'mexc',
  rules: [
    rollingWindow({ id: 'IP', limit: 300, interval: 10 * SECOND, scope: 'ip' }),
    account('UID:*', 500, 10 * SECOND),
    account('ORDERS', 12, SECOND),
    account('BATCHES', 2, SECOND),
    account('ACCOUNT', 2, SECOND),
    ...[20, 5, 4, 1].map((limit) => account(`${limit}/2s:*`, limit, 2 * SECOND)),
    rollingWindow({ id: 'ip:20/2s:*', limit: 20, interval: 2 * SECOND, scope: 'ip' }),
    rollingWindow({ id: 'ip:1/5s:*', limit: 1, interval: 5 * SECOND, scope: 'ip' }),
  ],
  // None are documented.
  headers: () => () => [],
  body,
  pauses: 'all',
  costs: () => ({
    // The highest weight that several endpoints have.
    default: { IP: 20 },
    defaults: {
      '/api/v1/': { '1/2s:{endpoint}': 1 },
      // Version 2 of spot, which has been replaced.
      '/open/api/v2/': { '1/2s:{endpoint}': 1 },
    },
    endpoints: {
      ...spot(),
      ...SPOT_ORDERS,
      ...costsPerEndpoint([...publicFutures(), ...groupsOf(PRIVATE_FUTURES, '/api/v1/')], {}),
    },
  }),
}));
