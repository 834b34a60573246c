// `npm run docs:pictures`: draws the pictures of the guides from what the built package grants on
// virtual time. `-- --check` lists those that are not current and writes none.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/project.mjs';
import { jitter } from './pictures/jitter.mjs';
import { passing } from './pictures/passing.mjs';
import { windows } from './pictures/windows.mjs';

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const [name, draw] of Object.entries({ windows, passing, jitter })) {
  const path = `docs/guides/images/${name}.svg`;
  const wanted = await draw();
  if (wanted === current(path)) continue;
  process.stdout.write(`${path}\n`);
  if (options.check) process.exitCode = 1;
  else writeFileSync(join(root, path), wanted);
}

/** @param {string} path */
function current(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
