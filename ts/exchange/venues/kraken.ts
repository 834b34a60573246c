import { rollingWindow, tokenBucket } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import { parseInstant } from '../../shared/instant.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import type { MessageReader } from '../answers/message.js';
import { type ExchangeProfile, profile } from '../profile.js';

const publicPaths = (names: string) => names.split(' ').map((name) => `GET /0/public/${name}`);
const privatePaths = (names: string) => names.split(' ').map((name) => `POST /0/private/${name}`);

const each = (endpoints: string[], costs: { readonly [ruleId: string]: Cost }) =>
  Object.fromEntries(endpoints.map((endpoint) => [endpoint, costs]));

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
 * `{ method: 'add_order', req_id, success, error }` in version 2, `{ event: 'addOrderStatus', status, errorMessage }` in
 * version 1. There is nothing about usage.
 *
 * Source: docs.kraken.com, "Spot Trading Limits" for the words of a refusal, the same over all protocols; the forms in
 * ccxt 4.5.84.
 */
const message: MessageReader = ({ method, event, success, status, error, errorMessage }) => {
  const name = method ?? event;
  if (typeof name !== 'string' || !/^(add|amend|edit|cancel|batch)(_|\w*Status$)/.test(name))
    return undefined;
  if (typeof success !== 'boolean' && typeof status !== 'string') return undefined;
  const failed = success === false || status === 'error';
  return { status: failed ? 400 : 200, body: { error: [error ?? errorMessage] } };
};

/**
 * Kraken spot.
 *
 * Source: docs.kraken.com/exchange/guides/rest/ratelimits and .../general/ratelimits (as stored in 2026), for the tier Starter. Each
 * key has a counter that decays; it is a bucket that refills. Intermediate and Pro:
 * `with({ rules: { PRIVATE: { capacity: 20, refillRate: 0.5 / 1000 }, 'TRADING:*': { capacity: 125, refillRate: 2.34 / 1000 } } })`, 20, 1 / s,
 * 180 and 3.75 / s. Public requests: about one a second by IP, Trades and OHLC by pair.
 *
 * What trading costs depends on how long the order rested; it is charged what the youngest order costs (amend 1 + 3, edit 1 + 6,
 * cancel 8). A cancel does not name its pair, and neither do amends: those count under `TRADING:-`.
 */
export const kraken: ExchangeProfile = /* @__PURE__ */ profile({
  name: 'kraken',
  rules: [
    tokenBucket({ id: 'PRIVATE', capacity: 15, refillRate: 0.33 / 1000 }),
    tokenBucket({ id: 'TRADING:*', capacity: 60, refillRate: 1 / 1000 }),
    rollingWindow({ id: 'PUBLIC', limit: 1, interval: 1000 }),
    rollingWindow({ id: 'PUBLIC:*', limit: 1, interval: 1000 }),
  ],
  // None are documented.
  headers: () => () => [],
  body,
  message,
  costs: () => ({
    default: { PRIVATE: 1 },
    endpoints: {
      ...each(
        publicPaths('Time SystemStatus Assets AssetPairs Ticker Depth GroupedBook Spread PreTrade PostTrade'),
        {
          PUBLIC: 1,
        },
      ),
      ...each(publicPaths('Trades OHLC'), { 'PUBLIC:{pair}': 1 }),
      ...each(
        privatePaths(
          'Balance BalanceEx CreditLines TradeBalance OpenOrders ClosedOrders QueryOrders OrderAmends QueryTrades OpenPositions TradeVolume CancelAll CancelAllOrdersAfter GetWebSocketsToken DepositMethods DepositAddresses DepositStatus WithdrawMethods WithdrawAddresses WithdrawInfo Withdraw WithdrawStatus WithdrawCancel WalletTransfer',
        ),
        { PRIVATE: 1 },
      ),
      ...each(privatePaths('TradesHistory Ledgers QueryLedgers'), { PRIVATE: 2 }),
      'POST /0/private/AddOrder': { 'TRADING:{pair}': 1 },
      'POST /0/private/AddOrderBatch': { 'TRADING:{pair}': { perItem: ['orders', 0.5] } },
      'POST /0/private/EditOrder': { 'TRADING:{pair}': 7 },
      'POST /0/private/AmendOrder': { 'TRADING:{pair}': 4 },
      'POST /0/private/CancelOrder': { 'TRADING:{pair}': 8 },
      'POST /0/private/CancelOrderBatch': { 'TRADING:{pair}': { perItem: ['orders', 8] } },
    },
  }),
});
