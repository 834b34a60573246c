// Programs that cargo builds from source into .tools, each of a fixed version.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { toolsDir } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

// Kept while it is being filled, so that an interrupted build goes on where it was.
const buildDir = join(toolsDir, 'build');

/**
 * @typedef {object} Tool
 * @property {string} crate
 * @property {string} program
 * @property {string[]} [asks] what the program prints its version for; `--version` unless given
 * @property {string} version
 * @property {string[]} flags of `cargo install`
 */

/**
 * A program that cargo builds from a crate.
 * @param {string} name
 * @param {() => Tool} describe called when the answer is needed, as it may read files
 * @returns {import('./step.mjs').Step}
 */
export function cargoTool(name, describe) {
  return {
    name,
    needs: ['rust'],

    find() {
      const { crate, program, asks, version } = describe();
      return ask(program, asks ?? ['--version'])?.split(' ')[1] === version ? [] : [`${crate} ${version}`];
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
