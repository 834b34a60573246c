import { type ReportedUsage, rollingWindow, tokenBucket } from '../../index.js';
import type { ViewReader } from '../../shared/header-view.js';
import { numberOf } from '../../shared/headers.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf } from '../answers/body.js';
import { endpointsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';

const START = '/api/v1/';

/** Endpoints that need no key. */
const PUBLIC = `
  GET announcement, GET chat, GET chat/channels, GET chat/connected, GET chat/pinned, GET funding,
  GET insurance, GET instrument, GET instrument/active, GET instrument/activeAndIndices,
  GET instrument/activeIntervals, GET instrument/compositeIndex, GET instrument/indices,
  GET instrument/usdVolume, GET leaderboard, GET liquidation, GET orderBook/L2, GET quote,
  GET quote/bucketed, GET schema, GET schema/websocketHelp, GET settlement, GET stats,
  GET stats/history, GET stats/historyUSD, GET trade, GET trade/bucketed, GET wallet/assets,
  GET wallet/networks
`;

/** Endpoints of the second layer. */
const BY_SECOND = `
  POST order, PUT order, DELETE order, POST order/bulk, PUT order/bulk, DELETE order/all,
  POST position/isolate, POST position/leverage, POST position/transferMargin
`;

/** All others: each request counts as one, whatever it asks for. */
const OTHERS = ['GET', 'POST', 'PUT', 'DELETE'].flatMap((method) => [
  `${method} {section}`,
  `${method} {section}/{name}`,
]);

/** Returns costs by endpoint, with equal costs for all endpoints of a list. */
const each = (list: string, costs: { readonly [ruleId: string]: number }) =>
  Object.fromEntries(endpointsOf(list, START).map((endpoint) => [endpoint, costs]));

/** The limit of requests without a key. */
const WITHOUT_KEY = 30;

/**
 * Returns the remaining requests of the first layer, whose limit tells whether the request was
 * signed, and of the second one. The reset is left out: it is when the bucket is full.
 */
const headers: ViewReader<ReportedUsage> = (headers, _status, rules) => {
  const remaining = numberOf(headers, 'x-ratelimit-remaining');
  const limit = numberOf(headers, 'x-ratelimit-limit');
  const ofSecond = numberOf(headers, 'x-ratelimit-remaining-1s');
  const rule = (limit ?? Number.POSITIVE_INFINITY) <= WITHOUT_KEY ? 'PUBLIC' : 'MINUTE';
  return [
    ...(remaining === undefined ? [] : [{ rule, remaining, limit }]),
    ...(ofSecond === undefined ? [] : [{ rule: 'SECOND', remaining: ofSecond }]),
  ].filter(({ rule }) => rules?.includes(rule) ?? true);
};

/**
 * Reads refusals, which have status 429: `{ error: { name: 'RateLimitError', message: 'Rate limit
 * exceeded, retry in 2 seconds.' } }`.
 */
const body: BodyReader = (content) => {
  const { name, message } = fieldsOf(fieldsOf(content).error);
  if (name !== 'RateLimitError') return undefined;
  const seconds = /retry in (\d{1,6}) seconds?/i.exec(String(message))?.[1];
  return {
    status: 429,
    retryAfter: seconds === undefined ? undefined : Number(seconds) * 1000,
  };
};

/**
 * BitMEX.
 *
 * Sources: BitMEX blog, "Updates to Rate Limits" (120 requests a minute by user and 30 without a
 * key), "Second Layer Rate Limits" (2020-12-11: 10 a second for orders and positions, and an hour
 * of ban for many refusals) and its CTO in 2020: the first layer is a bucket. nautilus_trader
 * (2026-07) has the same figures. Whether the second is counted in fixed or rolling windows is not
 * documented; a rolling window keeps to both. Responses with 503 ("overloaded") count as well.
 *
 * A request to a public endpoint counts by IP if it is not signed, and by user if it is: it is
 * charged under both. If all of them are signed, `with({ limits: { PUBLIC: 120 } })` lifts the
 * lower limit.
 */
export const bitmex: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'bitmex',
  rules: [
    tokenBucket({ id: 'MINUTE', capacity: 120, refillRate: 2 / 1000, scope: 'account' }),
    tokenBucket({ id: 'PUBLIC', capacity: WITHOUT_KEY, refillRate: 0.5 / 1000, scope: 'ip' }),
    rollingWindow({ id: 'SECOND', limit: 10, interval: 1000, scope: 'account' }),
  ],
  headers: () => headers,
  body,
  // Many refusals lead to a ban.
  pauses: 'all',
  costs: () => ({
    default: { MINUTE: 1 },
    endpoints: {
      ...each(PUBLIC, { MINUTE: 1, PUBLIC: 1 }),
      ...each(BY_SECOND, { MINUTE: 1, SECOND: 1 }),
      ...each(OTHERS.join(', '), { MINUTE: 1 }),
    },
  }),
}));
