/**
 * The paths of ccxt's calls as the exchanges' documentation has them. `npm run figures` reads
 * ccxt's tables by them too, so this file imports nothing but types.
 */

import type { Api } from './types.js';

/** Returns the path of a call in a URL. */
export type PathOf = (api: Api, path: string) => string;

/** Paths of ccxt are those of the documentation. */
export const plainPath: PathOf = (_api, path) => `/${path}`;

/** Bitget. */
export const apiPath: PathOf = (_api, path) => `/api/${path}`;

export const okxPath: PathOf = (_api, path) => `/api/v5/${path}`;

export const deribitPath: PathOf = (api, path) => `/api/v2/${api}/${path}`;

/** Groups are sections of the API but for two, whose paths begin with their own name. */
export const gatePath: PathOf = ([, section], path) => {
  if (section === 'subAccounts') return `/api/v4/${path}`;
  if (section === 'withdrawals') return `/api/v4/${path === 'push' ? 'withdrawals/push' : path}`;
  return `/api/v4/${section}/${path}`;
};

export const mexcPath: PathOf = ([section, access], path) => {
  if (section === 'contract')
    return `/api/v1/${access === 'private' ? 'private' : 'contract'}/${path}`;
  if (section === 'spot2') return `/open/api/v2/${path}`;
  return `/api/v3/${section === 'broker' ? 'broker/' : ''}${path}`;
};

export const coinbasePath: PathOf = ([version], path) =>
  version === 'v3' ? `/api/v3/${path}` : `/v2/${path}`;

/** Hosts of krakenfutures: paths of ccxt lack the version, which goes by the endpoint. */
export const krakenFuturesPath: PathOf = (api, path) => {
  if (api === 'charts') return `/api/charts/v1/${path}`;
  if (api === 'history') return `/api/history/v3/${path}`;
  return `/derivatives/api/v3/${path}`;
};

/** Beginnings of Binance's paths by its hosts and ccxt's groups. */
export const BINANCE_GROUPS = {
  api: { public: '/api/v3/', private: '/api/v3/', v1: '/api/v1/' },
  fapi: {
    fapiPublic: '/fapi/v1/',
    fapiPublicV2: '/fapi/v2/',
    fapiPublicV3: '/fapi/v3/',
    fapiPrivate: '/fapi/v1/',
    fapiPrivateV2: '/fapi/v2/',
    fapiPrivateV3: '/fapi/v3/',
    fapiData: '/futures/data/',
    dapiPublic: '/dapi/v1/',
    dapiPrivate: '/dapi/v1/',
    dapiPrivateV2: '/dapi/v2/',
    dapiData: '/futures/data/',
  },
  eapi: { eapiPublic: '/eapi/v1/', eapiPrivate: '/eapi/v1/' },
  papi: { papi: '/papi/v1/', papiV2: '/papi/v2/' },
  sapi: { sapi: '/sapi/v1/', sapiV2: '/sapi/v2/', sapiV3: '/sapi/v3/', sapiV4: '/sapi/v4/' },
} as const;
