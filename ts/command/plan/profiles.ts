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
