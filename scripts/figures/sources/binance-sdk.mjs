// Reads Binance's own SDKs, which state weights in the documentation of methods. In Python that
// text also names the endpoint; in JavaScript it is in the declarations, and the endpoint in the
// code of the same name.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, PACKAGES, versionOf } from '../packages.mjs';
import { binanceHost } from '../units.mjs';
import { readWeight } from './binance-weight.mjs';

/** @typedef {import('../types.ts').Figure} Figure */

/** @returns {Figure[]} */
export function readBinancePython() {
  const names = Object.keys(PACKAGES.pypi).filter((name) => name.startsWith('binance-sdk-'));
  return names.flatMap((name) => {
    const folder = need('pypi', name);
    const files = /** @type {string[]} */ (readdirSync(folder, { recursive: true }));
    const source = `${name} ${versionOf('pypi', name)}`;
    return files
      .filter((file) => /rest_api\/api\/\w+_api\.py$/.test(file))
      .flatMap((file) => {
        const text = readFileSync(join(folder, file), 'utf8');
        return [...text.matchAll(/"""(.*?)"""/gs)].flatMap(([, about = '']) => {
          const [, method, path] = /^\s*(GET|POST|PUT|DELETE) (\/\S+)/m.exec(about) ?? [];
          return path === undefined ? [] : figuresOf(source, `${method} ${path}`, about);
        });
      });
  });
}

/** @returns {Figure[]} */
export function readBinanceJavaScript() {
  const names = Object.keys(PACKAGES.npm).filter((name) => name.startsWith('@binance/'));
  return names.flatMap((name) => {
    const folder = join(need('npm', name), 'package', 'dist');
    const source = `${name} ${versionOf('npm', name)}`;
    const code = readFileSync(join(folder, 'index.mjs'), 'utf8');
    const endpoints = new Map(
      [
        ...code.matchAll(/^\s+(\w+): async \([\s\S]*?\bendpoint: "([^"]+)",\s*method: "(\w+)"/gm),
      ].map(([, method = '', path, verb]) => [method, `${verb} ${path}`]),
    );
    const types = readFileSync(join(folder, 'index.d.mts'), 'utf8');
    const texts = [...types.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*(\w+)\(/g)];
    const seen = new Set();
    return texts.flatMap(([, about = '', method = '']) => {
      const endpoint = endpoints.get(method);
      if (endpoint === undefined || seen.has(method) || !about.includes('Weight')) return [];
      seen.add(method);
      return figuresOf(source, endpoint, about.replace(/^ *\* ?/gm, ''));
    });
  });
}

/** @param {'npm' | 'pypi'} registry @param {string} name */
function need(registry, name) {
  const folder = folderOf(registry, name);
  if (!folder) throw new Error(`${name} is missing`);
  return folder;
}

/**
 * @param {string} source
 * @param {string} endpoint
 * @param {string} about
 * @returns {Figure[]}
 */
function figuresOf(source, endpoint, about) {
  const host = binanceHost(endpoint);
  if (!host) throw new Error(`${source}: ${endpoint} has no known host`);
  return readWeight(endpoint, about).map(({ params, weights }) => ({
    source,
    isVendor: true,
    profile: host.profile,
    endpoint,
    params,
    charges: Object.entries(weights).map(([pool, cost]) => {
      const limit = host.pools[pool] ?? WINDOWS[pool];
      if (!limit)
        throw new Error(`${source}: ${endpoint} counts under ${pool}, which has no known limit`);
      return { pool, cost, ...limit };
    }),
  }));
}

/**
 * Limits that a text names beside its weight.
 * @type {Record<string, { limit: number, interval: number }>}
 */
const WINDOWS = {
  '10/s': { limit: 10, interval: 1000 },
  '1/min': { limit: 1, interval: 60_000 },
  CONVERT: { limit: 360, interval: 3_600_000 },
  CONVERT_1D: { limit: 500, interval: 86_400_000 },
};
