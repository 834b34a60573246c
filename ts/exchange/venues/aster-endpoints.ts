/** Costs that Aster's futures and spot have alike. */

import { bySymbol, FUTURES_KLINES, order, type TypedCosts } from './binance-api.js';

type Endpoints = TypedCosts['endpoints'];

const common = (): Endpoints => ({
  'POST noop': 1,
  'GET ping': 1,
  'GET time': 1,
  'GET exchangeInfo': 1,
  'GET trades': 1,
  'GET historicalTrades': 20,
  'GET aggTrades': 20,
  'GET klines': FUTURES_KLINES,
  'GET ticker/24hr': bySymbol(1, 40),
  'GET ticker/price': bySymbol(1, 2),
  'GET ticker/bookTicker': bySymbol(1, 2),
  'GET commissionRate': 20,

  'POST order': order(),
  'GET order': 1,
  'DELETE order': 1,
  // Not described of spot; as for futures.
  'POST batchOrders': order({ perItem: ['batchOrders', 1] }, 5),
  // 1 on the pages of futures; 5 in the guide.
  'DELETE batchOrders': 5,
  'GET openOrder': 1,
  'GET openOrders': bySymbol(1, 40),
  'GET allOrders': 5,
  'GET userTrades': 5,
  'GET account': 5,
  'POST asset/wallet/transfer': 5,
  'POST listenKey': 1,
  'PUT listenKey': 1,
  'DELETE listenKey': 1,
});

/**
 * Returns the costs of endpoints under versions 1 and 3 of an API, which have them alike.
 *
 * @param api the first part of its paths
 * @param own endpoints that the API has alone, or whose costs are its own
 */
export function asterEndpoints(api: 'api' | 'fapi', own: Endpoints): Endpoints {
  const costs = Object.entries({ ...common(), ...own });
  return Object.fromEntries(
    ['v1', 'v3'].flatMap((version) =>
      costs.map(([endpoint, cost]) => [endpoint.replace(' ', ` /${api}/${version}/`), cost]),
    ),
  );
}
