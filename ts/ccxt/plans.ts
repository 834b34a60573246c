import {
  asterFutures,
  binanceSpot,
  binanceUs,
  binanceUsdm,
  bitget,
  bybit,
  coinbaseAdvanced,
  coinbaseExchange,
  deribit,
  type ExchangeProfile,
  gate,
  hyperliquid,
  kraken,
  krakenFutures,
  kucoin,
  mexc,
  okx,
} from '../exchange/index.js';
import type { ThrottleCost } from '../index.js';
import {
  apiPath,
  coinbasePath,
  deribitPath,
  gatePath,
  krakenFuturesPath,
  mexcPath,
  okxPath,
  type PathOf,
  plainPath,
} from './paths.js';
import type { Call, CcxtExchange, Plan } from './types.js';
import { asterPlan } from './venues/aster.js';
import { binancePlan, hostOf } from './venues/binance.js';
import { hyperliquidAnswers } from './venues/hyperliquid.js';
import { krakenPlan } from './venues/kraken.js';
import { kucoinCharge } from './venues/kucoin.js';
import {
  bybitMessage,
  coinbaseMessage,
  deribitMessage,
  gateMessage,
  hyperliquidMessage,
  okxMessage,
} from './venues/messages.js';
import { atSpeed } from './venues/per-endpoint.js';
import {
  bybitRenewal,
  deribitRenewal,
  gateRenewal,
  hyperliquidRenewal,
} from './venues/renewals.js';

/** A plan where the paths of ccxt are those of the exchange's documentation. */
function byPath(profile: ExchangeProfile, pathOf: PathOf, message?: Plan['message']): Plan {
  const charge = ({ api, method, path, params }: Call): ThrottleCost =>
    profile.costs(method, pathOf(api, path), params);
  return {
    profile,
    rules: profile.rules,
    headers: profile.headers,
    charge,
    ...(message ? { message } : {}),
  };
}

/** A plan where each endpoint is counted separately; endpoints in no table have ccxt's speed. */
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

/** A profile, and the plan that ccxt's calls of its exchange follow. */
interface Known {
  readonly profile: ExchangeProfile;
  readonly plan: (profile: ExchangeProfile, others: readonly ExchangeProfile[]) => Plan;
}

/** A throttler of several exchanges of Binance has one whose rules have plain ids: the first. */
const binance: Known['plan'] = (profile, others) => {
  const first = others.find(({ name }) => name === binanceSpot.name || name === binanceUsdm.name);
  return binancePlan(profile, first && hostOf(first));
};

const BINANCE_SPOT: Known = { profile: binanceSpot, plan: binance };
const BINANCE_FUTURES: Known = { profile: binanceUsdm, plan: binance };
const BINANCE_US: Known = { profile: binanceUs, plan: (profile) => binancePlan(profile) };
const ASTER: Known = { profile: asterFutures, plan: asterPlan };
const BYBIT: Known = {
  profile: bybit,
  // A cost of 1 is 50 requests a second.
  plan: (profile) => ({
    ...bySpeed(byPath(profile, plainPath, bybitMessage(profile)), plainPath, 50 / 1000, { IP: 1 }),
    renewal: bybitRenewal,
  }),
};
const BITGET: Known = {
  profile: bitget,
  // A cost of 1 is 20 requests a second.
  plan: (profile) => bySpeed(byPath(profile, apiPath), apiPath, 20 / 1000, { IP: 1 }),
};
const OKX: Known = {
  profile: okx,
  // A cost of 1 is 20 requests in 2 s.
  plan: (profile) => bySpeed(byPath(profile, okxPath, okxMessage(profile)), okxPath, 20 / 2000, {}),
};
const KUCOIN: Known = {
  profile: kucoin,
  plan: (profile) => ({ ...byPath(profile, plainPath), charge: kucoinCharge(profile) }),
};
const GATE: Known = {
  profile: gate,
  // A cost of 1 is 200 requests in 10 s.
  plan: (profile) => ({
    ...bySpeed(byPath(profile, gatePath, gateMessage(profile)), gatePath, 20 / 1000, {}),
    renewal: gateRenewal,
  }),
};
const MEXC: Known = {
  profile: mexc,
  // A cost of 1 is 20 requests a second.
  plan: (profile) => bySpeed(byPath(profile, mexcPath), mexcPath, 20 / 1000, {}),
};
const COINBASE_ADVANCED: Known = {
  profile: coinbaseAdvanced,
  plan: (profile) => byPath(profile, coinbasePath, coinbaseMessage(profile)),
};
const COINBASE: Known = {
  profile: coinbaseExchange,
  plan: (profile) => byPath(profile, plainPath),
};

/**
 * The exchanges that are known, by their ids in ccxt. To add one, add a line.
 *
 * Exchanges of regions have the API of the global one at another host, with accounts of their own.
 * Their documents are copies of the global ones, and limits of their own are in no source: they are
 * taken to be the same. Exchanges that ccxt derives from one of these, and that have other limits,
 * are not here: a guess would be wrong.
 */
const KNOWN: { readonly [id: string]: Known } = {
  binance: BINANCE_SPOT,
  binanceusdm: BINANCE_FUTURES,
  // COIN-M shares the limits of USD-M.
  binancecoinm: BINANCE_FUTURES,
  binanceus: BINANCE_US,
  aster: ASTER,
  bybit: BYBIT,
  bybiteu: BYBIT,
  bybitid: BYBIT,
  bitget: BITGET,
  okx: OKX,
  myokx: OKX,
  okxus: OKX,
  kucoin: KUCOIN,
  kucoinfutures: KUCOIN,
  kraken: { profile: kraken, plan: krakenPlan },
  gate: GATE,
  gateio: GATE,
  gateeu: GATE,
  krakenfutures: {
    profile: krakenFutures,
    plan: (profile) => byPath(profile, krakenFuturesPath),
  },
  mexc: MEXC,
  deribit: {
    profile: deribit,
    plan: (profile) => ({
      ...byPath(profile, deribitPath, deribitMessage(profile)),
      renewal: deribitRenewal,
    }),
  },
  hyperliquid: {
    profile: hyperliquid,
    plan: (profile) => ({
      ...byPath(profile, plainPath, hyperliquidMessage(profile)),
      ...hyperliquidAnswers(profile),
      renewal: hyperliquidRenewal,
    }),
  },
  coinbase: COINBASE_ADVANCED,
  coinbaseexchange: COINBASE,
  // Names that older versions of ccxt have.
  okex: OKX,
  okex5: OKX,
  coinbasepro: COINBASE,
  coinbaseadvanced: COINBASE_ADVANCED,
};

/**
 * Returns the plan of an exchange; undefined if nothing is known of it. A profile of this package
 * brings the plan of its exchange along, whatever the exchange is called.
 *
 * @param options the profile and the jitter, if they are not the usual ones
 * @param others profiles of exchanges that share the throttler
 */
export function planOf(
  id: string,
  { profile, jitter }: { profile?: ExchangeProfile | undefined; jitter?: number | undefined },
  others: readonly ExchangeProfile[] = [],
): Plan | undefined {
  const own = Object.hasOwn(KNOWN, id) ? KNOWN[id] : undefined;
  const named =
    profile && Object.values(KNOWN).find((known) => known.profile.name === profile.name);
  const usual = own && jitter !== undefined ? own.profile.with({ jitter }) : own?.profile;
  const chosen = profile ?? usual;
  if (chosen === undefined) return undefined;
  const known = named ?? own;
  return known ? known.plan(chosen, others) : byPath(chosen, plainPath);
}

/** Returns a known exchange that ccxt derives this one from, and the name of its profile. */
export function relativeOf(exchange: CcxtExchange): { id: string; profile: string } | undefined {
  let type: unknown = exchange.constructor;
  while (typeof type === 'function') {
    const known = Object.hasOwn(KNOWN, type.name) ? KNOWN[type.name] : undefined;
    if (known) return { id: type.name, profile: known.profile.name };
    type = Object.getPrototypeOf(type);
  }
  return undefined;
}
