// The definitions of all profiles, with their cost tables, which the package itself does not show.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../lib/project.mjs';

/** @typedef {import('../../ts/exchange/profile.ts').ProfileSource} ProfileSource */

/**
 * Definitions by the names of profiles, in the order of ts/exchange/index.ts.
 * @returns {Promise<Map<string, ProfileSource>>}
 */
export async function profileSources() {
  const index = readFileSync(join(root, 'ts/exchange/index.ts'), 'utf8');
  const lines = index.match(/^export \{.*\} from '\.\/venues\/.*$/gm) ?? [];
  const { outputFiles } = await build({
    stdin: { contents: lines.join('\n'), resolveDir: join(root, 'ts/exchange'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    plugins: [definitionsAlone],
  });
  const [bundle] = outputFiles;
  const url = `data:text/javascript;base64,${Buffer.from(bundle?.contents ?? '').toString('base64')}`;
  const exported = Object.entries(await import(url));
  return new Map(exported.filter(([, value]) => typeof value === 'object'));
}

/**
 * Lets `profile` return its definition, and leaves the throttler out.
 * @type {import('esbuild').Plugin}
 */
const definitionsAlone = {
  name: 'definitions alone',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.\/(profile|\.\.\/index)\.js$/ }, ({ path, importer }) => {
      if (!dirname(importer).startsWith(join(root, 'ts/exchange'))) return undefined;
      return { path, namespace: 'definitions' };
    });
    onLoad({ filter: /.*/, namespace: 'definitions' }, ({ path }) => ({
      contents: path.includes('profile')
        ? 'export const profile = (makeSource) => makeSource();'
        : "export * from './rules.js'; export { checkFields, invalidConfig } from './core/invalid-config.js';",
      resolveDir: join(root, 'ts'),
      loader: 'ts',
    }));
  },
};
