/** Aster's hosts under one throttler: spot is counted apart from futures. */

import { asterSpot, type ExchangeProfile } from '../../exchange/index.js';
import type { ThrottleCost } from '../../index.js';
import { binanceHeaders } from '../../shared/binance-headers.js';
import { amountOf } from '../../shared/cost.js';
import { Parameters } from '../../shared/params.js';
import type { Call, Plan } from '../types.js';

/** The ids of spot's rules begin with it; those of futures bear their names alone. */
const SPOT = 'spot:';

const isSpot = (id: string) => id.startsWith(SPOT);

/**
 * How calls are charged: by the table of their host, or else ccxt's costs, which are weights here.
 */
export function asterPlan(profile: ExchangeProfile): Plan {
  const rules = [
    ...profile.rules,
    ...asterSpot.rules.map((rule) => ({ ...rule, id: SPOT + rule.id })),
  ];
  return {
    profile,
    rules,
    headers: binanceHeaders(rules),
    charge: (call) => {
      if (!String(call.api).startsWith('sapi'))
        return chargeAt(profile, `/fapi/${call.path}`, call);
      const cost = chargeAt(asterSpot, `/api/${call.path}`, call);
      return Object.fromEntries(Object.entries(cost).map(([id, amount]) => [SPOT + id, amount]));
    },
    paused: (cost) => {
      const ofSpot = Object.keys(cost).some(isSpot);
      return rules.map(({ id }) => id).filter((id) => isSpot(id) === ofSpot);
    },
  };
}

function chargeAt(
  { costs }: ExchangeProfile,
  url: string,
  { method, params, config }: Call,
): ThrottleCost {
  if (config.cost === undefined || costs.has(method, url)) return costs(method, url, params);
  const { cost, noSymbol, byLimit } = config;
  const charged = {
    REQUEST_WEIGHT: amountOf({ noSymbol, byLimit, default: cost }, new Parameters(params)),
  };
  costs.note(method, url, charged);
  return charged;
}
