import { concurrency, rollingWindow, tokenBucket } from '../../index.js';
import type { Cost, CostTerms } from '../../shared/cost.js';
import type { BodyReader, BodyVerdict } from '../../shared/verdict.js';
import type { AllowanceReader } from '../answers/allowance.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import type { MessageReader } from '../answers/message.js';
import { type ExchangeProfile, profile } from '../profile.js';

/** The list of each action that is a batch. */
const BATCHES = {
  order: 'action.orders',
  batchModify: 'action.modifies',
  cancel: 'action.cancels',
  cancelByCloid: 'action.cancels',
};

type Batch = keyof typeof BATCHES;

/** Returns a cost by the type of an action, with a cost of its own for each batch. */
function byAction(of: (batch: Batch) => Cost, other: number): CostTerms {
  const costs = (Object.keys(BATCHES) as Batch[]).map((batch) => [batch, of(batch)] as const);
  return { byValue: ['action.type', Object.fromEntries(costs)], default: other };
}

const isCancel = (batch: Batch) => BATCHES[batch] === 'action.cancels';

const perItem = (batch: Batch): Cost => ({ perItem: [BATCHES[batch], 1] });

/** By IP `1 + floor(n / 40)` for a batch of `n`. */
const byIp = () =>
  byAction((batch) => ({ plus: 1, perItem: [BATCHES[batch], 1, 40], default: 0 }), 1);

/** By address `n` for a batch of `n`. */
const byAddress = () => ({
  ADDRESS: byAction((batch) => (isCancel(batch) ? 0 : perItem(batch)), 1),
  ADDRESS_CANCELS: byAction((batch) => (isCancel(batch) ? perItem(batch) : 0), 0),
});

/** Requests whose answers weigh 1 more for each 20 items begun. */
const LISTS = [
  'recentTrades',
  'historicalOrders',
  'userFills',
  'userFillsByTime',
  'fundingHistory',
  'userFunding',
  'nonUserFundingUpdates',
  // The name by which `nonUserFundingUpdates` is asked for.
  'userNonFundingLedgerUpdates',
  'twapHistory',
  'userTwapSliceFills',
  'userTwapSliceFillsByTime',
  'delegatorHistory',
  'delegatorRewards',
  'validatorStats',
];

const LIGHT = [
  'l2Book',
  'allMids',
  'clearinghouseState',
  'orderStatus',
  'spotClearinghouseState',
  'exchangeStatus',
];

const info = (): Cost => ({
  byValue: [
    'type',
    {
      ...Object.fromEntries(LIGHT.map((type) => [type, 2])),
      userRole: 60,
      // At most 2000 items are documented of fills and orders, fewer of others.
      ...Object.fromEntries(
        LISTS.map((type) => [type, { default: 20, answer: { cost: 1, every: 20, most: 2000 } }]),
      ),
      // At most 5000 candles. 4 in ccxt, from a trial.
      candleSnapshot: { default: 20, answer: { cost: 1, every: 60, most: 5000 } },
    },
  ],
  default: 20,
});

/** `blockList` weighs 1 more for each block. The number of blocks is not documented. */
const EXPLORER: Cost = {
  byValue: ['type', { blockList: { default: 40, answer: { cost: 1, every: 1, most: 1000 } } }],
  default: 40,
};

/**
 * Time in milliseconds from the grant of a request to the instant at which all of its weight
 * counts. That of a list may count when its answer has been made, which is not documented.
 */
const ANSWERED = 1000;

/** Time between two actions of an address whose allowance is used up, in milliseconds. */
const SPACING = 12_000;

/**
 * Refusals over a WebSocket, which belong to the address of the network, with the rules that they
 * are about. A post that would be refused with a status of 4xx over HTTP is refused with a text; of
 * 429 it is not documented which, and clients know `429` and `429 Too Many Requests`.
 */
const SOCKET_REFUSALS: readonly (readonly [RegExp, of: (id: string) => boolean])[] = [
  [/^429\b/, (id) => !id.startsWith('ADDRESS')],
  [/^too many pending post requests/i, (id) => id === 'WS_POSTS'],
  [/^cannot send more than \d+ messages/i, (id) => id === 'WS_MESSAGES'],
];

function socketRefusal(text: unknown): BodyVerdict | undefined {
  if (typeof text !== 'string') return undefined;
  const of = SOCKET_REFUSALS.find(([pattern]) => pattern.test(text))?.[1];
  return of && { status: 429, of };
}

/**
 * Reads refusals of an address, which come with status 200: `{ status: 'err', response: 'Too many
 * cumulative requests sent (12 > 10) for ...' }`, or an error of each order of a batch. They do not
 * count, and do not delay the next action. Also reads refusals over a WebSocket, as the text itself
 * or in place of the one above.
 */
const body: BodyReader = (content, httpStatus) => {
  const { status, response } = fieldsOf(content);
  // The message of an error may repeat the status of a refusal over HTTP, which says all.
  const bySocket =
    httpStatus === 429 ? undefined : socketRefusal(status === 'err' ? response : content);
  if (bySocket !== undefined) return bySocket;
  const orders = listOf(fieldsOf(fieldsOf(response).data).statuses).map(
    (order) => fieldsOf(order).error,
  );
  const refused = refusedItems(orders, isTooMany);
  const isWhole = (status === 'err' && isTooMany(response)) || refused.all;
  if (!isWhole && !refused.some) return undefined;
  return {
    status: 429,
    partial: isWhole ? undefined : true,
    retryAfter: SPACING,
    of: (id) => id.startsWith('ADDRESS'),
  };
};

function isTooMany(error: unknown): boolean {
  return typeof error === 'string' && /^Too many cumulative requests/i.test(error);
}

/** The most by which the limit of cancels exceeds that of other actions. */
const MORE_CANCELS = 100_000;

/**
 * Reads the answer to `{ type: 'userRateLimit', user }`: `{ nRequestsUsed, nRequestsCap, ... }`.
 *
 * Cancels may go on up to `min(cap + 100 000, 2 * cap)` actions of all kinds. The amount
 * above the cap is left to them, however much orders still use up to the cap.
 */
const allowance: AllowanceReader = (answer) => {
  const { nRequestsUsed: used, nRequestsCap: limit } = fieldsOf(answer);
  if (!isCount(used) || !isCount(limit) || limit === 0) return undefined;
  const ofCancels = { limit: Math.min(limit, MORE_CANCELS), used: Math.max(0, used - limit) };
  return { ADDRESS: { limit, used }, ADDRESS_CANCELS: ofCancels };
};

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * `{ channel: 'post', data: { id, response: { type: 'action', payload: { status, response } } } }`,
 * or a refusal that belongs to no single post: `{ channel: 'error', data: 'Cannot send more than
 * 2000 messages per minute.' }`. Other errors, such as of subscriptions, are none of a limit.
 */
const message: MessageReader = ({ channel, data }) => {
  if (channel === 'error' && socketRefusal(data)) return { status: 400, body: data };
  if (channel !== 'post') return undefined;
  const { type, payload } = fieldsOf(fieldsOf(data).response);
  if (type === 'error') return { status: 400, body: { status: 'err', response: payload } };
  return { status: fieldsOf(payload).status === 'err' ? 400 : 200, body: payload };
};

/**
 * Hyperliquid.
 *
 * Source: Hyperliquid Docs, "Rate limits and user limits" (hyperliquid.gitbook.io, 2026-06-11). By
 * IP: 1200 of weight a minute for REST requests, 100 requests a minute for the JSON-RPC of the EVM,
 * and over WebSockets 2000 messages a minute and 100 posts in flight. Whether windows are fixed or
 * rolling is not documented; a rolling window keeps to both.
 *
 * By address: 10 000 actions to begin with, and 1 more for each USDC ever traded. The rule has the
 * allowance of a new address. The real one is in the answer to `{ type: 'userRateLimit', user }`,
 * which `syncAllowance` reads; the adapter for ccxt reads it by itself where it is about the wallet
 * of the exchange:
 *
 * ```js
 * syncAllowance(throttler, hyperliquid, answer);
 * ```
 *
 * An address whose allowance is used up has one action every 10 s, counted from the answer to the
 * one before: every 11.1 s on the test network (a probe by others, 2026-10-08), so 12 s are
 * careful. Cancels are accepted up to `min(limit + 100 000, 2 * limit)`. They are charged under
 * `ADDRESS_CANCELS` alone, with what is left to them whatever orders use, so that orders never
 * delay them. The exchange counts them for orders as well: ask for the allowance again now and
 * then. Sub-accounts have allowances of their own, which are counted as one here.
 */
export const hyperliquid: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'hyperliquid',
  rules: [
    rollingWindow({ id: 'IP', limit: 1200, interval: 60_000, jitter: ANSWERED, scope: 'ip' }),
    tokenBucket({ id: 'ADDRESS', capacity: 10_000, refillRate: 1 / SPACING, scope: 'account' }),
    tokenBucket({
      id: 'ADDRESS_CANCELS',
      capacity: 10_000,
      refillRate: 1 / SPACING,
      scope: 'account',
    }),
    rollingWindow({ id: 'EVM', limit: 100, interval: 60_000, scope: 'ip' }),
    rollingWindow({ id: 'WS_MESSAGES', limit: 2000, interval: 60_000, scope: 'ip' }),
    concurrency({ id: 'WS_POSTS', limit: 100, scope: 'ip' }),
  ],
  // None are documented.
  headers: () => () => [],
  body,
  message,
  allowance,
  costs: () => {
    const address = byAddress();
    return {
      // The highest weight that does not go by the answer.
      default: { IP: 60 },
      endpoints: {
        'POST /info': { IP: info() },
        'POST /exchange': { IP: byIp(), ...address },
        'POST /explorer': { IP: EXPLORER },
        'POST /evm': { EVM: 1 },
        // A post over a WebSocket, by its payload: an action, or what `/info` is asked.
        'POST /ws': {
          WS_MESSAGES: 1,
          WS_POSTS: 1,
          ADDRESS: { ...address.ADDRESS, missing: { action: 0 } },
          ADDRESS_CANCELS: address.ADDRESS_CANCELS,
        },
      },
    };
  },
}));
