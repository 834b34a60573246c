import { fixedWindow, type ReportedUsage } from '../../index.js';
import type { ViewReader } from '../../shared/header-view.js';
import { numberOf } from '../../shared/headers.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { httpDate, type MessageReader } from '../answers/message.js';
import type { CostTable } from '../costs/cost-table.js';
import { endpointsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { POOLS, type Pools, UNIFIED_ACCOUNT, WITHOUT_SPEC } from './kucoin-endpoints.js';

type Endpoints = CostTable['endpoints'];

/** The endpoints of lists by pool and weight. */
const inPools = (pools: Pools, start: string): Endpoints =>
  Object.fromEntries(
    Object.entries(pools).flatMap(([pool, weights]) =>
      Object.entries(weights).flatMap(([weight, list]) =>
        endpointsOf(list, start).map((endpoint) => [endpoint, { [pool]: Number(weight) }]),
      ),
    ),
  );

const HOSTS = { spot: 'https://api.kucoin.com', futures: 'https://api-futures.kucoin.com' };

/**
 * Paths that spot and futures share, and what either charges. A path without its host tells nothing
 * of its pool, so it is charged under both, or what weighs more of one.
 */
const SHARED_PATHS: { readonly [endpoint: string]: readonly [spot: Weights, futures: Weights] } = {
  'GET /api/v1/timestamp': [{ PUBLIC: 3 }, { PUBLIC: 2 }],
  'GET /api/v1/status': [{ PUBLIC: 3 }, { PUBLIC: 4 }],
  'GET /api/v1/mark-price/{symbol}/current': [{ PUBLIC: 2 }, { PUBLIC: 3 }],
  'POST /api/v1/bullet-public': [{ PUBLIC: 10 }, { PUBLIC: 10 }],
  'POST /api/v1/bullet-private': [{ SPOT: 10 }, { FUTURES: 10 }],
  'POST /api/v1/orders': [{ SPOT: 2 }, { FUTURES: 2 }],
  'POST /api/v1/orders/test': [{ SPOT: 2 }, { FUTURES: 2 }],
  // The SDK gives no weight for version 1 of the futures' batch; the page has 20.
  'POST /api/v1/orders/multi': [{ SPOT: 3 }, { FUTURES: 20 }],
  'GET /api/v1/orders': [{ SPOT: 2 }, { FUTURES: 2 }],
  'GET /api/v1/orders/{orderId}': [{ SPOT: 2 }, { FUTURES: 5 }],
  'GET /api/v1/trade-fees': [{ SPOT: 3 }, { FUTURES: 3 }],
  'GET /api/v1/fills': [{ SPOT: 10 }, { FUTURES: 5 }],
  'DELETE /api/v1/orders/{orderId}': [{ SPOT: 3 }, { FUTURES: 1 }],
  'DELETE /api/v1/orders': [{ SPOT: 20 }, { FUTURES: 800 }],
};

interface Weights {
  readonly [pool: string]: number;
}

const sharedPaths = (): Endpoints =>
  Object.fromEntries(
    Object.entries(SHARED_PATHS).flatMap(([endpoint, [spot, futures]]) => {
      const pools = [...new Set([...Object.keys(spot), ...Object.keys(futures)])];
      const either = pools.map((pool) => [pool, Math.max(spot[pool] ?? 0, futures[pool] ?? 0)]);
      return [
        [endpoint, Object.fromEntries(either)],
        [endpoint.replace(' ', ` ${HOSTS.spot}`), spot],
        [endpoint.replace(' ', ` ${HOSTS.futures}`), futures],
      ];
    }),
  );

/** Order books whose weight goes by their size (ccxt 4.5.90), and what no other source has. */
const BOOKS: Endpoints = {
  'GET /api/v1/market/orderbook/level2_100': { PUBLIC: 4 },
  'GET /api/v1/level2/depth100': { PUBLIC: 10 },
};

/** Limits of a tier: those of the pools that are the same for all stay. */
const tier = (unified: number, spot: number, futures: number) => ({
  UNIFIED: unified,
  SPOT: spot,
  FUTURES: futures,
  MANAGEMENT: futures,
});

/**
 * The headers do not name the pool: they belong to the rule that the request was charged under. The
 * time until the pool is full again is counted down in milliseconds.
 */
const headers: ViewReader<ReportedUsage> = (headers, _status, rules) => {
  const [rule, ...others] = rules ?? [];
  const remaining = numberOf(headers, 'gw-ratelimit-remaining');
  const limit = numberOf(headers, 'gw-ratelimit-limit');
  const resetIn = numberOf(headers, 'gw-ratelimit-reset');
  if (rule === undefined || others.length > 0 || remaining === undefined) return [];
  return [{ rule, remaining, limit, resetIn }];
};

/** Codes of too many requests: of a pool, and two older ones that ccxt still knows. */
const TOO_MANY = ['429000', '200002', '1015'];

/** Texts of too many requests. Limits of other kinds, as of open orders, have other words. */
const TOO_MANY_TEXT = /too many requests|access frequency|too frequent|rate limit/i;

/**
 * Reads refusals, for orders of a batch one by one. Without usage headers 429000 is an overloaded
 * server, where waiting is right too.
 *
 * Orders of a futures batch have codes. Those of a spot batch have a text alone, `{ success: false,
 * failMsg }`, or in the older endpoint, which has its list one level deeper, `{ status: 'fail',
 * failMsg }`. A text is no proof that an order was not placed, so a batch that was refused in texts
 * counts as refused in part, also where each of its orders was.
 */
const body: BodyReader = (content) => {
  const { code, data } = fieldsOf(content);
  const list = Array.isArray(data) ? data : listOf(fieldsOf(data).data);
  const orders = list.map((order) => fieldsOf(order));
  const isRefused = (one: unknown) => TOO_MANY.includes(String(one));
  const refused = refusedItems(orders, (order) => isRefused(order.code));
  if (isRefused(code) || refused.all) return { status: 429 };
  const some = refused.some || orders.some(({ failMsg }) => TOO_MANY_TEXT.test(String(failMsg)));
  return some ? { status: 429, partial: true } : undefined;
};

/**
 * `{ id, op: 'spot.order', code, data, outTime, rateLimit: { limit, remaining, reset } }`, which is
 * `userRateLimit` in what others have recorded.
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
 * Limits and tiers: kucoin.com/docs-new/rate-limit (as stored in 2026). A window is opened by its
 * first request and lasts 30 s, of the unified account 3 s; private pools are counted by user, the
 * public one by IP. Pools and weights: KuCoin's SDK, see `kucoin-endpoints.ts`. The pool of brokers
 * has no figure on that page: it is taken to be as the others.
 */
export const kucoin: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'kucoin',
  rules: [
    ...Object.entries({
      SPOT: 4000,
      FUTURES: 2000,
      MANAGEMENT: 2000,
      EARN: 2000,
      COPY_TRADING: 2000,
      BROKER: 2000,
    }).map(([id, limit]) =>
      fixedWindow({ id, limit, interval: 30_000, anchor: 'first-request', scope: 'account' }),
    ),
    fixedWindow({ id: 'PUBLIC', limit: 2000, interval: 30_000, anchor: 'first-request' }),
    // 2000 in 30 s in an older version of the page.
    fixedWindow({
      id: 'UNIFIED',
      limit: 200,
      interval: 3000,
      anchor: 'first-request',
      scope: 'account',
    }),
  ],
  tiers: {
    vip0: tier(200, 4000, 2000),
    vip1: tier(200, 6000, 2000),
    vip2: tier(400, 8000, 4000),
    vip3: tier(500, 10_000, 5000),
    vip4: tier(600, 13_000, 6000),
    vip5: tier(700, 16_000, 7000),
    vip6: tier(800, 20_000, 8000),
    vip7: tier(1000, 23_000, 10_000),
    vip8: tier(1200, 26_000, 12_000),
    vip9: tier(1400, 30_000, 14_000),
    vip10: tier(1600, 33_000, 16_000),
    vip11: tier(1800, 36_000, 18_000),
    vip12: tier(2000, 40_000, 20_000),
  },
  headers: () => headers,
  body,
  message,
  costs: () => ({
    default: { SPOT: 20 },
    defaults: {
      '/api/ua/': { UNIFIED: 20 },
      '/api/v1/broker/': { BROKER: 10 },
      '/api/kyc/': { BROKER: 10 },
      '/api/v1/copy-trade/': { COPY_TRADING: 10 },
      '/api/v1/earn/': { EARN: 5 },
      '/api/v1/struct-earn/': { EARN: 5 },
      '/api/v1/sub/': { MANAGEMENT: 30 },
    },
    endpoints: {
      ...inPools(WITHOUT_SPEC, '/api/'),
      ...inPools(POOLS, '/api/'),
      ...inPools(UNIFIED_ACCOUNT, '/api/ua/'),
      ...BOOKS,
      ...sharedPaths(),
    },
  }),
}));
