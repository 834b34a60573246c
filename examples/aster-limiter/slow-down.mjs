/**
 * @typedef {import('multi-throttler').RuleStatus} RuleStatus
 */

/** The factor from each used fraction of a limit on. */
const FACTORS = /** @type {const} */ ([
  [0.95, 2],
  [0.85, 1],
  [0.7, 0.5],
  [0.5, 0.2],
]);

/** Milliseconds between requests at a factor of 1. */
export const SPACE = 100;

/**
 * Returns the factor of the slow-down, by the limit that is used most: 0, then 0.2, 0.5, 1 and 2
 * from 50, 70, 85 and 95 % on.
 *
 * @param {readonly RuleStatus[]} limits
 */
export function factorOf(limits) {
  const used = Math.max(...limits.map(({ utilization }) => utilization));
  return FACTORS.find(([from]) => used >= from)?.[1] ?? 0;
}
