// `npm run release`: checks that a release is ready, without publishing anything. `-- --notes`
// prints the release notes alone. RELEASING.md describes the steps of a release.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { notesOf } from './release/notes.mjs';
import { versionOf } from './release/versions.mjs';
import { setup } from './setup.mjs';

const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');

try {
  const version = versionOf({ facade: read('Cargo.toml'), engine: read('src/engine/Cargo.toml') });
  const notes = notesOf(read('CHANGELOG.md'), version);
  if (process.argv.includes('--notes')) process.stdout.write(notes);
  else await rehearse(version);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/** @param {string} version */
async function rehearse(version) {
  await setup(['node', 'wasm']);
  await build();
  const steps = [
    ['npm', 'publish', '--dry-run', join(root, 'pkg')],
    ['cargo', 'publish', '--dry-run', '--locked', '--workspace'],
  ];
  for (const argv of steps) {
    process.stdout.write(`\n===== ${argv.join(' ')}\n`);
    const { code } = await run(argv, { echo: true, minutes: 10 });
    if (code !== 0) throw new Error(`${argv.slice(0, 2).join(' ')} failed`);
  }
  process.stdout.write(`\n${version} is ready: RELEASING.md has the next steps.\n`);
}
