// Bundlers without configuration beyond entry points. Each builds index.html and worker.html of the
// fixture `app` into a folder for any static server.

import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as esbuild from 'esbuild';
import { rollup } from 'rollup';
import * as vite from 'vite';
import webpack from 'webpack';

/** Entry modules of pages and workers. */
const INPUTS = ['page', 'worker-page', 'worker'];

/** @param {string} folder */
const inputs = (folder) =>
  Object.fromEntries(INPUTS.map((name) => [name, join(folder, `${name}.js`)]));

/**
 * Makes a folder for the products, with the pages that load them.
 * @param {string} folder
 */
function outputOf(folder) {
  const out = join(folder, 'dist');
  mkdirSync(out);
  for (const page of ['index.html', 'worker.html']) cpSync(join(folder, page), join(out, page));
  return out;
}

/**
 * Build functions by bundler; each returns the folder of its products.
 * @type {Record<string, (folder: string) => Promise<string>>}
 */
export const bundles = {
  async Vite(folder) {
    await vite.build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: {
        rollupOptions: { input: ['index.html', 'worker.html'].map((page) => join(folder, page)) },
      },
      worker: { format: 'es' },
    });
    return join(folder, 'dist');
  },

  async webpack(folder) {
    const out = outputOf(folder);
    // webpack finds the worker by itself.
    const { worker, ...entry } = inputs(folder);
    const compiler = webpack({
      mode: 'production',
      context: folder,
      entry,
      output: { path: out },
      performance: false,
    });
    const stats = await new Promise((resolve, reject) =>
      compiler?.run((error, result) => (error ? reject(error) : resolve(result))),
    );
    if (stats.hasErrors() || stats.hasWarnings())
      throw new Error(stats.toString('errors-warnings'));
    return out;
  },

  async Rollup(folder) {
    const out = outputOf(folder);
    const bundle = await rollup({
      input: inputs(folder),
      plugins: [nodeResolve()],
      onwarn: (warning) => {
        throw new Error(warning.message);
      },
    });
    await bundle.write({ dir: out, format: 'es' });
    await bundle.close();
    return out;
  },

  async esbuild(folder) {
    const out = outputOf(folder);
    await esbuild.build({
      entryPoints: inputs(folder),
      outdir: out,
      bundle: true,
      format: 'esm',
      logLevel: 'error',
    });
    return out;
  },
};
