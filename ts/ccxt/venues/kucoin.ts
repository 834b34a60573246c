import type { ExchangeProfile } from '../../exchange/index.js';
import type { ThrottleCost } from '../../index.js';
import type { Call } from '../types.js';

/**
 * The pool of each group of ccxt's, and what an endpoint that is in no table weighs for each unit
 * of ccxt's cost.
 */
const POOLS: { readonly [api: string]: readonly [pool: string, weightPerCost: number] } = {
  public: ['PUBLIC', 1],
  private: ['SPOT', 1],
  futuresPublic: ['PUBLIC', 0.5],
  futuresPrivate: ['FUTURES', 0.5],
  earn: ['EARN', 0.5],
  uta: ['PUBLIC', 0.5],
  utaV2: ['PUBLIC', 0.5],
  utaPrivate: ['UNIFIED', 0.5],
  broker: ['BROKER', 0.5],
  webExchange: ['PUBLIC', 1],
};

/** The version in a path is an option of ccxt's, and the group tells the host. */
export function kucoinCharge(profile: ExchangeProfile): (call: Call) => ThrottleCost {
  return ({ exchange, api, method, path, params, config }) => {
    const [pool, weightPerCost] = POOLS[String(api)] ?? ['SPOT', 1];
    const url = `${hostOf(String(api))}/api/${versionOf(exchange.options as Options, String(api), method, path, params)}/${path}`;
    const { cost } = config;
    if (profile.costs.has(method, url) || cost === undefined)
      return profile.costs(method, url, params);
    const charged = { [pool]: Math.ceil(cost * weightPerCost) };
    profile.costs.note(method, url, charged);
    return charged;
  };
}

/** Spot and futures share paths, which their hosts tell apart. */
function hostOf(api: string): string {
  return api.startsWith('futures') ? 'https://api-futures.kucoin.com' : 'https://api.kucoin.com';
}

interface Options {
  readonly version?: string;
  readonly versions?: {
    readonly [api: string]: { readonly [method: string]: { readonly [path: string]: string } };
  };
}

function versionOf(
  options: Options,
  api: string,
  method: string,
  path: string,
  params: object,
): string {
  if (api === 'utaV2') return 'ua/v2';
  if (api.startsWith('uta')) return 'ua/v1';
  const { version } = params as { version?: string };
  return version ?? options.versions?.[api]?.[method]?.[path] ?? options.version ?? 'v1';
}
