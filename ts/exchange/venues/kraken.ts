import { rollingWindow, tokenBucket } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { BodyReader } from '../../shared/verdict.js';
import { fieldsOf } from '../answers/body.js';
import type { MessageReader } from '../answers/message.js';
import { type ExchangeProfile, profile } from '../profile.js';

const publicPaths = (names: string) => names.split(' ').map((name) => `GET /0/public/${name}`);
const privatePaths = (names: string) => names.split(' ').map((name) => `POST /0/private/${name}`);

const each = (endpoints: string[], costs: { readonly [ruleId: string]: Cost }) =>
  Object.fromEntries(endpoints.map((endpoint) => [endpoint, costs]));

/**
 * Refusals come with status 200. `EService:Throttled: <Unix time in seconds>` says until when; ccxt's form of it has a
 * blank more.
 */
const body: BodyReader = (content, _status, now = Date.now()) => {
  const { error } = fieldsOf(content);
  const errors = Array.isArray(error) ? error.map(String) : [];
  for (const text of errors) {
    const until = /^EService: ?Throttled: ?(\d{1,12})/.exec(text)?.[1];
    if (until !== undefined) return { status: 429, retryAfter: Math.max(0, Number(until) * 1000 - now) };
    if (/^E(API|Order|General): ?(Rate limit exceeded|Too many requests)/i.test(text)) return { status: 429 };
  }
  return undefined;
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
