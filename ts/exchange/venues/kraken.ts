import { rollingWindow, tokenBucket } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import { parseInstant } from '../../shared/instant.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import type { MessageReader } from '../answers/message.js';
import { endpointsOf, grantable } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';

const PUBLIC = `
  GET Time, GET SystemStatus, GET MaintenanceSchedule, GET Assets, GET AssetPairs, GET Ticker,
  GET Depth, GET GroupedBook, GET Spread, GET PreTrade, GET PostTrade
`;

const PUBLIC_BY_PAIR = 'GET Trades, GET OHLC';

const PRIVATE = `
  POST Level3, POST Balance, POST BalanceEx, POST CreditLines, POST TradeBalance, POST OpenOrders,
  POST ClosedOrders, POST QueryOrders, POST OrderAmends, POST QueryTrades, POST OpenPositions,
  POST TradeVolume, POST AddExport, POST ExportStatus, POST RetrieveExport, POST RemoveExport,
  POST GetApiKeyInfo, POST ListWalletAccounts, POST CancelAll, POST CancelAllOrdersAfter,
  POST GetWebSocketsToken, POST DepositMethods, POST DepositAddresses, POST DepositStatus,
  POST WithdrawMethods, POST WithdrawAddresses, POST WithdrawInfo, POST Withdraw,
  POST WithdrawStatus, POST WithdrawCancel, POST WalletTransfer, POST CreateSubaccount,
  POST AccountTransfer, POST Earn/Allocate, POST Earn/Deallocate, POST Earn/AllocateStatus,
  POST Earn/DeallocateStatus, POST Earn/Strategies, POST Earn/Allocations
`;

/** 4 in copies of the old site of May and June 2026; the new one has 2. */
const HISTORY = 'POST TradesHistory, POST Ledgers, POST QueryLedgers';

const under = (rule: string, cost: Cost, list: string, start = '/0/private/') =>
  Object.fromEntries(endpointsOf(list, start).map((endpoint) => [endpoint, { [rule]: cost }]));

/**
 * A cost by the age of the order in seconds, where the parameter `age` tells it; otherwise that of
 * the youngest. Pairs of the age up to which a cost holds, and the cost.
 */
const byAge = (plus: number, ...steps: (readonly [below: number, cost: number])[]): Cost => ({
  plus,
  byAmount: [
    'age',
    [
      ...steps.map(([below, cost]) => [below - 1e-6, cost] as const),
      [Number.MAX_SAFE_INTEGER, 0] as const,
    ],
  ],
  default: steps[0]?.[1],
});

/** `EAPI:Rate limit exceeded` and its like; ccxt's form has a blank more. */
const TOO_MANY =
  /^E(API|Auth|General|Order|Service): ?((Domain )?Rate limit exceeded|Too many requests|Throttled)/i;

/**
 * Reads refusals, which come with status 200. `EService:Throttled: <Unix time in seconds>` says
 * until when. `EGeneral:Temporary lockout` follows too many invalid keys and counts as a ban, since
 * each further request prolongs it. `AddOrderBatch` refuses orders one by one.
 */
const body: BodyReader = (content, _status, now = Date.now()) => {
  const { error, result } = fieldsOf(content);
  const errors = listOf(error).map(String);
  const orders = listOf(fieldsOf(result).orders).map((order) => String(fieldsOf(order).error));
  const refused = refusedItems(orders, (text) => TOO_MANY.test(text));
  if (errors.some((text) => /^EGeneral: ?Temporary lockout/i.test(text))) return { status: 418 };
  const isWhole = errors.some((text) => TOO_MANY.test(text)) || refused.all;
  if (!isWhole && !refused.some) return undefined;
  const times = [...errors, ...orders].map((text) => /Throttled: ?(\d{1,12})/i.exec(text)?.[1]);
  const end = parseInstant(times.find(Boolean), now);
  const retryAfter = end === undefined ? undefined : Math.max(0, end - now);
  return { status: 429, partial: isWhole ? undefined : true, retryAfter };
};

/**
 * `{ method: 'add_order', req_id, success, error }` in version 2, `{ event: 'addOrderStatus',
 * status, errorMessage }` in version 1. There is nothing about usage.
 *
 * Source: docs.kraken.com, "Spot Trading Limits" for the words of a refusal, the same over all
 * protocols; the forms in ccxt 4.5.84.
 */
const message: MessageReader = ({ method, event, success, status, error, errorMessage }) => {
  const name = method ?? event;
  if (typeof name !== 'string' || !/^(add|amend|edit|cancel|batch)(_|\w*Status$)/.test(name))
    return undefined;
  if (typeof success !== 'boolean' && typeof status !== 'string') return undefined;
  const failed = success === false || status === 'error';
  return { status: failed ? 400 : 200, body: { error: [error ?? errorMessage] } };
};

/** The counter of a key, and that of each pair. */
const tier = (
  calls: number,
  callsPerSecond: number,
  trading: number,
  tradingPerSecond: number,
) => ({
  PRIVATE: { capacity: calls, refillRate: callsPerSecond / 1000 },
  'TRADING:*': { capacity: trading, refillRate: tradingPerSecond / 1000 },
});

/**
 * Kraken spot.
 *
 * Source: docs.kraken.com/exchange/guides/rest/ratelimits and .../general/ratelimits (as stored in
 * 2026). Each key has a counter that decays; it is a bucket that refills. Trading has one for each
 * client and pair. Public requests: about one a second by IP, Trades and OHLC by pair.
 *
 * Costs of trading go by how long the order rested, which the parameter `age` tells in seconds: it
 * is not sent, but can be given to `costs`. Without it an order counts as the youngest (amend 1 +
 * 3, edit 1 + 6, cancel 8). Cancels and amends do not name their pair; `pair` can be given too, and
 * without it they count under `TRADING:-`. A batch of cancels may cost more than the counter holds,
 * and is accepted: it is charged at most that.
 */
export const kraken: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'kraken',
  rules: [
    tokenBucket({ id: 'PRIVATE', capacity: 15, refillRate: 0.33 / 1000, scope: 'account' }),
    tokenBucket({ id: 'TRADING:*', capacity: 60, refillRate: 1 / 1000, scope: 'account' }),
    rollingWindow({ id: 'PUBLIC', limit: 1, interval: 1000 }),
    rollingWindow({ id: 'PUBLIC:*', limit: 1, interval: 1000 }),
  ],
  tiers: {
    starter: tier(15, 0.33, 60, 1),
    intermediate: tier(20, 0.5, 125, 2.34),
    pro: tier(20, 1, 180, 3.75),
  },
  // None are documented.
  headers: () => () => [],
  body,
  message,
  costs: (rules) => ({
    default: { PRIVATE: 1 },
    defaults: { '/0/public/': { PUBLIC: 1 } },
    most: grantable(rules, ['TRADING:*']),
    endpoints: {
      ...under('PUBLIC', 1, PUBLIC, '/0/public/'),
      ...under('PUBLIC:{pair}', 1, PUBLIC_BY_PAIR, '/0/public/'),
      ...under('PRIVATE', 1, PRIVATE),
      ...under('PRIVATE', 2, HISTORY),
      ...under('TRADING:{pair}', 1, 'POST AddOrder'),
      ...under('TRADING:{pair}', { perItem: ['orders', 0.5] }, 'POST AddOrderBatch'),
      ...under('TRADING:{pair}', byAge(1, [5, 3], [10, 2], [15, 1]), 'POST AmendOrder'),
      ...under(
        'TRADING:{pair}',
        byAge(1, [5, 6], [10, 5], [15, 4], [45, 2], [90, 1]),
        'POST EditOrder',
      ),
      ...under(
        'TRADING:{pair}',
        byAge(0, [5, 8], [10, 6], [15, 5], [45, 4], [90, 2], [300, 1]),
        'POST CancelOrder',
      ),
      ...under('TRADING:{pair}', { perItem: ['orders', 8] }, 'POST CancelOrderBatch'),
    },
  }),
}));
