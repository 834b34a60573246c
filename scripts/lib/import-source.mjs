// Imports a file of ts/ that is not part of what the package exports.

import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './project.mjs';

/**
 * @param {string} path within the project; the file may import others, but no product of the build
 * @returns {Promise<any>} its exports
 */
export async function importSource(path) {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    write: false,
    format: 'esm',
  });
  const text = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64');
  return import(`data:text/javascript;base64,${text}`);
}
