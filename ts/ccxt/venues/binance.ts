/**
 * Binance's hosts under one throttler: each has its limits, and one instance of ccxt talks to
 * several.
 */

import {
  binanceOptions,
  binancePortfolioMargin,
  binanceSapi,
  binanceSpot,
  binanceUsdm,
  type ExchangeProfile,
} from '../../exchange/index.js';
import type { Rule, ThrottleCost } from '../../index.js';
import { binanceHeaders, sapiHeaders } from '../../shared/binance-headers.js';
import { amountOf } from '../../shared/cost.js';
import { Parameters } from '../../shared/params.js';
import { binanceEndpoint } from '../../shared/socket-endpoints.js';
import { BINANCE_GROUPS } from '../paths.js';
import type { Call, EndpointConfig, Plan, SocketCall } from '../types.js';
import { binanceRenewal } from './renewals.js';

interface Host {
  /** Beginnings of paths by ccxt's groups. */
  readonly groups: { readonly [api: string]: string };
  readonly profile: ExchangeProfile;
  /** Weight of a request for each unit of ccxt's cost, which is a time. */
  readonly weightPerCost: number;
}

/**
 * The hosts by the names that begin their rules' ids. COIN-M shares the limits of USD-M and is
 * counted under them. Endpoints that are in no table weigh ccxt's costs: times 5 where the limit is
 * 6000 a minute, times 10 for `sapi`, as they are for futures and options (ccxt 4.5.90).
 */
const HOSTS: { readonly [name: string]: Host } = {
  api: {
    groups: BINANCE_GROUPS.api,
    profile: binanceSpot,
    weightPerCost: 5,
  },
  fapi: {
    groups: BINANCE_GROUPS.fapi,
    profile: binanceUsdm,
    weightPerCost: 1,
  },
  eapi: {
    groups: BINANCE_GROUPS.eapi,
    profile: binanceOptions,
    weightPerCost: 1,
  },
  papi: {
    groups: BINANCE_GROUPS.papi,
    profile: binancePortfolioMargin,
    weightPerCost: 5,
  },
  sapi: {
    groups: BINANCE_GROUPS.sapi,
    profile: binanceSapi,
    weightPerCost: 10,
  },
};

type HostName = 'api' | 'fapi';

/** The host that a profile of Binance's is of. */
export function hostOf(profile: ExchangeProfile): HostName {
  return profile.name === 'binanceUsdm' ? 'fapi' : 'api';
}

/** The hosts of an exchange, where a profile stands for its own. */
function hostsOf(profile: ExchangeProfile): { readonly [name: string]: Host } {
  const own = hostOf(profile);
  const { api, sapi } = HOSTS;
  if (profile.name === 'binanceUs' && api && sapi) {
    // Binance.US has one host. Endpoints that are not in its table ccxt has from Binance.
    return { api: { groups: { ...api.groups, ...sapi.groups }, profile, weightPerCost: 5 } };
  }
  return { ...HOSTS, [own]: { ...(HOSTS[own] as Host), profile } };
}

/**
 * Returns the plan for the exchanges of Binance, each of which talks to several hosts.
 *
 * @param main the host whose rules have plain ids; those of others begin with the host's name,
 *   `fapi:ORDERS`. Default: the host of the profile
 */
export function binancePlan(profile: ExchangeProfile, main: HostName = hostOf(profile)): Plan {
  const hosts = hostsOf(profile);
  const groups = new Map<string, { scope: string; host: Host }>();
  const rules: Rule[] = [];
  const scopeOfHost = (name: string) => (name === main ? '' : `${name}:`);
  for (const [name, host] of Object.entries(hosts)) {
    const scope = scopeOfHost(name);
    rules.push(...host.profile.rules.map((rule) => ({ ...rule, id: scope + rule.id })));
    for (const group of Object.keys(host.groups)) groups.set(group, { scope, host });
  }
  const readWeights = binanceHeaders(rules);
  const scopeOf = (id: string) => /^(?:[a-z]+:)?/.exec(id)?.[0] ?? '';
  return {
    profile,
    rules,
    headers: (headers, status, charged) => [
      ...readWeights(headers, status, charged),
      ...sapiHeaders(headers, status, charged),
    ],
    charge: (call) => {
      const known = groups.get(String(call.api));
      const { scope, host } = known ?? { scope: scopeOfHost('api'), host: hosts.api as Host };
      return scoped(scope, chargeAt(host, call));
    },
    paused: (cost) => {
      const scope = scopeOf(Object.keys(cost)[0] ?? '');
      return rules.map(({ id }) => id).filter((id) => scopeOf(id) === scope);
    },
    renewal: binanceRenewal,
    message: (message, url) => {
      const name = /\bws-([fd]?api)\b/.exec(url)?.[1]?.replace('dapi', 'fapi');
      const host = name === undefined ? undefined : hosts[name];
      const group = /\bws-dapi\b/.test(url) ? 'dapiPublic' : undefined;
      return host && name ? socketCall(host, scopeOfHost(name), message, group) : undefined;
    },
  };
}

/** Returns the cost of a request over the WebSocket API: its weight is that of REST. */
function socketCall(host: Host, scope: string, message: unknown, group?: string): SocketCall {
  const { method, params } = message as { method?: unknown; params?: object };
  const name = String(method);
  const [verb = '', path = ''] = (binanceEndpoint(name) ?? `GET ${name}`).split(' ');
  const { costs } = host.profile;
  const url = `${group ? host.groups[group] : Object.values(host.groups)[0]}${path}`;
  // Methods that are in no table weigh 2, as most of those about sessions do.
  const cost = costs.has(verb, url) ? costs(verb, url, params) : { REQUEST_WEIGHT: 2 };
  return { method: verb, path, cost: scoped(scope, cost) };
}

function chargeAt({ groups, profile, weightPerCost }: Host, call: Call): ThrottleCost {
  const { api, method, path, params } = call;
  const url = `${groups[String(api)] ?? '/'}${path}`;
  const charged = profile.costs.has(method, url)
    ? undefined
    : byCcxt(profile, method, url, call, weightPerCost);
  if (charged) profile.costs.note(method, url, charged);
  return charged ?? profile.costs(method, url, params);
}

/** Returns the cost of an endpoint in no table; undefined if ccxt has no cost for it either. */
function byCcxt(
  { costs, rules }: ExchangeProfile,
  method: string,
  url: string,
  { params, config }: Call,
  weightPerCost: number,
): ThrottleCost | undefined {
  if (config.cost === undefined) return undefined;
  const weight = weightOf(config, weightPerCost, params);
  if (rules.some(({ id }) => id === 'IP:*')) return { [`IP:${method} ${url}`]: weight };
  if (url.startsWith('/futures/data/')) return { DATA: 1 };
  const isOrder =
    method !== 'GET' && method !== 'DELETE' && /(^|\/)(order|batchOrders|algoOrder)$/.test(url);
  // Those of the order that each such host has.
  const placing = isOrder ? ORDERS[url.split('/')[1] ?? ''] : undefined;
  const { REQUEST_WEIGHT: _, ...orders } =
    placing === undefined ? {} : costs('POST', placing, params);
  return { REQUEST_WEIGHT: weight, ...orders };
}

/** An endpoint of each host that places orders. */
const ORDERS: { readonly [host: string]: string } = {
  api: '/api/v3/order',
  fapi: '/fapi/v1/order',
  dapi: '/dapi/v1/order',
  eapi: '/eapi/v1/order',
  papi: '/papi/v1/um/order',
};

function weightOf(config: EndpointConfig, weightPerCost: number, params: object): number {
  const { cost = 1, noCoin, noSymbol, noPoolId, byLimit } = config;
  const missing = noPoolId === undefined ? undefined : { poolId: noPoolId };
  const units = amountOf(
    { noCoin, noSymbol, missing, byLimit, default: cost },
    new Parameters(params),
  );
  return Math.ceil(units * weightPerCost);
}

function scoped(scope: string, cost: ThrottleCost): ThrottleCost {
  return Object.fromEntries(Object.entries(cost).map(([id, amount]) => [scope + id, amount]));
}
