/**
 * What the bot's requests cost, from Binance's documentation (rest-api.md, 2026).
 *
 * An order, and a cancel, weighs nothing when it succeeds and 1 when it fails (since 2026-04-02, CHANGELOG of
 * 2026-03-27). `ifFailed` is what the bot pays afterwards.
 *
 * @typedef {ReadonlyMap<string, string | number>} Params
 * @typedef {object} Cost
 * @property {number | ((params: Params) => number)} REQUEST_WEIGHT
 * @property {number} [ORDERS]
 * @property {number} [ifFailed] weight
 */

/** @param {Params} params */
function depthWeight(params) {
  const limit = Number(params.get('limit') ?? 100);
  const [, weight] = [
    [100, 5],
    [500, 25],
    [1000, 50],
  ].find(([most = 0]) => limit <= most) ?? [5000, 250];
  return weight ?? 250;
}

/** @type {Readonly<Record<string, Cost>>} */
const COSTS = {
  'GET /api/v3/ping': { REQUEST_WEIGHT: 1 },
  'GET /api/v3/time': { REQUEST_WEIGHT: 1 },
  'GET /api/v3/exchangeInfo': { REQUEST_WEIGHT: 20 },
  'GET /api/v3/depth': { REQUEST_WEIGHT: depthWeight },
  'GET /api/v3/trades': { REQUEST_WEIGHT: 25 },
  'GET /api/v3/klines': { REQUEST_WEIGHT: 2 },
  'GET /api/v3/ticker/24hr': { REQUEST_WEIGHT: (params) => (params.has('symbol') ? 2 : 80) },
  'GET /api/v3/account': { REQUEST_WEIGHT: 20 },
  'GET /api/v3/openOrders': { REQUEST_WEIGHT: (params) => (params.has('symbol') ? 6 : 80) },
  'POST /api/v3/order': { REQUEST_WEIGHT: 0, ORDERS: 1, ifFailed: 1 },
  'DELETE /api/v3/order': { REQUEST_WEIGHT: 0, ifFailed: 1 },
};

/** The dearest request that the bot sends: its buckets must hold this much. */
export const DEAREST = { REQUEST_WEIGHT: 80, ORDERS: 1 };

/**
 * @param {string} endpoint such as `GET /api/v3/depth`
 * @param {Params} params
 * @returns {{ REQUEST_WEIGHT: number, RAW_REQUESTS: number, ORDERS: number, ifFailed: number }}
 */
export function costOf(endpoint, params) {
  const cost = COSTS[endpoint];
  if (cost === undefined) throw new TypeError(`no cost is known for ${endpoint}`);
  const { REQUEST_WEIGHT: weight, ORDERS = 0, ifFailed = 0 } = cost;
  return {
    REQUEST_WEIGHT: typeof weight === 'number' ? weight : weight(params),
    RAW_REQUESTS: 1,
    ORDERS,
    ifFailed,
  };
}
