import {
  asterFutures,
  binanceSpot,
  binanceUsdm,
  bitget,
  bybit,
  coinbaseExchange,
  type ExchangeProfile,
  hyperliquid,
  kraken,
  kucoin,
  okx,
} from '../exchange/index.js';
import type { ThrottleCost } from '../index.js';
import type { Api, Call, Plan } from './types.js';
import { asterPlan } from './venues/aster.js';
import { binancePlan } from './venues/binance.js';
import { krakenPlan } from './venues/kraken.js';
import { kucoinCharge } from './venues/kucoin.js';
import { bybitMessage, hyperliquidMessage, okxMessage } from './venues/messages.js';
import { atSpeed } from './venues/per-endpoint.js';

/** The path of a call in a URL. */
type PathOf = (api: Api, path: string) => string;

const plain: PathOf = (_api, path) => `/${path}`;

/** A plan where the paths of ccxt are those of the exchange's documentation. */
function byPath(profile: ExchangeProfile, pathOf: PathOf, message?: Plan['message']): Plan {
  const charge = ({ api, method, path, params }: Call): ThrottleCost =>
    profile.costs(method, pathOf(api, path), params);
  return { profile, rules: profile.rules, headers: profile.headers, charge, ...(message ? { message } : {}) };
}

/** The same where each endpoint is counted by itself: what is in no table goes at the speed that ccxt has for it. */
function bySpeed(plan: Plan, pathOf: PathOf, ratePerCost: number, all: ThrottleCost): Plan {
  const charge = (call: Call): ThrottleCost => {
    const { api, method, path, config } = call;
    const { profile } = plan;
    const url = pathOf(api, path);
    if (config.cost === undefined || profile.costs.has(method, url)) return plan.charge(call);
    const charged = { ...all, ...atSpeed(profile, `${method} ${url}`, ratePerCost / config.cost) };
    profile.costs.note(method, url, charged);
    return charged;
  };
  return { ...plan, charge };
}

const apiPath: PathOf = (_api, path) => `/api/${path}`;
const okxPath: PathOf = (_api, path) => `/api/v5/${path}`;

/** What is known of exchanges, by their ids in ccxt. To add one, add a line. */
const PLANS: { readonly [id: string]: readonly [ExchangeProfile, (profile: ExchangeProfile) => Plan] } = {
  binance: [binanceSpot, binancePlan],
  binanceusdm: [binanceUsdm, binancePlan],
  aster: [asterFutures, asterPlan],
  // A cost of 1 is 50 requests a second.
  bybit: [
    bybit,
    (profile) => bySpeed(byPath(profile, plain, bybitMessage(profile)), plain, 50 / 1000, { IP: 1 }),
  ],
  // A cost of 1 is 20 requests a second.
  bitget: [bitget, (profile) => bySpeed(byPath(profile, apiPath), apiPath, 20 / 1000, { IP: 1 })],
  // A cost of 1 is 20 requests in 2 s.
  okx: [okx, (profile) => bySpeed(byPath(profile, okxPath, okxMessage(profile)), okxPath, 20 / 2000, {})],
  kucoin: [kucoin, (profile) => ({ ...byPath(profile, plain), charge: kucoinCharge(profile) })],
  kucoinfutures: [kucoin, (profile) => ({ ...byPath(profile, plain), charge: kucoinCharge(profile) })],
  kraken: [kraken, krakenPlan],
  hyperliquid: [hyperliquid, (profile) => byPath(profile, plain, hyperliquidMessage(profile))],
  coinbaseexchange: [coinbaseExchange, (profile) => byPath(profile, plain)],
};

/** How calls of an exchange are charged by a profile; undefined if nothing is known of it. */
export function planOf(id: string, profile?: ExchangeProfile, jitter?: number): Plan | undefined {
  const [own, make] = Object.hasOwn(PLANS, id) ? (PLANS[id] as (typeof PLANS)[string]) : [];
  const chosen = profile ?? (own && jitter !== undefined ? own.with({ jitter }) : own);
  if (chosen === undefined) return undefined;
  return make ? make(chosen) : byPath(chosen, plain);
}
