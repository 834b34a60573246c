import type { ExchangeProfile } from '../../exchange/index.js';
import type { ThrottleCost } from '../../index.js';

/** Ids of families of rules for endpoints: `10/s:*`, `1/5s:*`. */
const FAMILY = /^\d+\/\d*(s|min|h|d):\*$/;

/**
 * Returns the cost of an endpoint in no table, at an exchange that counts each by itself: one,
 * under a rule of its own in the fastest family that is no faster than ccxt says, or else in the
 * slowest.
 *
 * @param rate how many requests a millisecond ccxt's cost comes to
 */
export function atSpeed(profile: ExchangeProfile, endpoint: string, rate: number): ThrottleCost {
  const families = profile.rules
    .flatMap((rule) =>
      'interval' in rule && FAMILY.test(rule.id)
        ? [{ id: rule.id, rate: ('limit' in rule ? rule.limit : 1) / rule.interval }]
        : [],
    )
    .sort((a, b) => b.rate - a.rate);
  // ccxt's costs are rounded, at the third digit.
  const family = families.find((candidate) => candidate.rate <= rate * 1.01) ?? families.at(-1);
  return family ? { [family.id.replace('*', endpoint)]: 1 } : {};
}
