import { type ReportedUsage, type Rule, rollingWindow } from '../../index.js';
import type { ViewReader } from '../../shared/header-view.js';
import { numberOf } from '../../shared/headers.js';
import type { BodyReader } from '../../shared/verdict.js';
import { refusedItems } from '../answers/batch.js';
import { fieldsOf, listOf } from '../answers/body.js';
import type { MessageReader } from '../answers/message.js';
import { costsPerEndpoint, groupsOf } from '../costs/per-endpoint.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { PRIVATE_V2, PUBLIC_V2 } from './bitget-v2.js';
import { PRIVATE_V3, PUBLIC_V3 } from './bitget-v3.js';

const everySecond = (id: string, limit: number, scope: 'ip' | 'account'): Rule =>
  rollingWindow({ id, limit, interval: 1000, scope });

/** The families of public endpoints, which are counted by IP. */
const publicGroups = (lists: { readonly [family: string]: string }, start: string) =>
  groupsOf(lists, start).map((group) => ({ ...group, family: `ip:${group.family}` }));

/**
 * Returns the remaining requests to the called endpoint in this second: the header does not name
 * the endpoint.
 *
 * Source: Bitget's FAQ (as stored in 2025), question 11.
 */
const headers: ViewReader<ReportedUsage> = (headers, _status, rules) => {
  const rule = rules?.find((id) => id !== 'IP');
  const remaining = numberOf(headers, 'x-mbx-used-remain-limit');
  return rule === undefined || remaining === undefined ? [] : [{ rule, remaining }];
};

/** Endpoints of version 1 that are slower than what is taken of unknown ones. */
const SLOW_V1 = {
  '1/10s:':
    'POST spot/v1/account/sub-account-spot-assets, POST mix/v1/account/sub-account-contract-assets',
};

/** 429 and 1001 of versions 2 and 3; 30014, 30026 and 50009 of older ones. */
const TOO_MANY_CODES = ['429', '1001', '30014', '30026', '50009'];

/** Words of other codes: 30006, 30007 over WebSockets. */
const TOO_MANY_WORDS =
  /too (many requests|frequent)|requests? too many|over limit|frequency is too high/i;

/**
 * Reads refusals: `{ code: '429', msg }`, with status 429, or errors of single orders of a batch.
 * Each endpoint is counted by itself, so the IP is not taken to be refused.
 */
const body: BodyReader = (content) => {
  const { code, msg, data } = fieldsOf(content);
  const { successList, failureList } = fieldsOf(data);
  const orders = [...listOf(failureList), ...listOf(successList)].map(fieldsOf);
  const refused = refusedItems(orders, ({ errorCode, errorMsg }) => isTooMany(errorCode, errorMsg));
  const isWhole = isTooMany(code, msg) || refused.all;
  if (!isWhole && !refused.some) return undefined;
  return { status: 429, partial: isWhole ? undefined : true, of: (id) => id !== 'IP' };
};

function isTooMany(code: unknown, text: unknown): boolean {
  if (code === undefined || code === '00000') return false;
  return TOO_MANY_CODES.includes(String(code)) || TOO_MANY_WORDS.test(String(text));
}

/**
 * `{ event: 'trade', arg: [{ id, instType, channel: 'place-order', params }], code: 0, msg }`, with
 * the event `error` for a failure. The unified account has `topic` and `args`.
 */
const message: MessageReader = ({ event, code, arg, topic }) => {
  const channel = topic ?? fieldsOf(listOf(arg)[0]).channel;
  if (!/^(trade|error)$/.test(String(event)) || !/order|batch/.test(String(channel)))
    return undefined;
  return { status: String(code) === '0' ? 200 : 400 };
};

/**
 * Bitget.
 *
 * Source: bitget.com/api-doc, the frequency limit of each page (as stored in 2025 and 2026), and
 * its FAQ: each endpoint is counted by itself, public ones by IP and private ones by user, and 6000
 * requests a minute by IP for all together, which take 5 minutes to recover. REST and WebSocket
 * orders count together. Whether windows are fixed or rolling is not documented; a rolling window
 * keeps to both. A batch counts as one request. Orders of lead traders in copy trading have the
 * tier `trader`: one a second for each endpoint. Quotas differ by user (`GET
 * /api/v3/user/rate-limit-quota`); those of a new user are here.
 *
 * Rules: `IP`, and families for each speed whose members are endpoints: `20/s:GET
 * /api/v2/spot/trade/orderInfo`, `ip:20/s:GET /api/v2/spot/market/tickers`, `orders:POST
 * /api/v2/spot/trade/place-order`.
 */
export const bitget: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'bitget',
  rules: [
    rollingWindow({ id: 'IP', limit: 6000, interval: 60_000, scope: 'ip' }),
    everySecond('orders:*', 10, 'account'),
    everySecond('batches:*', 5, 'account'),
    ...[20, 10, 5, 3, 2, 1].map((limit) => everySecond(`${limit}/s:*`, limit, 'account')),
    rollingWindow({ id: '1/10s:*', limit: 1, interval: 10_000, scope: 'account' }),
    ...[20, 10, 5, 3, 1].map((limit) => everySecond(`ip:${limit}/s:*`, limit, 'ip')),
  ],
  tiers: {
    default: { 'orders:*': 10, 'batches:*': 5 },
    trader: { 'orders:*': 1, 'batches:*': 1 },
  },
  headers: () => headers,
  body,
  message,
  costs: () => ({
    // The slowest speed that is common, for each unknown endpoint by itself.
    default: { IP: 1, '1/s:{endpoint}': 1 },
    defaults: {
      '/api/v2/public/': { IP: 1, 'ip:1/s:{endpoint}': 1 },
      '/api/v2/spot/market/': { IP: 1, 'ip:1/s:{endpoint}': 1 },
      '/api/v2/spot/public/': { IP: 1, 'ip:1/s:{endpoint}': 1 },
      '/api/v2/mix/market/': { IP: 1, 'ip:1/s:{endpoint}': 1 },
      '/api/v3/market/': { IP: 1, 'ip:1/s:{endpoint}': 1 },
    },
    endpoints: costsPerEndpoint(
      [
        ...publicGroups(PUBLIC_V2, '/api/v2/'),
        ...groupsOf(PRIVATE_V2, '/api/v2/'),
        ...publicGroups(PUBLIC_V3, '/api/v3/'),
        ...groupsOf(PRIVATE_V3, '/api/v3/'),
        ...groupsOf(SLOW_V1, '/api/'),
      ],
      { IP: 1 },
    ),
  }),
}));
