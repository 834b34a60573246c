// Builds the command `multi-throttler`: one file that imports the entry points beside it.

import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { COMMAND, otherEntry, sourceOf } from './entries.mjs';

/** @param {string} folder of the package */
export async function buildCommand(folder) {
  const file = join(folder, `${COMMAND}.mjs`);
  const { outputFiles } = await build({
    entryPoints: [sourceOf(COMMAND)],
    bundle: true,
    write: false,
    minify: true,
    lineLimit: 200,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [products, texts],
  });
  writeFileSync(file, outputFiles[0]?.text ?? '');
  chmodSync(file, 0o755);
}

/**
 * Imports the products of other entry points.
 * @type {import('esbuild').Plugin}
 */
const products = {
  name: 'products',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ importer, path }) => {
      const other = importer && !path.includes('?') ? otherEntry(importer, path) : undefined;
      return other ? { path: `./${other}.mjs`, external: true, sideEffects: false } : undefined;
    });
  },
};

/**
 * Inserts `file?text` as a text: scripts bundled for a browser, and styles.
 * @type {import('esbuild').Plugin}
 */
const texts = {
  name: 'texts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?text$/ }, ({ importer, path, resolveDir }) => {
      const bare = path.slice(0, -'?text'.length);
      const file = bare.startsWith('.')
        ? join(resolveDir, bare)
        : createRequire(importer).resolve(bare);
      return { path: file, namespace: 'text' };
    });
    onLoad({ filter: /.*/, namespace: 'text' }, async ({ path }) => ({
      contents: path.endsWith('.ts') ? await script(path) : readFileSync(path, 'utf8').trim(),
      loader: 'text',
    }));
  },
};

/** @param {string} file */
async function script(file) {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
  });
  return outputFiles[0]?.text.trim() ?? '';
}
