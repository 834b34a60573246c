/**
 * @typedef {import('multi-throttler').Priority} Priority
 */

/** Types of orders that protect a position, by the parameter `type`. */
const PROTECTIVE = /^(STOP|TAKE_PROFIT|TRAILING_STOP)/;

/**
 * Returns the class of a request: orders and cancellations are critical, stop-loss and take-profit
 * orders normal, and so are other changes. Requests that only read are low.
 *
 * @param {string} method
 * @param {string} path
 * @param {URLSearchParams} params
 * @returns {Priority}
 */
export function priorityOf(method, path, params) {
  if (method === 'GET') return 'low';
  if (method === 'DELETE') return 'critical';
  if (!/order|chase/i.test(path)) return 'normal';
  return PROTECTIVE.test(params.get('type') ?? '') ? 'normal' : 'critical';
}
