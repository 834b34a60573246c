import { rollingWindow, tokenBucket } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { endpointsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';

/** Public endpoints, which cost nothing by Kraken's word. */
const PUBLIC = `
  GET derivatives/api/v3/feeschedules, GET derivatives/api/v3/instruments,
  GET derivatives/api/v3/instruments/status, GET derivatives/api/v3/instruments/{symbol}/status,
  GET derivatives/api/v3/orderbook, GET derivatives/api/v3/tickers,
  GET derivatives/api/v3/tickers/{symbol}, GET derivatives/api/v3/history,
  GET derivatives/api/{version}/historicalfundingrates,
  GET api/charts/v1/{price_type}/{symbol}/{interval}, GET api/charts/v1/analytics/{name},
  GET api/history/{version}/market/{symbol}/orders,
  GET api/history/{version}/market/{symbol}/executions,
  GET api/history/{version}/market/{symbol}/price
`;

const TRADING: { readonly [cost: string]: string } = {
  1: 'POST orders/status, GET orders/status',
  2: `
    GET accounts, GET openpositions, GET openorders, GET leveragepreferences, GET pnlpreferences,
    GET self-trade-strategy, PUT self-trade-strategy, GET subaccount/{uid}/trading-enabled,
    PUT subaccount/{uid}/trading-enabled
  `,
  10: `
    POST sendorder, POST editorder, POST cancelorder, POST transfer, POST transfer/subaccount,
    PUT leveragepreferences, PUT pnlpreferences
  `,
  25: 'POST cancelallorders, POST cancelallordersafter',
  100: 'POST withdrawal',
  200: 'GET unwindqueue',
};

/** Endpoints whose cost is not documented: they count as an order. */
const UNDOCUMENTED = `
  GET feeschedules/volumes, GET notifications, GET recentorders, GET transfers,
  GET assignmentprogram/current, GET assignmentprogram/history, POST assignmentprogram/add,
  POST assignmentprogram/delete, GET subaccounts, GET rfq-assignment/max-leverage,
  PUT rfq-assignment/max-leverage, DELETE rfq-assignment/max-leverage
`;

/** 9 and 1 for each instruction: the parameter `batchOrder`, or that of the form field `json`. */
const BATCH: Cost = {
  given: {
    batchOrder: { plus: 9, perItem: ['batchOrder', 1] },
    json: { plus: 9, perItem: ['json.batchOrder', 1] },
  },
  // Ten instructions, as in the example of the documents, where a batch cannot be read.
  default: 19,
};

/** By the number of entries that are asked for, 500 if none is. */
const ACCOUNT_LOG: Cost = {
  byAmount: [
    'count',
    [
      [25, 1],
      [50, 2],
      [1000, 3],
      [5000, 6],
      [Number.MAX_SAFE_INTEGER, 10],
    ],
  ],
  default: 3,
};

/** Returns costs under one rule by endpoint, with equal costs for all endpoints of a list. */
const under = (rule: string, cost: Cost, list: string, start: string) =>
  Object.fromEntries(endpointsOf(list, start).map((endpoint) => [endpoint, { [rule]: cost }]));

const START = '/derivatives/api/v3/';
const HISTORY = '/api/history/{version}/';

/**
 * Reads refusals: `{ result: 'error', error: 'apiLimitExceeded' }`, which come with status 200, and
 * `{ errors: [{ message: 'apiLimitExceeded' }] }`.
 */
const body: BodyReader = (content) => {
  const { error, errors } = fieldsOf(content);
  const texts = [error, ...listOf(errors).map((one) => fieldsOf(one).message)];
  return texts.some((text) => /^apiLimitExceeded$/i.test(String(text)))
    ? { status: 429 }
    : undefined;
};

/**
 * Kraken Futures.
 *
 * Source: docs.kraken.com, "Derivatives Rate Limits" (2026-05-27, and the copy of
 * docs.kraken.com/exchange/guides/futures/ratelimits of 2026, which agrees). `/derivatives` has 500
 * of cost every 10 s; whether the window is fixed or rolling is not documented, and a rolling
 * window keeps to both. `/history` has a pool of 100 that refills by 100 in 10 minutes. Public
 * endpoints cost nothing; they are charged 0 under `DERIVATIVES`, so a refusal pauses them too.
 * Limits are taken to go by account, which is not documented either. Private endpoints of no
 * documented cost count as an order, 10, and those of `/history` as the longest account log, 10.
 *
 * Over WebSockets 100 requests a second are accepted; orders cannot be sent that way.
 */
export const krakenFutures: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'krakenFutures',
  rules: [
    rollingWindow({ id: 'DERIVATIVES', limit: 500, interval: 10_000, scope: 'account' }),
    tokenBucket({ id: 'HISTORY', capacity: 100, refillRate: 100 / 600_000, scope: 'account' }),
    rollingWindow({ id: 'WS_MESSAGES', limit: 100, interval: 1000, scope: 'ip' }),
  ],
  // None are documented.
  headers: () => () => [],
  body,
  costs: () => ({
    default: { DERIVATIVES: 10 },
    defaults: { '/api/history/': { HISTORY: 10 } },
    endpoints: {
      ...under('DERIVATIVES', 0, PUBLIC, '/'),
      ...Object.fromEntries(
        Object.entries(TRADING).flatMap(([cost, list]) =>
          Object.entries(under('DERIVATIVES', Number(cost), list, START)),
        ),
      ),
      ...under('DERIVATIVES', 10, UNDOCUMENTED, START),
      ...under('DERIVATIVES', { given: { lastFillTime: 25 }, default: 2 }, 'GET fills', START),
      ...under('DERIVATIVES', BATCH, 'POST batchorder', START),
      ...under('HISTORY', 1, 'GET orders, GET executions, GET triggers', HISTORY),
      ...under('HISTORY', 6, 'GET accountlogcsv', HISTORY),
      ...under('HISTORY', ACCOUNT_LOG, 'GET account-log', HISTORY),
      // Its cost is not documented.
      ...under('HISTORY', 10, 'GET positions', HISTORY),
      'POST /ws': { WS_MESSAGES: 1 },
    },
  }),
}));
