/** Parts that Binance and exchanges with its API share. */

import type { Rule } from '../../index.js';
import { binanceHeaders, HEADERS_OF_TYPES, typeOf } from '../../shared/binance-headers.js';
import type { Cost, CostTerms } from '../../shared/cost.js';
import { unixMs } from '../../shared/instant.js';
import { fieldsOf, listOf } from '../answers/body.js';
import { httpDate, type MessageReader } from '../answers/message.js';
import type { CostTable } from '../costs/cost-table.js';
import { binanceBody } from './binance-body.js';

/** Fields that all profiles with an `exchangeInfo` have alike. */
export const BINANCE = {
  exchangeInfo: true,
  headers: binanceHeaders,
  body: binanceBody,
  // Going on after a refusal leads to a ban.
  pauses: 'all' as const,
};

/** Costs of a request that places so many orders. */
export const order = (orders: Cost = 1, weight = 1) => ({
  REQUEST_WEIGHT: weight,
  ORDERS: orders,
});

/** A weight for one symbol, and one for all of them if none is named. */
export const bySymbol = (one: number, all: number): Cost => ({ noSymbol: all, default: one });

/** Costs that Binance spot and Binance.US have alike; the US has older weights of most others. */
export const spotEndpoints = (): TypedCosts['endpoints'] => ({
  'GET /api/v3/ping': 1,
  'GET /api/v3/time': 1,
  'GET /api/v3/myFilters': 40,
  'GET /api/v3/account/commission': 20,
  'POST /api/v3/order': order(1),
  'POST /api/v3/order/cancelReplace': order(1),
  'POST /api/v3/order/oco': order(2),
  'DELETE /api/v3/order': 1,
  'DELETE /api/v3/orderList': 1,
  'DELETE /api/v3/openOrders': 1,
});

/** Klines of futures: the same table at USD-M, COIN-M and Aster. */
export const FUTURES_KLINES: Cost = {
  byLimit: [
    [99, 1],
    [499, 2],
    [1000, 5],
    [1500, 10],
  ],
  // Without a limit the exchange sends 500 rows.
  default: 5,
};

/** Order books of futures: the same table at USD-M, COIN-M and Aster. */
export const FUTURES_DEPTH: CostTerms = {
  byLimit: [
    [50, 2],
    [100, 5],
    [500, 10],
    [1000, 20],
  ],
  // Without a limit the exchange sends 500 levels.
  default: 10,
};

/** Costs of endpoints by limit types, as vendors give them. */
export interface TypedCosts {
  /** The weight of an endpoint that is not in the table. */
  readonly default: number;
  /** Other defaults by how an endpoint begins: costs by type. */
  readonly defaults?: { readonly [beginning: string]: { readonly [type: string]: Cost } };
  /** By `METHOD /path`: the weight, or costs by type. */
  readonly endpoints: { readonly [endpoint: string]: Cost | { readonly [type: string]: Cost } };
}

/**
 * The table of costs under these rules: each limit of a type is charged what the type costs
 * (`ORDERS` and `ORDERS_1D`), unless the endpoint names that one itself, and each request is one of
 * `RAW_REQUESTS`.
 */
export function typedCosts(
  { default: weight, defaults, endpoints }: TypedCosts,
  rules: readonly Rule[],
): CostTable {
  const ids = rules.map(({ id }) => id);
  const costs = (byType: { readonly [type: string]: Cost }) =>
    Object.fromEntries(
      ids.flatMap((id) => {
        const cost = byType[id] ?? byType[typeOf(id)];
        return cost === undefined ? [] : [[id, cost]];
      }),
    );
  return {
    default: costs({ RAW_REQUESTS: 1, REQUEST_WEIGHT: weight }),
    ...(defaults
      ? {
          defaults: Object.fromEntries(
            Object.entries(defaults).map(([start, byType]) => [start, costs(byType)]),
          ),
        }
      : {}),
    endpoints: Object.fromEntries(
      Object.entries(endpoints).map(([endpoint, cost]) => {
        const byType = isByType(cost) ? cost : { REQUEST_WEIGHT: cost };
        return [endpoint, costs({ RAW_REQUESTS: 1, ...byType })];
      }),
    ),
  };
}

/** Types are in capitals, the fields of a cost are not. */
function isByType(
  cost: Cost | { readonly [type: string]: Cost },
): cost is { readonly [type: string]: Cost } {
  return typeof cost === 'object' && Object.keys(cost).every((key) => /^[A-Z]/.test(key));
}

/**
 * `{ id, status, result | error, rateLimits: [{ rateLimitType, interval, intervalNum, limit, count
 * }] }`, where an `error` of a refusal has `data: { serverTime, retryAfter }`, both Unix times. The
 * counts are those of the headers over HTTP.
 *
 * Source: web-socket-api.md of binance-spot-api-docs, "Response format" and "Rate limits"
 * (2025-04-25). That USD-M futures answer in the same way is taken from ccxt 4.5.84.
 */
export const binanceMessage: MessageReader = ({ status, result, error, rateLimits }) => {
  if (typeof status !== 'number' || !(status >= 100 && status < 1000 && Number.isInteger(status))) {
    return undefined;
  }
  const { serverTime, retryAfter } = fieldsOf(fieldsOf(error).data);
  const counts = listOf(rateLimits).flatMap((entry): [string, unknown][] => {
    const { rateLimitType, interval, intervalNum, count } = fieldsOf(entry);
    const kind = Object.entries(HEADERS_OF_TYPES).find(([, type]) => type === rateLimitType)?.[0];
    const isRead =
      kind !== undefined && typeof interval === 'string' && Number.isInteger(intervalNum);
    return isRead ? [[`x-mbx-${kind}-${intervalNum}${interval[0]}`, count]] : [];
  });
  const headers = [...counts, ['date', httpDate(serverTime ?? fieldsOf(result).serverTime)]];
  if (typeof retryAfter === 'number') {
    const from = typeof serverTime === 'number' ? unixMs(serverTime) : 0;
    // Seconds, or where it is not said from when, a Unix time.
    headers.push(['retry-after', (unixMs(retryAfter) - from) / 1000]);
  }
  return { status, headers };
};
