/**
 * The endpoints of the simulated exchange in one table: their weights and the checks of their
 * parameters.
 *
 * Weights: binance-spot-api-docs, rest-api.md (2026). Order and cancel weigh nothing when they
 * succeed since 2026-04-02 (CHANGELOG, 2026-03-27). Error codes: errors.md. Signatures and
 * timestamps are not checked, as they do not affect the weight.
 *
 * @typedef {ReadonlyMap<string, string>} Params
 * @typedef {{ status: number, code: number, msg: string }} Failure
 *
 * @typedef {object} Endpoint
 * @property {number | ((params: Params) => number)} weight
 * @property {number} [weightIfDone] the weight of a request that succeeds, if it is lower
 * @property {number} [orders] the number of orders that it places
 * @property {boolean} [signed] whether it needs an API key
 * @property {(params: Params) => Failure | undefined} [check]
 */

const ORDER_BOOK_MAX = 5000;
const ROWS_MAX = 1000;
const KLINE_INTERVALS = '1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M'.split(' ');
const ORDER_TYPES = ['LIMIT', 'LIMIT_MAKER'];

/** @type {Readonly<Record<string, Endpoint>>} */
export const ENDPOINTS = {
  'GET /api/v3/ping': { weight: 1 },
  'GET /api/v3/time': { weight: 1 },
  'GET /api/v3/exchangeInfo': { weight: 20 },
  'GET /api/v3/depth': { weight: depthWeight, check: all(symbol, rows(ORDER_BOOK_MAX)) },
  'GET /api/v3/trades': { weight: 25, check: all(symbol, rows(ROWS_MAX)) },
  'GET /api/v3/klines': {
    weight: 2,
    check: all(symbol, oneOf('interval', KLINE_INTERVALS, -1120), rows(ROWS_MAX)),
  },
  'GET /api/v3/ticker/24hr': { weight: (params) => (params.has('symbol') ? 2 : 80) },
  'GET /api/v3/account': { weight: 20, signed: true },
  'GET /api/v3/openOrders': { weight: (params) => (params.has('symbol') ? 6 : 80), signed: true },
  'POST /api/v3/order': { weight: 1, weightIfDone: 0, orders: 1, signed: true, check: orderFields },
  'DELETE /api/v3/order': {
    weight: 1,
    weightIfDone: 0,
    signed: true,
    check: all(symbol, needed('orderId')),
  },
};

/** @param {Params} params */
function depthWeight(params) {
  const limit = Number(params.get('limit') ?? 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  // A limit that is not a number fails its check, and weighs the most, so that it cannot save
  // weight.
  return limit <= 1000 ? 50 : 250;
}

/**
 * @param {Endpoint} endpoint
 * @param {Params} params
 * @param {string | undefined} apiKey
 * @returns {Failure | undefined} the first fault of the request
 */
export function failureOf(endpoint, params, apiKey) {
  if (endpoint.signed && !apiKey) return failure(401, -2014, 'API-key format invalid.');
  return endpoint.check?.(params);
}

/**
 * @param {number} status
 * @param {number} code
 * @param {string} msg
 * @returns {Failure}
 */
export function failure(status, code, msg) {
  return { status, code, msg };
}

/**
 * The first failure of several checks.
 *
 * @param {((params: Params) => Failure | undefined)[]} checks
 * @returns {(params: Params) => Failure | undefined}
 */
export function all(...checks) {
  return (params) => {
    for (const check of checks) {
      const failed = check(params);
      if (failed) return failed;
    }
    return undefined;
  };
}

/** @param {string} name */
export function needed(name) {
  return (/** @type {Params} */ params) =>
    params.get(name)
      ? undefined
      : failure(
          400,
          -1102,
          `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
        );
}

/** @param {Params} params */
export function symbol(params) {
  const value = params.get('symbol');
  if (!value) return needed('symbol')(params);
  return /^[A-Z0-9]{5,20}$/.test(value) ? undefined : failure(400, -1121, 'Invalid symbol.');
}

/** @param {number} max */
function rows(max) {
  return (/** @type {Params} */ params) => {
    const value = params.get('limit');
    if (
      value === undefined ||
      (/^\d{1,6}$/.test(value) && Number(value) >= 1 && Number(value) <= max)
    )
      return undefined;
    return failure(400, -1130, "Data sent for parameter 'limit' is not valid.");
  };
}

/**
 * @param {string} name
 * @param {string[]} values
 * @param {number} code
 */
export function oneOf(name, values, code) {
  return (/** @type {Params} */ params) => {
    const missing = needed(name)(params);
    if (missing) return missing;
    return values.includes(params.get(name) ?? '')
      ? undefined
      : failure(400, code, `Invalid ${name}.`);
  };
}

/** @param {Params} params */
function orderFields(params) {
  // This exchange matches no orders, so it only has types that rest on the book.
  const type = oneOf('type', ORDER_TYPES, -1116);
  return all(
    symbol,
    oneOf('side', ['BUY', 'SELL'], -1117),
    type,
    positive('quantity'),
    positive('price'),
  )(params);
}

/** @param {string} name */
export function positive(name) {
  return (/** @type {Params} */ params) => {
    const value = params.get(name);
    return value && /^\d{1,20}(\.\d{1,20})?$/.test(value) && Number(value) > 0
      ? undefined
      : needed(name)(new Map());
  };
}
