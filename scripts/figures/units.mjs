// Units of the sources: limits that weights count against, and ccxt's costs, which are durations.

import { importSource } from '../lib/import-source.mjs';

/** @type {typeof import('../../ts/ccxt/paths.ts')} */
const paths = await importSource('ts/ccxt/paths.ts');

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** @typedef {{ limit: number, interval: number }} Limit */

/**
 * Profiles and limits of Binance, by the first segment of a path.
 * @type {Record<string, { profile: string, pools: Record<string, Limit> }>}
 */
const BINANCE_HOSTS = {
  api: {
    profile: 'binanceSpot',
    pools: {
      IP: { limit: 6000, interval: MINUTE },
      ORDERS_10S: { limit: 100, interval: 10 * SECOND },
    },
  },
  fapi: { profile: 'binanceUsdm', pools: futuresPools() },
  dapi: { profile: 'binanceUsdm', pools: futuresPools() },
  // /futures/data counts requests by IP, without weight.
  futures: { profile: 'binanceUsdm', pools: { DATA: { limit: 1000, interval: 5 * MINUTE } } },
  eapi: { profile: 'binanceOptions', pools: { IP: { limit: 400, interval: MINUTE } } },
  papi: {
    profile: 'binancePortfolioMargin',
    pools: { IP: { limit: 6000, interval: MINUTE }, ORDERS_1M: { limit: 1200, interval: MINUTE } },
  },
  sapi: {
    profile: 'binanceSapi',
    pools: { IP: { limit: 12_000, interval: MINUTE }, UID: { limit: 180_000, interval: MINUTE } },
  },
};

function futuresPools() {
  return {
    IP: { limit: 2400, interval: MINUTE },
    ORDERS_10S: { limit: 300, interval: 10 * SECOND },
    ORDERS_1M: { limit: 1200, interval: MINUTE },
    FUNDING: { limit: 500, interval: 5 * MINUTE },
  };
}

/**
 * The profile and limits of one of Binance's endpoints.
 * @param {string} endpoint
 */
export function binanceHost(endpoint) {
  const [, host = ''] = endpoint.split('/');
  return BINANCE_HOSTS[host];
}

/**
 * Pools of KuCoin at VIP0 (kucoin.com/docs-new/rate-limit, as stored in 2026).
 * @type {Record<string, Limit>}
 */
export const KUCOIN_POOLS = Object.fromEntries(
  Object.entries({
    SPOT: 4000,
    FUTURES: 2000,
    MANAGEMENT: 2000,
    EARN: 2000,
    COPY_TRADING: 2000,
    BROKER: 2000,
    PUBLIC: 2000,
  }).map(([pool, limit]) => [pool, { limit, interval: 30 * SECOND }]),
);

/**
 * @typedef {object} CcxtUnits
 * @property {string} profile
 * @property {(api: string, path: string) => string} pathOf
 * @property {(api: string, cost: number, endpoint: string) => import('./types.ts').Charge} charge
 * @property {boolean} [inherits] whether ccxt also lists endpoints of another exchange, which this
 *   one
 *   lacks: those that the profile has are compared
 */

/** @type {Record<string, string>} */
const BINANCE_GROUPS = Object.assign({}, ...Object.values(paths.BINANCE_GROUPS));

/**
 * Paths as the adapter makes them of groups that ccxt nests.
 *
 * @param {import('../../ts/ccxt/paths.ts').PathOf} pathOf
 * @returns {CcxtUnits['pathOf']}
 */
const nested = (pathOf) => (api, path) => pathOf(api.includes('.') ? api.split('.') : api, path);

/** @param {number} limit @param {number} interval @param {number} cost */
const speed = (limit, interval, cost) => ({ cost, limit, interval, isSpeed: true });

/**
 * The meaning of ccxt's costs, by its ids of exchanges. A cost times `rateLimit` is the time until
 * the next call.
 *
 * @type {Record<string, CcxtUnits>}
 */
export const CCXT = {
  binance: {
    profile: '',
    pathOf: (api, path) => `${BINANCE_GROUPS[api] ?? '/?/'}${path}`,
    charge: (api, cost, endpoint) => {
      const pools = binanceHost(endpoint)?.pools ?? {};
      // A unit is 50 ms, or 5 of 6000 in a minute. For futures the costs are the weights.
      if (/^(public|private)$/.test(api))
        return { pool: 'IP', cost: cost * 5, .../** @type {Limit} */ (pools.IP) };
      // A unit is 10 of 12 000 by IP or 150 of 180 000 by user; ccxt does not say which.
      if (api.startsWith('sapi')) return speed(1200, MINUTE, cost);
      if (api.endsWith('Data')) return speed(1200, MINUTE, cost);
      return { pool: 'IP', cost, .../** @type {Limit} */ (pools.IP) };
    },
  },
  binanceus: {
    profile: 'binanceUs',
    pathOf: (api, path) => `${BINANCE_GROUPS[api] ?? '/?/'}${path}`,
    charge: (_api, cost) => ({ pool: 'IP', cost, limit: 1200, interval: MINUTE }),
    inherits: true,
  },
  aster: {
    profile: 'asterFutures',
    pathOf: (api, path) => `/${api.startsWith('sapi') ? 'api' : 'fapi'}/${path}`,
    charge: (api, cost) =>
      api.startsWith('sapi')
        ? { pool: 'IP', cost, limit: 6000, interval: MINUTE }
        : { pool: 'IP', cost, limit: 2400, interval: MINUTE },
  },
  bybit: {
    profile: 'bybit',
    pathOf: paths.plainPath,
    charge: (_api, cost) => speed(50, SECOND, cost),
  },
  okx: {
    profile: 'okx',
    pathOf: paths.okxPath,
    charge: (_api, cost) => speed(20, 2 * SECOND, cost),
  },
  kucoin: {
    profile: 'kucoin',
    // The version in the path is an option of the exchange.
    pathOf: (api, path) =>
      `https://api${api.startsWith('futures') ? '-futures' : ''}.kucoin.com/api/${api.startsWith('uta') ? 'ua/' : ''}${api === 'utaV2' ? 'v2' : '{version}'}/${path}`,
    // A unit is 1 of 4000 in 30 s for spot, and half of 1 of 2000 for all else. Groups are no
    // pools.
    charge: (_api, cost) => speed(4000, 30 * SECOND, cost),
  },
  kraken: {
    profile: 'kraken',
    pathOf: (api, path) => `/0/${api}/${path}`,
    charge: (_api, cost) => speed(1, SECOND, cost),
  },
  krakenfutures: {
    profile: 'krakenFutures',
    pathOf: paths.krakenFuturesPath,
    charge: (_api, cost) => speed(100, MINUTE, cost),
  },
  bitget: {
    profile: 'bitget',
    pathOf: paths.apiPath,
    charge: (_api, cost) => speed(20, SECOND, cost),
  },
  gate: {
    profile: 'gate',
    pathOf: nested(paths.gatePath),
    charge: (_api, cost) => speed(200, 10 * SECOND, cost),
  },
  mexc: {
    profile: 'mexc',
    pathOf: nested(paths.mexcPath),
    // A unit is 50 ms for futures, and for spot 1 of the weight of an IP.
    charge: (api, cost) =>
      /^(spot|broker)\b/.test(api)
        ? { pool: 'IP', cost, limit: 300, interval: 10 * SECOND }
        : speed(20, SECOND, cost),
  },
  deribit: {
    profile: 'deribit',
    pathOf: paths.deribitPath,
    charge: (_api, cost) => speed(20, SECOND, cost),
  },
  hyperliquid: {
    profile: 'hyperliquid',
    pathOf: paths.plainPath,
    charge: (_api, cost) => ({ pool: 'IP', cost, limit: 1200, interval: MINUTE }),
  },
  coinbase: {
    profile: 'coinbaseAdvanced',
    pathOf: nested(paths.coinbasePath),
    charge: (_api, cost) => speed(30, SECOND, cost),
  },
  coinbaseexchange: {
    profile: 'coinbaseExchange',
    pathOf: paths.plainPath,
    charge: (_api, cost) => speed(10, SECOND, cost),
  },
};
