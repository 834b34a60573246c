// Set-up of programs that cargo builds from source into .tools, each in a fixed version.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, toolsDir } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

// Kept until all installations end, so that tools share the crates that they have in common, and an
// interrupted build can resume.
const buildDir = join(toolsDir, 'build');

/**
 * @typedef {object} Tool
 * @property {string} crate
 * @property {string} [path] folder of its source, if it is no crate of the registry
 * @property {string} program
 * @property {string[]} [asks] arguments that print its version; `--version` by default
 * @property {string} version
 * @property {string[]} flags of `cargo install`
 */

/**
 * Makes the set-up step of a program that cargo builds from a crate.
 * @param {string} name
 * @param {() => Tool} describe called only when needed, as it may read files
 * @param {import('../setup.mjs').Part[]} [needs] parts that have to come before
 * @returns {import('./step.mjs').Step}
 */
export function cargoTool(name, describe, needs = ['rust']) {
  return {
    name,
    needs,

    find() {
      const { crate, program, asks, version } = describe();
      return ask(program, asks ?? ['--version'])?.split(' ')[1] === version
        ? []
        : [`${crate} ${version}`];
    },

    install() {
      const { crate, path, version, flags } = describe();
      const source = path ? ['--path', join(root, path)] : [crate, '--version', version];
      return [
        {
          // --force replaces an older version or an incomplete installation.
          argv: ['cargo', 'install', ...source, '--root', toolsDir, '--force', ...flags],
          // These tools do little work, so most of their time is that of their compilation.
          env: { CARGO_TARGET_DIR: buildDir, CARGO_PROFILE_RELEASE_OPT_LEVEL: '0' },
          minutes: 30,
        },
      ];
    },

    cleanUp() {
      rmSync(buildDir, { recursive: true, force: true });
    },
  };
}
