/** Kraken counts trading by pair and by the age of orders, of which a cancel names neither. */

import type { ExchangeProfile } from '../../exchange/index.js';
import type { ThrottleCost } from '../../index.js';
import type { CcxtExchange, Fields, Plan } from '../types.js';
import { marketsOf } from './messages.js';

/** An order that was placed through the exchange. */
interface Placed {
  readonly pair: string;
  /**
   * Unix milliseconds at which it was known to be placed or amended: it is at least as old since.
   */
  readonly at: number;
}

/**
 * Orders are forgotten above this number, the oldest first: after 300 s to cancel one costs
 * nothing.
 */
const MOST_ORDERS = 10_000;

/** The orders that were placed through an exchange, by each of their ids. */
class PlacedOrders {
  readonly #byId = new Map<string, Placed>();
  readonly #pairs = new Set<string>();

  /** All pairs that orders were sent for. */
  get pairs(): readonly string[] {
    return [...this.#pairs];
  }

  addPair(pair: unknown): void {
    if (pair !== undefined) this.#pairs.add(String(pair));
  }

  add(id: unknown, pair: string): void {
    if (id === undefined) return;
    // Behind the others, also if it was known before.
    this.#byId.delete(String(id));
    this.#byId.set(String(id), { pair, at: Date.now() });
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > MOST_ORDERS && oldest !== undefined) this.#byId.delete(oldest);
  }

  find(...ids: readonly unknown[]): Placed | undefined {
    const known = ids.map((id) => (id === undefined ? undefined : this.#byId.get(String(id))));
    return known.find((order) => order !== undefined);
  }
}

/** Paths that refer to orders that were placed before. */
const LATER = ['CancelOrder', 'AmendOrder', 'EditOrder', 'CancelOrderBatch'];

/**
 * How calls are charged: as by the profile, with the pair and the age of the order that a call
 * refers to. Of an order that was not placed through this exchange each pair is charged that orders
 * were sent for, as it can be any of them.
 */
export function krakenPlan(profile: ExchangeProfile): Plan {
  const orders = new PlacedOrders();
  const costOf = (path: string, params: object) =>
    profile.costs('POST', `/0/private/${path}`, params);

  const costOfLater = (path: string, params: Fields): ThrottleCost => {
    const ids = idsOf(params);
    if (path === 'CancelOrderBatch') {
      const items = ids.map((id) => orders.find(id)).filter((order) => order !== undefined);
      if (items.length === ids.length && ids.length > 0)
        return costOf(path, { ...params, orders: items });
    } else {
      const order = orders.find(...ids);
      const pair = params.pair ?? order?.pair;
      const age = order && { age: Math.max(0, Date.now() - order.at) / 1000 };
      if (pair !== undefined) return costOf(path, { ...params, pair, ...age });
    }
    const { pairs } = orders;
    if (pairs.length === 0) return costOf(path, params);
    return Object.assign({}, ...pairs.map((pair) => costOf(path, { ...params, pair })));
  };

  const costOfTrading = (path: string, params: Fields): ThrottleCost => {
    if (LATER.includes(path)) return costOfLater(path, params);
    orders.addPair(params.pair);
    return costOf(path, params);
  };

  return {
    profile,
    rules: profile.rules,
    headers: profile.headers,
    charge: ({ api, method, path, params }) =>
      api === 'private'
        ? costOfTrading(path, params)
        : profile.costs(method, `/0/${api}/${path}`, params),
    answered: ({ path, params }, result) => {
      const pair = params.pair ?? orders.find(...idsOf(params))?.pair;
      if (pair === undefined || !/^(Add|Edit|Amend)Order/.test(path)) return;
      for (const id of [
        ...placedIds(result),
        ...(path === 'AddOrder' ? [params.cl_ord_id] : idsOf(params)),
      ]) {
        orders.add(id, String(pair));
      }
    },
    message: (message, _url, exchange) => {
      const call = tradingOf(message, exchange);
      return (
        call && { method: 'POST', path: call.path, cost: costOfTrading(call.path, call.params) }
      );
    },
  };
}

/** The ids of orders that a request names: of ccxt, of the WebSocket API, and of the user's own. */
function idsOf({ txid, order_id, cl_ord_id, orders }: Fields): unknown[] {
  const listed = [txid, order_id, cl_ord_id, orders].flatMap((ids) =>
    Array.isArray(ids) ? ids : [ids],
  );
  return listed
    .map((item) =>
      typeof item === 'object' && item !== null
        ? ((item as Fields).txid ?? (item as Fields).cl_ord_id)
        : item,
    )
    .filter((id) => id !== undefined);
}

/** The ids of orders in the result of a request that placed them: one order or several. */
function placedIds(result: unknown): unknown[] {
  const { txid, orders } = ((result as Fields | undefined)?.result ?? {}) as Fields;
  const several = Array.isArray(orders) ? orders.map((order: Fields) => order?.txid) : [];
  return [...(Array.isArray(txid) ? txid : [txid]), ...several].filter((id) => id !== undefined);
}

const PATHS: { readonly [method: string]: string } = {
  add_order: 'AddOrder',
  amend_order: 'AmendOrder',
  edit_order: 'EditOrder',
  cancel_order: 'CancelOrder',
  batch_add: 'AddOrderBatch',
  batch_cancel: 'CancelOrderBatch',
};

/** `{ method: 'add_order', params: { symbol: 'BTC/USD'... } }` */
function tradingOf(
  message: unknown,
  exchange: CcxtExchange,
): { path: string; params: Fields } | undefined {
  const { method, params } = message as { readonly method?: unknown; readonly params?: Fields };
  const path = Object.hasOwn(PATHS, String(method)) ? PATHS[String(method)] : undefined;
  if (path === undefined) return undefined;
  const { symbol, ...rest } = params ?? {};
  const pair = marketsOf(exchange).find((market) => market.symbol === symbol)?.id ?? symbol;
  const isBatchOfCancels =
    path === 'CancelOrder' && Array.isArray(rest.order_id) && rest.order_id.length > 1;
  return {
    path: isBatchOfCancels ? 'CancelOrderBatch' : path,
    params: {
      ...(pair === undefined ? {} : { pair }),
      ...(isBatchOfCancels ? { orders: rest.order_id } : {}),
      ...rest,
    },
  };
}
