// wasm-bindgen's command line and wasm-pack, built from source into .tools.
// Their npm packages and installers fetch binaries from release pages, which closed networks do not reach.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { read, toolsDir } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

// Kept while it is being filled, so that an interrupted build goes on where it was.
const buildDir = join(toolsDir, 'build');

/** The command line must be of the very version of the crate: they share a private format. */
function bindgenVersion() {
  const version = /^name = "wasm-bindgen"\nversion = "(.+)"$/m.exec(read('Cargo.lock'))?.[1];
  if (version === undefined) throw new Error('Cargo.lock has no wasm-bindgen');
  return version;
}

/** @returns {{ crate: string, program: string, version: string, flags: string[] }[]} */
const tools = () => [
  // Not --locked: its lock file names a dependency that was withdrawn from the registry.
  { crate: 'wasm-bindgen-cli', program: 'wasm-bindgen', version: bindgenVersion(), flags: [] },
  { crate: 'wasm-pack', program: 'wasm-pack', version: '0.15.1', flags: ['--locked'] },
];

const missing = () =>
  tools().filter(({ program, version }) => ask(program, ['--version'])?.split(' ')[1] !== version);

/** @type {import('./step.mjs').Step} */
export const wasm = {
  name: 'wasm tools',
  needs: ['rust'],

  find() {
    return missing().map(({ crate, version }) => `${crate} ${version}`);
  },

  install() {
    return missing().map(({ crate, version, flags }) => ({
      // --force: an older version, or one whose installation was interrupted, may lie there.
      argv: ['cargo', 'install', crate, '--version', version, '--root', toolsDir, '--force', ...flags],
      env: { CARGO_TARGET_DIR: buildDir },
      minutes: 30,
    }));
  },

  installed() {
    rmSync(buildDir, { recursive: true, force: true });
  },
};
