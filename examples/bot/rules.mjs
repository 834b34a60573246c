import { binanceSpot } from 'multi-throttler/exchange';

/** Lengths of intervals in milliseconds; a simulated exchange may announce others. */
const UNIT_MS = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

/**
 * @typedef {object} ExchangeInfo
 * @property {{ rateLimitType: string, interval: keyof typeof UNIT_MS, intervalNum: number, limit:
 *   number }[]} rateLimits
 * @property {{ unitMs: typeof UNIT_MS }} [simulation]
 */

/**
 * The profile of the exchange with the limits of its exchangeInfo; for a simulated exchange, also
 * with the lengths of its windows.
 *
 * @param {ExchangeInfo} info
 * @param {number} jitter the longest time from grant to count, ms
 */
export function profileFrom({ rateLimits, simulation }, jitter) {
  const units = simulation?.unitMs ?? UNIT_MS;
  const lengths = rateLimits.map(({ rateLimitType, interval, intervalNum }) => {
    return [rateLimitType, { interval: Math.round(intervalNum * units[interval]) }];
  });
  const rules = Object.fromEntries(lengths);
  const profile = binanceSpot.with({ exchangeInfo: { rateLimits }, jitter, rules });
  if (simulation === undefined) return profile;
  /** Headers of the simulated exchange report its shorter windows completely, so they are exact. */
  const headers = (/** @type {Parameters<typeof profile.headers>} */ ...answer) =>
    [...profile.headers(...answer)].map((usage) => ({ ...usage, exact: true }));
  return { ...profile, headers };
}
