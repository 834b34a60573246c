import { binanceSpot } from 'multi-throttler/exchange';

/** Milliseconds; a simulated exchange may announce other lengths. */
const UNIT_MS = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

/**
 * @typedef {object} ExchangeInfo
 * @property {{ rateLimitType: string, interval: keyof typeof UNIT_MS, intervalNum: number, limit: number }[]} rateLimits
 * @property {{ unitMs: typeof UNIT_MS }} [simulation]
 */

/**
 * The profile of the exchange with the limits that it announces in exchangeInfo, and with the lengths of its windows if it
 * is a simulated one.
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
  /** Its minutes are shorter, but its headers speak of these very windows, so what they tell is all that is counted. */
  const headers = (/** @type {Parameters<typeof profile.headers>} */ ...answer) =>
    [...profile.headers(...answer)].map((usage) => ({ ...usage, exact: true }));
  return { ...profile, headers };
}
