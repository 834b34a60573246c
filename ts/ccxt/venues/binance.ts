/** Binance's hosts under one throttler: each has its limits, and one instance of ccxt talks to several. */

import { binanceSpot, binanceUsdm, type ExchangeProfile } from '../../exchange/index.js';
import { fixedWindow, type Rule, type ThrottleCost } from '../../index.js';
import { binanceHeaders } from '../../shared/binance-headers.js';
import { amountOf, type Cost } from '../../shared/cost.js';
import { Parameters } from '../../shared/params.js';
import type { Call, EndpointConfig, Plan, SocketCall } from '../types.js';

interface Host {
  /** What ccxt's groups add to a path. */
  readonly groups: { readonly [api: string]: string };
  readonly rules: readonly Rule[];
  /** What a request weighs for each unit of ccxt's cost, which is time. */
  readonly weightPerCost: number;
  readonly costs?: ExchangeProfile['costs'];
  /** The rule of the weight, if each endpoint has one of its own. */
  readonly perEndpoint?: boolean;
}

const minute = (id: string, limit: number) => fixedWindow({ id, limit, interval: 60_000, jitter: 250 });

/**
 * Weights of hosts without a table are ccxt's costs: times 5 where the limit is 6000 a minute, times 10 for `sapi`, as they
 * are where it is 2400 (ccxt 4.5.84). Limits: dapi 2400 and 1200 orders a minute, papi 6000 and 1200 orders (Binance's
 * pages on limits); eapi 400 is not confirmed.
 */
const HOSTS: { readonly [name: string]: Host } = {
  api: {
    groups: { public: '/api/v3/', private: '/api/v3/', v1: '/api/v1/' },
    rules: binanceSpot.rules,
    weightPerCost: 5,
    costs: binanceSpot.costs,
  },
  fapi: {
    groups: {
      fapiPublic: '/fapi/v1/',
      fapiPublicV2: '/fapi/v2/',
      fapiPublicV3: '/fapi/v3/',
      fapiPrivate: '/fapi/v1/',
      fapiPrivateV2: '/fapi/v2/',
      fapiPrivateV3: '/fapi/v3/',
      fapiData: '/futures/data/',
    },
    rules: binanceUsdm.rules,
    weightPerCost: 1,
    costs: binanceUsdm.costs,
  },
  dapi: {
    groups: {
      dapiPublic: '/dapi/v1/',
      dapiPrivate: '/dapi/v1/',
      dapiPrivateV2: '/dapi/v2/',
      dapiData: '/futures/data/',
    },
    rules: [minute('REQUEST_WEIGHT', 2400), minute('ORDERS', 1200)],
    weightPerCost: 1,
  },
  eapi: {
    groups: { eapiPublic: '/eapi/v1/', eapiPrivate: '/eapi/v1/' },
    rules: [minute('REQUEST_WEIGHT', 400)],
    weightPerCost: 1,
  },
  papi: {
    groups: { papi: '/papi/v1/', papiV2: '/papi/v2/' },
    rules: [minute('REQUEST_WEIGHT', 6000), minute('ORDERS', 1200)],
    weightPerCost: 5,
  },
  // 12 000 a minute for each endpoint; for those counted by user 180 000, of which ccxt's cost is the same part.
  sapi: {
    groups: { sapi: '/sapi/v1/', sapiV2: '/sapi/v2/', sapiV3: '/sapi/v3/', sapiV4: '/sapi/v4/' },
    rules: [minute('*', 12_000)],
    weightPerCost: 10,
    perEndpoint: true,
  },
};

/** The host whose rules bear their names alone; those of others begin with the host's: `fapi:ORDERS`. */
export function binancePlan(profile: ExchangeProfile): Plan {
  const main = profile.name === 'binanceSpot' ? 'api' : 'fapi';
  const scopes = new Map<string, { scope: string; host: Host }>();
  const rules: Rule[] = [...profile.rules];
  for (const [name, known] of Object.entries(HOSTS)) {
    const scope = name === main ? '' : `${name}:`;
    const host = name === main ? { ...known, rules: profile.rules, costs: profile.costs } : known;
    if (scope) rules.push(...host.rules.map((rule) => ({ ...rule, id: scope + rule.id })));
    for (const group of Object.keys(host.groups)) scopes.set(group, { scope, host });
  }
  const scopeOf = (id: string) => /^[a-z]+:/.exec(id)?.[0] ?? '';
  return {
    profile,
    rules,
    headers: binanceHeaders(rules),
    charge: (call) => {
      const { scope, host } = scopes.get(String(call.api)) ?? { scope: '', host: HOSTS.api as Host };
      return scoped(scope, chargeAt(host, call));
    },
    paused: (cost) => {
      const scope = scopeOf(Object.keys(cost)[0] ?? '');
      return rules.map(({ id }) => id).filter((id) => scopeOf(id) === scope);
    },
    message: (message, url) => {
      const name = /\bws-([fd]?api)\b/.exec(url)?.[1];
      const scope = name === main ? '' : `${name}:`;
      const host = name === undefined ? undefined : HOSTS[name];
      return host && socketCall(host, scope, message);
    },
  };
}

/** What a request over the WebSocket API costs, which weighs what it weighs over REST. */
function socketCall(host: Host, scope: string, message: unknown): SocketCall {
  const { method, params } = message as { method?: unknown; params?: object };
  const name = String(method);
  const places = /^(order|sor\.order|algoOrder)\./.test(name) ? 'POST order' : undefined;
  const endpoint = (Object.hasOwn(METHODS, name) ? METHODS[name] : places) ?? `GET ${name}`;
  const [verb = '', path = ''] = endpoint.split(' ');
  const url = `${Object.values(host.groups)[0]}${path}`;
  // What is in no table weighs 2, as most of what is about sessions.
  const cost = host.costs?.has(verb, url) ? host.costs(verb, url, params) : { REQUEST_WEIGHT: 2 };
  return { method: verb, path, cost: scoped(scope, cost) };
}

/** Methods of the WebSocket API and the endpoints that they stand for. */
const METHODS: { readonly [method: string]: string } = {
  'order.cancel': 'DELETE order',
  'algoOrder.cancel': 'DELETE algoOrder',
  'order.cancelReplace': 'POST order/cancelReplace',
  'order.amend.keepPriority': 'PUT order/amend/keepPriority',
  'order.modify': 'PUT order',
  'order.test': 'POST order/test',
  'sor.order.test': 'POST sor/order/test',
  'order.status': 'GET order',
  'openOrders.cancelAll': 'DELETE openOrders',
  'openOrders.status': 'GET openOrders',
  'orderList.place.oco': 'POST orderList/oco',
  'orderList.place.oto': 'POST orderList/oto',
  'orderList.place.otoco': 'POST orderList/otoco',
  'orderList.cancel': 'DELETE orderList',
  allOrders: 'GET allOrders',
  myTrades: 'GET myTrades',
  'account.status': 'GET account',
  'account.balance': 'GET balance',
  'account.position': 'GET positionRisk',
  'v2/account.status': 'GET account',
  'v2/account.balance': 'GET balance',
  'v2/account.position': 'GET positionRisk',
  depth: 'GET depth',
  klines: 'GET klines',
  'trades.recent': 'GET trades',
  'ticker.price': 'GET ticker/price',
  'ticker.book': 'GET ticker/bookTicker',
  'ticker.24hr': 'GET ticker/24hr',
  ping: 'GET ping',
  time: 'GET time',
};

function chargeAt(host: Host, call: Call): ThrottleCost {
  const { api, method, path, params, config } = call;
  const url = `${host.groups[String(api)] ?? '/'}${path}`;
  const known = host.costs?.has(method, url);
  if (host.costs && (known || !('cost' in config))) return host.costs(method, url, params);
  const weight = weightOf(config, host.weightPerCost, params);
  if (host.perEndpoint) return { [`${method} ${url}`]: weight };
  const orders = method === 'POST' && /(^|\/)(order|batchOrders|conditional\/order)$/.test(path);
  const items: Cost = { perItem: ['batchOrders', 1] };
  return {
    REQUEST_WEIGHT: weight,
    ...(orders && hasOrders(host) ? { ORDERS: amountOf(items, new Parameters(params)) } : {}),
  };
}

function weightOf(config: EndpointConfig, weightPerCost: number, params: object): number {
  const { cost = 1, noCoin, noSymbol, byLimit } = config;
  const units = amountOf({ noCoin, noSymbol, byLimit, default: cost }, new Parameters(params));
  return Math.ceil(units * weightPerCost);
}

const hasOrders = (host: Host) => host.rules.some(({ id }) => id === 'ORDERS');

function scoped(scope: string, cost: ThrottleCost): ThrottleCost {
  return Object.fromEntries(Object.entries(cost).map(([id, amount]) => [scope + id, amount]));
}
