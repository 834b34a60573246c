// Reads KuCoin's own SDK: pool and weight are in the documentation of each method, the endpoint in
// its code.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, versionOf } from '../packages.mjs';
import { KUCOIN_POOLS } from '../units.mjs';

/** @returns {import('../types.ts').Figure[]} */
export function readKucoinPython() {
  const name = 'kucoin-universal-sdk';
  return readAll({
    folder: folderOf('pypi', name),
    source: `${name} (Python) ${versionOf('pypi', name)}`,
    file: /generate.api_\w+\.py$|generate.*\/api_\w+\.py$/,
    about:
      /def (\w+)\((?:(?!def )[\s\S])*?"""((?:(?!""")[\s\S])*API-RATE-LIMIT(?:(?!""")[\s\S])*)"""/g,
    code: /def (\w+)\((?:(?!def )[\s\S])*?transport\.call\(\s*"(\w+)",\s*\w+,\s*"(\w+)",\s*"([^"]+)"/g,
  });
}

/** @returns {import('../types.ts').Figure[]} */
export function readKucoinJavaScript() {
  const name = 'kucoin-universal-sdk';
  return readAll({
    folder: folderOf('npm', name),
    source: `${name} (JavaScript) ${versionOf('npm', name)}`,
    file: /generate\/.*\/api_\w+\.js$/,
    about: /\* (\w+) [^\n]*\n((?:(?!\*\/)[\s\S])*API-RATE-LIMIT(?:(?!\*\/)[\s\S])*)\*\//g,
    code: /(\w+)\([^)]*\) \{\s*return this\.transport\.call\(\s*'(\w+)',\s*\w+,\s*'(\w+)',\s*'([^']+)'/g,
    // The code has no comments; the declarations have them.
    texts: (path) => path.replace(/\.js$/, '.d.ts'),
  });
}

/**
 * @param {object} o
 * @param {string | undefined} o.folder
 * @param {string} o.source
 * @param {RegExp} o.file
 * @param {RegExp} o.about a name and its text
 * @param {RegExp} o.code a name, a domain, a method and a path
 * @param {(path: string) => string} [o.texts] the file with the texts of a file
 * @returns {import('../types.ts').Figure[]}
 */
function readAll({ folder, source, file, about, code, texts = (path) => path }) {
  if (!folder) throw new Error(`${source} is missing`);
  const files = /** @type {string[]} */ (readdirSync(folder, { recursive: true }));
  return files
    .filter((name) => file.test(name))
    .flatMap((name) => {
      const path = join(folder, name);
      const abouts = new Map(
        [...readFileSync(texts(path), 'utf8').matchAll(about)].map(([, method = '', text]) => [
          method,
          text,
        ]),
      );
      return [...readFileSync(path, 'utf8').matchAll(code)].flatMap(
        ([, method = '', domain, verb, at]) => {
          const text = abouts.get(method);
          const pool = /LIMIT-POOL\s*\| (\w+)/
            .exec(text ?? '')?.[1]
            ?.replace('COPYTRADING', 'COPY_TRADING');
          const weight = /LIMIT-WEIGHT\s*\| (\w+)/.exec(text ?? '')?.[1];
          if (pool === undefined || !/^\d+$/.test(weight ?? '')) return [];
          const limit = KUCOIN_POOLS[pool];
          if (!limit)
            throw new Error(
              `${source}: ${verb} ${at} counts under ${pool}, which has no known limit`,
            );
          // Hosts distinguish the paths that spot and futures share.
          const host =
            domain === 'futures' ? 'https://api-futures.kucoin.com' : 'https://api.kucoin.com';
          return [
            {
              source,
              isVendor: true,
              profile: 'kucoin',
              endpoint: `${verb?.toUpperCase()} ${host}${at}`,
              params: {},
              charges: [{ pool, cost: Number(weight), ...limit }],
            },
          ];
        },
      );
    });
}
