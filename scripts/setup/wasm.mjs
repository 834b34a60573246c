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

/**
 * A program that cargo builds from a crate.
 * @param {string} name
 * @param {() => { crate: string, program: string, version: string, flags: string[] }} describe
 * @returns {import('./step.mjs').Step}
 */
function cargoTool(name, describe) {
  return {
    name,
    needs: ['rust'],

    find() {
      const { crate, program, version } = describe();
      return ask(program, ['--version'])?.split(' ')[1] === version ? [] : [`${crate} ${version}`];
    },

    install() {
      const { crate, version, flags } = describe();
      return [
        {
          // --force: an older version, or one whose installation was interrupted, may lie there.
          argv: ['cargo', 'install', crate, '--version', version, '--root', toolsDir, '--force', ...flags],
          env: { CARGO_TARGET_DIR: buildDir },
          minutes: 30,
        },
      ];
    },

    installed() {
      rmSync(buildDir, { recursive: true, force: true });
    },
  };
}

export const wasm = cargoTool('wasm-bindgen', () => ({
  crate: 'wasm-bindgen-cli',
  program: 'wasm-bindgen',
  version: bindgenVersion(),
  // Not --locked: its lock file names a dependency that was withdrawn from the registry.
  flags: [],
}));

/** Only tests need it. */
export const wasmPack = cargoTool('wasm-pack', () => ({
  crate: 'wasm-pack',
  program: 'wasm-pack',
  version: '0.15.1',
  flags: ['--locked'],
}));
