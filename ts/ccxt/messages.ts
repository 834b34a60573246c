/** What messages over WebSockets cost that place and cancel orders: REST and WebSocket share the limits. */

import { bybit, kraken, okx } from '../exchange/index.js';
import type { ThrottleCost } from '../index.js';

interface Message {
  readonly op?: unknown;
  readonly method?: unknown;
  readonly args?: unknown;
  readonly params?: unknown;
}

/** `{ op: 'order.create', args: [{ category, symbol... }] }`, or `order.create-batch` with `{ request: [...] }`. */
export function bybitMessage(_url: string, message: unknown): ThrottleCost | undefined {
  const { op, args } = message as Message;
  const [, verb] = /^order\.([a-z-]+)$/.exec(String(op)) ?? [];
  if (verb === undefined) return undefined;
  const { IP: _, ...cost } = bybit.costs('POST', `/v5/order/${verb}`, first(args));
  return cost;
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

/** `{ op: 'order', args: [{ instId... }] }` */
export function okxMessage(_url: string, message: unknown): ThrottleCost | undefined {
  const { op, args } = message as Message;
  const path = Object.hasOwn(OKX_PATHS, String(op)) ? OKX_PATHS[String(op)] : undefined;
  if (path === undefined) return undefined;
  const batch = path.includes('batch') && Array.isArray(args);
  return okx.costs('POST', `/api/v5/${path}`, batch ? args : first(args));
}

const KRAKEN_PATHS: { readonly [method: string]: string } = {
  add_order: 'AddOrder',
  amend_order: 'AmendOrder',
  edit_order: 'EditOrder',
  cancel_order: 'CancelOrder',
  batch_add: 'AddOrderBatch',
  batch_cancel: 'CancelOrderBatch',
};

/** `{ method: 'add_order', params: { symbol: 'BTC/USD'... } }`; the pair counts under the name that is sent. */
export function krakenMessage(_url: string, message: unknown): ThrottleCost | undefined {
  const { method, params } = message as Message;
  const path = Object.hasOwn(KRAKEN_PATHS, String(method)) ? KRAKEN_PATHS[String(method)] : undefined;
  if (path === undefined) return undefined;
  const { symbol, ...rest } = (params ?? {}) as { symbol?: unknown };
  return kraken.costs('POST', `/0/private/${path}`, { pair: symbol, ...rest });
}

function first(args: unknown): object {
  return Array.isArray(args) && typeof args[0] === 'object' && args[0] !== null ? args[0] : {};
}
