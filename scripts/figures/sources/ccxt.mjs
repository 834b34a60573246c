// Reads ccxt's costs of every endpoint: from the package on npm by its API description, from the
// one on PyPI by its text.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ccxt from 'ccxt';
import { folderOf, versionOf } from '../packages.mjs';
import { profiles } from '../profiles.mjs';
import { binanceHost, CCXT } from '../units.mjs';

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string[]} api its groups, from the outer one to the inner one
 * @property {string} method
 * @property {string} path
 * @property {Record<string, any>} config
 */

/** Reads ccxt of PyPI, which is newer than the one on npm. */
export function readCcxtText() {
  const folder = folderOf('pypi', 'ccxt');
  if (!folder) throw new Error('ccxt of PyPI is missing');
  const entries = Object.keys(CCXT).flatMap((id) => {
    const text = readFileSync(join(folder, 'ccxt', 'abstract', `${id}.py`), 'utf8');
    return [
      ...text.matchAll(/Entry\[.*?\]\('([^']*)', \[([\w', ]+)\], '(\w+)', (\{.*\})\)$/gm),
    ].map(([, path = '', api = '', method = '', config = '']) => ({
      id,
      api: api.match(/\w+/g) ?? [],
      method,
      path,
      config: JSON.parse(config.replaceAll("'", '"')),
    }));
  });
  return entries.flatMap((entry) => figuresOf(`ccxt ${versionOf('pypi', 'ccxt')}`, entry));
}

/** Reads the ccxt that is installed with the project, the newest on npm. */
export function readCcxtInstalled() {
  return installedEntries().flatMap((entry) => figuresOf(`ccxt ${ccxt.version}`, entry));
}

/** Every endpoint of the installed ccxt, for known exchanges. @returns {Entry[]} */
export function installedEntries() {
  return Object.keys(CCXT).flatMap((id) => entriesIn(id, exchangeOf(id).api, []));
}

/**
 * @param {string} id
 * @param {Record<string, any>} groups
 * @param {string[]} api the groups around them
 * @returns {Entry[]}
 */
function entriesIn(id, groups, api) {
  return Object.entries(groups).flatMap(([name, inner]) => {
    if (!/^(get|post|put|delete|patch)$/.test(name)) return entriesIn(id, inner, [...api, name]);
    return Object.entries(/** @type {Record<string, any>} */ (inner)).map(([path, config]) => ({
      id,
      api,
      method: name.toUpperCase(),
      path,
      config: typeof config === 'number' ? { cost: config } : config,
    }));
  });
}

/** @param {string} id */
export function exchangeOf(id) {
  const Exchange = /** @type {any} */ (ccxt)[id];
  return new Exchange({ apiKey: 'key', secret: 'c2VjcmV0', password: 'pass' });
}

const kucoin = exchangeOf('kucoin');

/**
 * @param {string} source
 * @param {Entry} entry
 * @returns {import('../types.ts').Figure[]}
 */
function figuresOf(source, { id, api: groups, method, path, config }) {
  const units = CCXT[id];
  const api = groups.join('.');
  if (!units || config.cost === undefined) return [];
  const version = kucoin.options.versions?.[api]?.[method]?.[path] ?? 'v1';
  const endpoint = `${method} ${units.pathOf(api, path).replace('{version}', version)}`;
  const profile = id === 'binance' ? binanceHost(endpoint)?.profile : units.profile;
  // The group `zendesk` has Kraken's help pages and is no API.
  if (profile === undefined || api === 'zendesk') return [];
  if (units.inherits && !profiles[profile]?.costs.has(method, endpoint.split(' ')[1] ?? ''))
    return [];
  return casesOf(config).map(({ params, cost }) => ({
    source,
    isVendor: false,
    profile: id === 'aster' && api.startsWith('sapi') ? 'asterSpot' : profile,
    endpoint,
    params,
    charges: [units.charge(api, cost, endpoint)],
    call: { id, api: groups, path, config },
  }));
}

/**
 * The cases that ccxt distinguishes, each with parameters that lead to it.
 * @param {Record<string, any>} config
 */
function casesOf(config) {
  const { cost, noSymbol, noCoin, noPoolId, byLimit, byType } = config;
  const all = { symbol: 'BTCUSDT', coin: 'BTC', poolId: '1' };
  const cases = [{ params: /** @type {Record<string, unknown>} */ (all), cost }];
  if (noSymbol !== undefined) cases.push({ params: { coin: 'BTC' }, cost: noSymbol });
  if (noCoin !== undefined) cases.push({ params: { symbol: 'BTCUSDT' }, cost: noCoin });
  if (noPoolId !== undefined)
    cases.push({ params: { symbol: 'BTCUSDT', coin: 'BTC' }, cost: noPoolId });
  for (const [type, ofType] of Object.entries(byType ?? {}))
    cases.push({ params: { type }, cost: ofType });
  for (const [limit, ofLimit] of byLimit ?? [])
    cases.push({ params: { ...all, limit }, cost: ofLimit });
  return cases;
}
