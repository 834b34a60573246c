/**
 * Limits as an exchange announces them, and what follows from each: the length of its window and
 * the name of the response header that shows the usage.
 *
 * @typedef {'SECOND' | 'MINUTE' | 'HOUR' | 'DAY'} Interval
 * @typedef {'REQUEST_WEIGHT' | 'RAW_REQUESTS' | 'ORDERS'} LimitType
 *
 * @typedef {object} RateLimit one entry of `rateLimits` in the response to GET /api/v3/exchangeInfo
 * @property {LimitType} rateLimitType
 * @property {Interval} interval
 * @property {number} intervalNum
 * @property {number} limit
 *
 * @typedef {{ [I in Interval]: number }} UnitLengths milliseconds that each unit lasts
 */

/** @type {UnitLengths} */
export const REAL_UNITS = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

/**
 * Binance spot, November 2026. REQUEST_WEIGHT and ORDERS: exchangeInfo. RAW_REQUESTS was 61 000
 * until the change of 2026-04-02 (CHANGELOG of binance-spot-api-docs, 2026-03-27). The daily limit
 * of orders is left out, as no simulation here lasts a day.
 *
 * @type {readonly RateLimit[]}
 */
export const BINANCE_SPOT_LIMITS = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
  { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 300_000 },
];

/**
 * Scales the lengths of all units by one factor, so that a short run has many windows.
 *
 * @param {number} minuteMs the length of a minute, ms
 * @returns {UnitLengths}
 */
export function scaledUnits(minuteMs) {
  const factor = minuteMs / REAL_UNITS.MINUTE;
  return {
    SECOND: REAL_UNITS.SECOND * factor,
    MINUTE: minuteMs,
    HOUR: REAL_UNITS.HOUR * factor,
    DAY: REAL_UNITS.DAY * factor,
  };
}

/**
 * Length of a limit's window in whole milliseconds.
 *
 * @param {Pick<RateLimit, 'interval' | 'intervalNum'>} limit
 * @param {UnitLengths} units
 */
export function windowMs(limit, units) {
  return Math.round(limit.intervalNum * units[limit.interval]);
}

/** @param {RateLimit} limit */
export function intervalText(limit) {
  return `${limit.intervalNum} ${limit.interval}`;
}

/**
 * The header with the usage of a limit: X-MBX-USED-WEIGHT-1M, X-MBX-ORDER-COUNT-10S. Binance has no
 * header for raw requests.
 *
 * @param {RateLimit} limit
 * @returns {string | undefined}
 */
export function usageHeader(limit) {
  const suffix = `${limit.intervalNum}${limit.interval[0]}`;
  if (limit.rateLimitType === 'REQUEST_WEIGHT') return `X-MBX-USED-WEIGHT-${suffix}`;
  if (limit.rateLimitType === 'ORDERS') return `X-MBX-ORDER-COUNT-${suffix}`;
  return undefined;
}
