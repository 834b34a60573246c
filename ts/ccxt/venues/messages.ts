/** What messages over WebSockets cost that place and cancel orders: REST and WebSocket share the limits. */

import { bybit, hyperliquid, kraken, okx } from '../../exchange/index.js';
import type { CcxtExchange, SocketCall } from '../types.js';

interface Message {
  readonly op?: unknown;
  readonly method?: unknown;
  readonly args?: unknown;
  readonly params?: unknown;
}

/** `{ op: 'order.create', args: [{ category, symbol... }] }`, or `order.create-batch` with `{ request: [...] }`. */
export function bybitMessage(message: unknown): SocketCall | undefined {
  const { op, args } = message as Message;
  const [, verb] = /^order\.([a-z-]+)$/.exec(String(op)) ?? [];
  if (verb === undefined) return undefined;
  const path = `v5/order/${verb}`;
  const { IP: _, ...cost } = bybit.costs('POST', `/${path}`, first(args));
  return { method: 'POST', path, cost };
}

const OKX_PATHS: { readonly [op: string]: string } = {
  order: 'trade/order',
  'batch-orders': 'trade/batch-orders',
  'cancel-order': 'trade/cancel-order',
  'batch-cancel-orders': 'trade/cancel-batch-orders',
  'amend-order': 'trade/amend-order',
  'batch-amend-orders': 'trade/amend-batch-orders',
  'mass-cancel': 'trade/mass-cancel',
};

/** `{ op: 'order', args: [{ instId... }] }`, or a number of ccxt's markets in place of the id. */
export function okxMessage(message: unknown, _url: string, exchange: CcxtExchange): SocketCall | undefined {
  const { op, args } = message as Message;
  const path = Object.hasOwn(OKX_PATHS, String(op)) ? OKX_PATHS[String(op)] : undefined;
  if (path === undefined) return undefined;
  const named = (Array.isArray(args) ? args : []).map((order) => ({
    instId:
      order?.instId ?? marketsOf(exchange).find((market) => market.instIdCode === order?.instIdCode)?.id,
  }));
  const cost = okx.costs('POST', `/api/v5/${path}`, path.includes('batch') ? named : first(named));
  return { method: 'POST', path, cost };
}

const KRAKEN_PATHS: { readonly [method: string]: string } = {
  add_order: 'AddOrder',
  amend_order: 'AmendOrder',
  edit_order: 'EditOrder',
  cancel_order: 'CancelOrder',
  batch_add: 'AddOrderBatch',
  batch_cancel: 'CancelOrderBatch',
};

/** `{ method: 'add_order', params: { symbol: 'BTC/USD'... } }` */
export function krakenMessage(
  message: unknown,
  _url: string,
  exchange: CcxtExchange,
): SocketCall | undefined {
  const { method, params } = message as Message;
  const path = Object.hasOwn(KRAKEN_PATHS, String(method)) ? KRAKEN_PATHS[String(method)] : undefined;
  if (path === undefined) return undefined;
  const { symbol, ...rest } = (params ?? {}) as { symbol?: unknown };
  const pair = marketsOf(exchange).find((market) => market.symbol === symbol)?.id ?? symbol;
  return { method: 'POST', path, cost: kraken.costs('POST', `/0/private/${path}`, { pair, ...rest }) };
}

/** `{ method: 'post', id, request: { type: 'action', payload: { action, nonce, signature } } }` */
export function hyperliquidMessage(message: unknown): SocketCall | undefined {
  const { method, request } = message as { method?: unknown; request?: { payload?: object } };
  if (method !== 'post') return undefined;
  return { method: 'POST', path: 'ws', cost: hyperliquid.costs('POST', '/ws', request?.payload) };
}

interface Market {
  readonly id?: string;
  readonly symbol?: string;
  readonly instIdCode?: number;
}

function marketsOf({ markets }: CcxtExchange): Market[] {
  return Object.values((markets ?? {}) as { [symbol: string]: Market });
}

function first(args: unknown): object {
  return Array.isArray(args) && typeof args[0] === 'object' && args[0] !== null ? args[0] : {};
}
