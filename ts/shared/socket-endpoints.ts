/** Requests over WebSockets, and the REST endpoints that they stand for and weigh the same as. */

/**
 * Returns the endpoint of a method of Binance's WebSocket API, as `METHOD path` behind the version:
 * `POST order`. Undefined for methods that no endpoint stands for.
 */
export function binanceEndpoint(method: string): string | undefined {
  if (Object.hasOwn(BINANCE_METHODS, method)) return BINANCE_METHODS[method];
  return /^(order|sor\.order|algoOrder)\./.test(method) ? 'POST order' : undefined;
}

const BINANCE_METHODS: { readonly [method: string]: string } = {
  'order.cancel': 'DELETE order',
  'algoOrder.cancel': 'DELETE algoOrder',
  'order.cancelReplace': 'POST order/cancelReplace',
  'order.amend.keepPriority': 'PUT order/amend/keepPriority',
  'order.modify': 'PUT order',
  'order.test': 'POST order/test',
  'sor.order.test': 'POST sor/order/test',
  'order.status': 'GET order',
  'openOrders.cancelAll': 'DELETE openOrders',
  'openOrders.status': 'GET openOrders',
  'orderList.place.oco': 'POST orderList/oco',
  'orderList.place.oto': 'POST orderList/oto',
  'orderList.place.otoco': 'POST orderList/otoco',
  'orderList.cancel': 'DELETE orderList',
  allOrders: 'GET allOrders',
  myTrades: 'GET myTrades',
  'account.status': 'GET account',
  'account.balance': 'GET balance',
  'account.position': 'GET positionRisk',
  'v2/account.status': 'GET account',
  'v2/account.balance': 'GET balance',
  'v2/account.position': 'GET positionRisk',
  depth: 'GET depth',
  klines: 'GET klines',
  'trades.recent': 'GET trades',
  'ticker.price': 'GET ticker/price',
  'ticker.book': 'GET ticker/bookTicker',
  'ticker.24hr': 'GET ticker/24hr',
  ping: 'GET ping',
  time: 'GET time',
};

/** Returns the path of an operation of OKX behind `/api/v5/`; undefined if it orders nothing. */
export function okxPath(operation: string): string | undefined {
  return Object.hasOwn(OKX_PATHS, operation) ? OKX_PATHS[operation] : undefined;
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
