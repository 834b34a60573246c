import { type Rule, rollingWindow } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf, listOf } from '../answers/body.js';
import type { MessageReader } from '../answers/message.js';
import type { CostTable } from '../costs/cost-table.js';
import { defaultJitter } from '../costs/exchange-info.js';
import { costsPerEndpoint, groupsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { PAGES, WITHOUT_PAGE } from './okx-endpoints.js';

const START = '/api/v5/';

/**
 * By user and instrument, of options by family; a batch apart from single orders, each order in it
 * counting. A batch of one is a single order.
 */
const orders = (single: string, batch: string): CostTable['endpoints'] => {
  const perOrder: Cost = { perItem: ['orders', 1] };
  const [one, many] = [`POST ${START}trade/${single}`, `POST ${START}trade/${batch}`];
  const ofOne = `60/2s:${one}:{instrument}`;
  return {
    [one]: { [ofOne]: 1 },
    [many]: {
      [ofOne]: { batch: ['orders', 1, 1], ...perOrder },
      [`300/2s:${many}:{instrument}`]: {
        batch: ['orders', 2, Number.POSITIVE_INFINITY],
        ...perOrder,
      },
    },
  };
};

/** Spot and margin: `BTC-USDT`. All other instruments have more parts. */
const SPOT = '^[^-]+-[^-]+$';

/** Adds the cost by account of new and amended orders, from which spot and margin are exempt. */
const ofAccount = (endpoints: CostTable['endpoints']): CostTable['endpoints'] =>
  Object.fromEntries(
    Object.entries(endpoints).map(([endpoint, costs]) => [
      endpoint,
      { ACCOUNT_ORDERS: { unless: ['instId', SPOT], perItem: ['orders', 1] }, ...costs },
    ]),
  );

const SECOND = 1000;
const UNITS: { readonly [unit: string]: number } = {
  s: SECOND,
  h: 3600 * SECOND,
  d: 86_400 * SECOND,
};

/** `10/2s`: so many in so long. */
const FAMILIES = `300/2s 100/2s 80/2s 60/2s 50/2s 40/2s 20/2s 10/2s 6/2s 5/2s 2/2s 10/1s 6/1s 5/1s 3/1s 2/1s 1/1s
  2/3s 1/2s 1/3s 1/5s 2/10s 1/10s 10/60s 2/60s 1/30s 1/1h 12/1d 5/1d 20/30d`;

/**
 * Public endpoints are counted by IP, all others by user: members of the longest beginning that
 * fits belong to it.
 */
const PUBLIC = [
  'GET /api/v5/market/',
  'GET /api/v5/public/',
  'GET /api/v5/rubik/',
  'GET /api/v5/system/',
];

const families = (): Rule[] =>
  FAMILIES.split(/\s+/).flatMap((name) => {
    const [, limit, count, unit = ''] = /^(\d+)\/(\d+)([shd])$/.exec(name) ?? [];
    const window = { limit: Number(limit), interval: Number(count) * (UNITS[unit] as number) };
    return [
      rollingWindow({ id: `${name}:*`, ...window, scope: 'account' }),
      ...PUBLIC.map((start) => rollingWindow({ id: `${name}:${start}*`, ...window })),
    ];
  });

/** Orders of an account in 2 s, by its fill ratio. */
const tier = (limit: number) => ({ ACCOUNT_ORDERS: limit });

/**
 * Reads refusals, which may come with status 200, and for single orders of a batch. 50011 and
 * 50040: too many requests to an endpoint. 50061: too many orders of the account.
 *
 * Code 1 of a batch says that all its orders failed, code 2 that some did. Only a batch whose
 * orders were all refused may be sent again.
 */
const body: BodyReader = (content) => {
  const { code, data } = fieldsOf(content);
  // Nearly no body has a refusal, and bodies with data are long.
  if (!isRefused(code) && !listOf(data).some(isRefusedOrder)) return undefined;
  const orders = listOf(data)
    .map((order) => fieldsOf(order).sCode)
    .filter((sCode) => sCode !== undefined)
    .map(String);
  const codes = [String(code), ...orders];
  const ofEndpoint = codes.some((one) => one === '50011' || one === '50040');
  const ofAccount = codes.includes('50061');
  const isWhole = orders.every(isRefused) && (isRefused(code) || String(code) === '1');
  return {
    status: 429,
    partial: isWhole ? undefined : true,
    of: (id) => (id === 'ACCOUNT_ORDERS' ? ofAccount : ofEndpoint),
  };
};

function isRefusedOrder(order: unknown): boolean {
  return isRefused(fieldsOf(order).sCode);
}

function isRefused(code: unknown): boolean {
  const text = String(code);
  return text === '50011' || text === '50040' || text === '50061';
}

/**
 * `{ id, op: 'order', code, msg, data: [{ sCode... }] }`; what has an `event` is of a subscription.
 * There is nothing about usage. Code 2: some of a batch.
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
 * Source: OKX's docs-v5 (copies of 2026-06 to 2026-08): each endpoint by itself, public ones by IP
 * and private ones by user, see `okx-endpoints.ts`. Placing, amending and cancelling: 60 requests
 * in 2 s by user and instrument, of options by family of instruments, 300 orders in batches; a
 * batch of one is a single order. Instruments that an account leads for copy traders are slower,
 * which an id does not tell: see {@link okxLeadRules}. "Sub-account rate limit": 1000 new or
 * amended orders in 2 s by account, batches by their orders; spot and margin are exempt ("Fill
 * ratio based sub-account rate limit"), as is an order whose `instId` has two parts. Tiers: the
 * same page, from VIP5 on. Whether windows are fixed or rolling is not said; a rolling window keeps
 * to both.
 *
 * Rules: `ACCOUNT_ORDERS`, and families for each speed whose members are endpoints: `20/2s:GET
 * /api/v5/market/ticker`, `60/2s:POST /api/v5/trade/order:BTC-USDT`.
 */
export const okx: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'okx',
  rules: [
    rollingWindow({ id: 'ACCOUNT_ORDERS', limit: 1000, interval: 2 * SECOND, scope: 'account' }),
    ...families(),
  ],
  tiers: {
    tier1: tier(1000),
    tier2: tier(1250),
    tier3: tier(1500),
    tier4: tier(1750),
    tier5: tier(2000),
    tier6: tier(2500),
    tier7: tier(3000),
    tier8: tier(10_000),
  },
  // No usage headers are documented.
  headers: () => () => [],
  body,
  message,
  costs: () => ({
    // The slowest speed that many endpoints have, for each unknown one by itself.
    default: { '2/2s:{endpoint}': 1 },
    // BTC-USD-261225-100000-C counts under BTC-USD.
    derived: { instrument: ['instId', '^(\\w+-\\w+)-\\d{6}-.+-[CP]$', '$1'] },
    endpoints: {
      ...costsPerEndpoint([...groupsOf(WITHOUT_PAGE, START), ...groupsOf(PAGES, START)], {}),
      ...ofAccount(orders('order', 'batch-orders')),
      ...ofAccount(orders('amend-order', 'amend-batch-orders')),
      ...orders('cancel-order', 'cancel-batch-orders'),
      'POST /api/v5/trade/order-algo': { [`20/2s:POST ${START}trade/order-algo:{instrument}`]: 1 },
      'POST /api/v5/asset/transfer': { '2/1s:POST /api/v5/asset/transfer:{ccy}': 1 },
      // 1 in 10 s on its page; 12 a day by ccxt 4.5.90.
      'POST /api/v5/account/bills-history-archive': {
        '1/10s:POST /api/v5/account/bills-history-archive': 1,
        '12/1d:POST /api/v5/account/bills-history-archive': 1,
      },
    },
  }),
}));

/**
 * Returns the rules of instruments that an account leads for copy traders ("lead trader lead
 * instruments"): 4 new and 4 amended orders in 2 s, single and in batches, and 1 algo order in 2 s,
 * by instrument. Only the account knows which these are. They are added to the rules of the
 * profile.
 *
 * @param instIds ids of instruments; of options the family, `BTC-USD`
 *
 * @example
 * const rules = [...okx.rules, ...okxLeadRules(['BTC-USDT-SWAP', 'ETH-USDT-SWAP'])];
 * const throttler = new MultiThrottler(rules, { headers: okx.headers });
 */
export function okxLeadRules(instIds: readonly string[]): Rule[] {
  return instIds.flatMap((instId) =>
    LED.map(([family, endpoint, limit]) =>
      rollingWindow({
        id: `${family}:POST ${START}trade/${endpoint}:${instId}`,
        limit,
        interval: 2 * SECOND,
        jitter: defaultJitter(2 * SECOND),
        scope: 'account',
      }),
    ),
  );
}

/** Endpoints that are slower for instruments which an account leads, with their families. */
const LED: readonly (readonly [family: string, endpoint: string, limit: number])[] = [
  ['60/2s', 'order', 4],
  ['300/2s', 'batch-orders', 4],
  ['60/2s', 'amend-order', 4],
  ['300/2s', 'amend-batch-orders', 4],
  ['20/2s', 'order-algo', 1],
];
