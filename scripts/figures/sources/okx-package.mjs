// Reads the third-party package `okx` of PyPI: the documentation of each method quotes the limit of
// OKX's page of 2025.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, versionOf } from '../packages.mjs';

const SECOND = 1000;
/** 次 and 个: so many. @type {Record<string, number>} */
const UNITS = { s: SECOND, 天: 86_400 * SECOND };

/** @returns {import('../types.ts').Figure[]} */
export function readOkxPackage() {
  const folder = folderOf('pypi', 'okx');
  if (!folder) throw new Error('okx of PyPI is missing');
  const api = join(folder, 'okx', 'api');
  return readdirSync(api).flatMap((name) => {
    const text = readFileSync(join(api, name), 'utf8');
    const endpoints = new Map(
      [...text.matchAll(/^ {4}(\w+) = \['([^']+)', '(\w+)'\]/gm)].map(
        ([, method = '', path, verb]) => [method, `${verb} ${path}`],
      ),
    );
    return [...text.matchAll(/def (\w+)\((?:(?!def )[\s\S])*?'''((?:(?!''')[\s\S])*)'''/g)].flatMap(
      ([, method = '', about = '']) => {
        const endpoint = endpoints.get(method);
        const [, count, length = '1', unit = ''] =
          /限速：(\d+) ?[次个]\/ ?(\d*)(s|天)/.exec(about) ?? [];
        if (endpoint === undefined || count === undefined) return [];
        const interval = Number(length || 1) * (UNITS[unit] ?? Number.NaN);
        return [
          {
            source: `okx ${versionOf('pypi', 'okx')}`,
            isVendor: false,
            profile: 'okx',
            endpoint,
            params: {},
            charges: [{ cost: 1, limit: Number(count), interval }],
          },
        ];
      },
    );
  });
}
