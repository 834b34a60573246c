// Second opinions on limits: hummingbot and nautilus_trader of PyPI, third parties', read as text.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, versionOf } from '../packages.mjs';

/** @typedef {import('../types.ts').Figure} Figure */

const SECOND = 1000;
const UNITS = /** @type {Record<string, number>} */ ({
  ONE_SECOND: 1,
  ONE_MINUTE: 60,
  ONE_DAY: 86_400,
});

/** The rules of profiles by hummingbot's names of limits, by the files that have them. */
const HUMMINGBOT = {
  'exchange/binance/binance_constants.py': {
    profile: 'binanceSpot',
    rules: {
      REQUEST_WEIGHT: 'REQUEST_WEIGHT',
      ORDERS: 'ORDERS',
      ORDERS_24HR: 'ORDERS_1D',
      RAW_REQUESTS: 'RAW_REQUESTS',
    },
  },
  'derivative/binance_perpetual/binance_perpetual_constants.py': {
    profile: 'binanceUsdm',
    rules: { REQUEST_WEIGHT: 'REQUEST_WEIGHT', ORDERS_1MIN: 'ORDERS_1M', ORDERS_1SEC: 'ORDERS' },
  },
};

/** @returns {Figure[]} none if the package is not there */
export function readHummingbot() {
  const folder = folderOf('pypi', 'hummingbot');
  if (!folder) return [];
  const [inner = ''] = readdirSync(folder);
  const connector = join(folder, inner, 'hummingbot', 'connector');
  const source = `hummingbot ${versionOf('pypi', 'hummingbot')}`;
  const pools = Object.entries(HUMMINGBOT).flatMap(([file, { profile, rules }]) => {
    const text = readFileSync(join(connector, file), 'utf8');
    return limitsIn(text).flatMap(({ name, limit, interval }) => {
      const rule = /** @type {Record<string, string>} */ (rules)[name];
      return rule === undefined ? [] : [figure(source, profile, `LIMIT ${rule}`, limit, interval)];
    });
  });
  const okx = readFileSync(join(connector, 'exchange', 'okx', 'okx_constants.py'), 'utf8');
  const paths = new Map(
    [...okx.matchAll(/^(OKX_\w+_PATH) = ["'](\/api\/v5\/[^"']+)/gm)].map(([, name = '', path]) => [
      name,
      path,
    ]),
  );
  const endpoints = limitsIn(okx).flatMap(({ name, limit, interval }) => {
    const path = paths.get(name);
    const method = /PLACE|CANCEL/.test(name) ? 'POST' : 'GET';
    return path === undefined ? [] : [figure(source, 'okx', `${method} ${path}`, limit, interval)];
  });
  return [...pools, ...endpoints];
}

/**
 * Limits whose figures stand where they are made; those given by a name are none of an exchange.
 * @param {string} text
 */
function limitsIn(text) {
  const made = /RateLimit\(limit_id=(\w+), limit=(\d+), time_interval=([\w *]+)\)/g;
  return [...text.matchAll(made)].map(([, name = '', limit, time = '']) => ({
    name,
    limit: Number(limit),
    interval: time
      .split('*')
      .reduce((product, part) => product * (UNITS[part.trim()] ?? Number(part)), SECOND),
  }));
}

/** @returns {Figure[]} none if the package is not there */
export function readNautilus() {
  const folder = folderOf('pypi', 'nautilus_trader');
  if (!folder) return [];
  const path = join(folder, 'nautilus_trader', 'adapters', 'binance', 'factories.py');
  const text = readFileSync(path, 'utf8');
  const source = `nautilus_trader ${versionOf('pypi', 'nautilus_trader')}`;
  const [spot, futures] = [...text.matchAll(/global_quota = Quota\.rate_per_minute\((\d+)\)/g)].map(
    firstNumber,
  );
  const orders = Number(/ORDER_COUNT_10S_KEY, Quota\.rate_per_second\((\d+)\)/.exec(text)?.[1]);
  const minute = Number(/ORDER_COUNT_1M_KEY, Quota\.rate_per_minute\((\d+)\)/.exec(text)?.[1]);
  return [
    figure(source, 'binanceSpot', 'LIMIT REQUEST_WEIGHT', spot ?? Number.NaN, 60 * SECOND),
    figure(source, 'binanceUsdm', 'LIMIT REQUEST_WEIGHT', futures ?? Number.NaN, 60 * SECOND),
    figure(source, 'binanceUsdm', 'LIMIT ORDERS', orders * 10, 10 * SECOND),
    figure(source, 'binanceUsdm', 'LIMIT ORDERS_1M', minute, 60 * SECOND),
  ];
}

/** @param {RegExpMatchArray} match */
const firstNumber = ([, text]) => Number(text);

/**
 * @param {string} source
 * @param {string} profile
 * @param {string} endpoint
 * @param {number} limit
 * @param {number} interval
 * @returns {Figure}
 */
function figure(source, profile, endpoint, limit, interval) {
  return {
    source,
    isVendor: false,
    profile,
    endpoint,
    params: {},
    charges: [{ cost: 1, limit, interval }],
  };
}
