/** The profiles of exchanges by their names. */

import type { ExchangeProfile } from '../../exchange/index.js';
import * as exchange from '../../exchange/index.js';

export const PROFILES: ReadonlyMap<string, ExchangeProfile> = new Map(
  Object.values(exchange)
    .filter(
      (value): value is ExchangeProfile =>
        typeof value === 'object' && value !== null && 'costs' in value && 'rules' in value,
    )
    .map((profile) => [profile.name, profile]),
);

/** Returns the profile of a name that was checked. */
export function profileOf(name: string): ExchangeProfile {
  const profile = PROFILES.get(name);
  if (profile === undefined) throw new TypeError(`no profile ${name}`);
  return profile;
}
