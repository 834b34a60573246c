/**
 * Costs of messages over WebSockets: orders and cancels where REST and WebSocket share the limits,
 * and subscriptions where they are counted.
 */

import type { ExchangeProfile } from '../../exchange/index.js';
import { okxPath } from '../../shared/socket-endpoints.js';
import type { CcxtExchange, Plan } from '../types.js';

/** Reads messages, which cost what the profile says. */
type MessageOf = (profile: ExchangeProfile) => NonNullable<Plan['message']>;

interface Message {
  readonly op?: unknown;
  readonly method?: unknown;
  readonly args?: unknown;
  readonly params?: unknown;
}

/**
 * `{ op: 'order.create', args: [{ category, symbol... }] }`, or `order.create-batch` with `{
 * request: [...] }`.
 */
export const bybitMessage: MessageOf = (profile) => (message) => {
  const { op, args } = message as Message;
  const [, verb] = /^order\.([a-z-]+)$/.exec(String(op)) ?? [];
  if (verb === undefined) return undefined;
  const path = `v5/order/${verb}`;
  const { IP: _, ...cost } = profile.costs('POST', `/${path}`, first(args));
  return { method: 'POST', path, cost };
};

/** `{ op: 'order', args: [{ instId... }] }`, or a number of ccxt's markets in place of the id. */
export const okxMessage: MessageOf = (profile) => (message, _url, exchange) => {
  const { op, args } = message as Message;
  const path = okxPath(String(op));
  if (path === undefined) return undefined;
  const named = (Array.isArray(args) ? args : []).map((order) => ({
    instId:
      order?.instId ??
      marketsOf(exchange).find((market) => market.instIdCode === order?.instIdCode)?.id,
  }));
  const cost = profile.costs(
    'POST',
    `/api/v5/${path}`,
    path.includes('batch') ? named : first(named),
  );
  return { method: 'POST', path, cost };
};

/** `{ method: 'post', id, request: { type: 'action', payload: { action, nonce, signature } } }` */
export const hyperliquidMessage: MessageOf = (profile) => (message) => {
  const { method, request } = message as { method?: unknown; request?: { payload?: object } };
  if (method !== 'post') return undefined;
  return { method: 'POST', path: 'ws', cost: profile.costs('POST', '/ws', request?.payload) };
};

/**
 * `{ id, channel: 'spot.order_place', event: 'api', payload: { req_param: { currency_pair } } }`
 */
export const gateMessage: MessageOf = (profile) => (message) => {
  const { channel, event, payload } = message as {
    channel?: unknown;
    event?: unknown;
    payload?: { req_param?: object };
  };
  const path = `ws/${channel}`;
  if (event !== 'api' || !profile.costs.has('POST', `/${path}`)) return undefined;
  return { method: 'POST', path, cost: profile.costs('POST', `/${path}`, payload?.req_param) };
};

/**
 * `{ jsonrpc: '2.0', id, method: 'public/subscribe', params }`: each call is counted. ccxt sends
 * subscriptions and signs in; orders may come from programs.
 */
export const deribitMessage: MessageOf = (profile) => (message) => {
  const { method } = message as Message;
  if (typeof method !== 'string' || !/^(public|private)\//.test(method)) return undefined;
  const cost = profile.costs('POST', '/ws/api/v2', message as object);
  const isOrder = cost.ENGINE !== undefined || cost.QUOTES !== undefined;
  return { method: 'GET', path: method, cost, isPatient: !isOrder };
};

/** `{ type: 'subscribe', channel, product_ids, jwt }`: messages that are not signed are counted. */
export const coinbaseMessage: MessageOf = (profile) => (message) => {
  const { type } = message as { type?: unknown };
  if (typeof type !== 'string') return undefined;
  const cost = profile.costs('POST', '/ws', message as object);
  return cost.WS_MESSAGES === 0 ? undefined : { method: 'POST', path: 'ws', cost, isPatient: true };
};

/** A market of ccxt's. */
export interface Market {
  readonly id?: string;
  readonly symbol?: string;
  readonly instIdCode?: number;
}

/** Returns the markets that an exchange has loaded. */
export function marketsOf({ markets }: CcxtExchange): Market[] {
  return Object.values((markets ?? {}) as { [symbol: string]: Market });
}

function first(args: unknown): object {
  return Array.isArray(args) && typeof args[0] === 'object' && args[0] !== null ? args[0] : {};
}
