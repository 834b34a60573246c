import { type Rule, rollingWindow, tokenBucket } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf } from '../answers/body.js';
import { httpDate, type MessageReader } from '../answers/message.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { ENGINE, PRIVATE, PUBLIC, QUOTES, SUBSCRIPTIONS } from './deribit-methods.js';

type Costs = { readonly [ruleId: string]: Cost };

/** Path of all methods, over HTTP and over a WebSocket. */
const START = '/api/v2/';

/**
 * Returns costs by endpoint for a list of methods: a request of its own (`GET`), and a call by
 * JSON-RPC (`RPC`).
 */
const methods = (group: 'public' | 'private', list: string, costs: Costs, byRpc: Costs = costs) =>
  Object.fromEntries(
    list
      .trim()
      .split(/,\s+/)
      .flatMap((name) => [
        [`GET ${START}${group}/${name}`, costs],
        [`RPC ${START}${group}/${name}`, byRpc],
      ]),
  );

/** A call of a public method counts by account if its connection is signed in, else by IP. */
const EITHER: Costs = { PUBLIC: 1, OTHER: 1 };

/** Time after which the queue of the matching engine is tried again, in milliseconds. */
const QUEUE_WAIT = 1000;

/** `too_many_requests`, and `too_many_concurrent_requests` of public methods. */
const TOO_MANY = ['10028', '10066'];

/**
 * Reads refusals: `{ error: { code: 10028, message: 'too_many_requests' } }`, after which Deribit
 * closes the session. 10047 is a full queue of the matching engine.
 */
const body: BodyReader = (content) => {
  const code = String(fieldsOf(fieldsOf(content).error).code);
  if (TOO_MANY.includes(code)) return { status: 429 };
  if (code !== '10047') return undefined;
  return { status: 429, retryAfter: QUEUE_WAIT, of: (id) => /^(ENGINE|QUOTES)/.test(id) };
};

/**
 * `{ jsonrpc, id, result, usIn, usOut }`, or `error: { code, message }` in place of the result; an
 * event has a `method` and no id. The time of the answer is in microseconds.
 */
const message: MessageReader = ({ jsonrpc, method, result, error, usOut }) => {
  const isAnswer = result !== undefined || error !== undefined;
  if (jsonrpc === undefined || method !== undefined || !isAnswer) return undefined;
  return { status: error === undefined ? 200 : 400, headers: { date: httpDate(usOut) } };
};

const bucket = (
  id: string,
  capacity: number,
  perSecond: number,
  scope: 'ip' | 'account' = 'account',
): Rule => tokenBucket({ id, capacity, refillRate: perSecond / 1000, scope });

const engine = (capacity: number, perSecond: number) => ({
  ENGINE: { capacity, refillRate: perSecond / 1000 },
});

/**
 * Deribit.
 *
 * Source: docs.deribit.com/articles/rate-limits and support.deribit.com, "Rate Limits" (as stored
 * in 2025 and 2026). Requests cost credits that refill evenly; the rules count requests, each for
 * its credits: 500 of 50 000, refilled by 10 000 a second, are a bucket of 100 and 20 a second.
 * Limits go by sub-account, over HTTP, WebSockets and FIX alike, and by IP for requests that are
 * not signed. When the credits are used up the session is closed.
 *
 * Methods of the matching engine have a bucket of their own by the volume of 7 days, `tier1` (above
 * 25 million USD) to `tier4` (where everybody begins); tiers are set each hour.
 * `private/get_account_summary` with `extended` tells the own figures in `limits`:
 *
 * ```js
 * const { rate, burst } = limits.matching_engine.trading.total;
 * throttler.updateRule('ENGINE', { capacity: burst, refillRate: rate / 1000 });
 * ```
 *
 * Subscriptions, `get_instruments`, `get_transaction_log` and `move_positions` have limits of their
 * own. Those of the last two are not in the copies, nor are those of quotes: 1 a second, 6 a minute
 * and the lowest tier are careful.
 */
export const deribit: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'deribit',
  rules: [
    bucket('ENGINE', 20, 5),
    bucket('QUOTES', 20, 5),
    bucket('OTHER', 100, 20),
    bucket('PUBLIC', 100, 20, 'ip'),
    bucket('SUBSCRIBE', 10, 10 / 3),
    bucket('INSTRUMENTS', 50, 1, 'ip'),
    rollingWindow({ id: 'TRANSACTION_LOG', limit: 1, interval: 1000, scope: 'account' }),
    rollingWindow({ id: 'MOVE_POSITIONS', limit: 6, interval: 60_000, scope: 'account' }),
  ],
  tiers: {
    tier1: engine(100, 30),
    tier2: engine(50, 20),
    tier3: engine(30, 10),
    tier4: engine(20, 5),
  },
  // None are documented.
  headers: () => () => [],
  body,
  message,
  costs: () => ({
    default: { OTHER: 1, ENGINE: 1 },
    defaults: {
      [`GET ${START}public/`]: { PUBLIC: 1 },
      [`RPC ${START}public/`]: EITHER,
    },
    calls: {
      [`POST ${START.slice(0, -1)}`]: `RPC ${START}{method}`,
      [`POST ${START}public/{name}`]: `RPC ${START}{method}`,
      [`POST ${START}private/{name}`]: `RPC ${START}{method}`,
      'POST /ws/api/v2': `RPC ${START}{method}`,
    },
    endpoints: {
      ...methods('public', PUBLIC, { PUBLIC: 1 }, EITHER),
      ...methods(
        'public',
        'get_instruments',
        { PUBLIC: 1, INSTRUMENTS: 1 },
        { ...EITHER, INSTRUMENTS: 1 },
      ),
      ...methods('public', SUBSCRIPTIONS, { PUBLIC: 1, SUBSCRIBE: 1 }, { ...EITHER, SUBSCRIBE: 1 }),
      ...methods('private', SUBSCRIPTIONS, { OTHER: 1, SUBSCRIBE: 1 }),
      ...methods('private', PRIVATE, { OTHER: 1 }),
      ...methods('private', 'get_transaction_log', { OTHER: 1, TRANSACTION_LOG: 1 }),
      ...methods('private', ENGINE, { ENGINE: 1 }),
      ...methods('private', 'move_positions', { ENGINE: 1, MOVE_POSITIONS: 1 }),
      ...methods('private', QUOTES, { QUOTES: 1 }),
    },
  }),
}));
