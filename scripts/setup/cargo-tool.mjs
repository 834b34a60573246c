// Set-up of programs that cargo builds from source into .tools, each in a fixed version.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { toolsDir } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

// Kept until the installation succeeds, so that an interrupted build can resume.
const buildDir = join(toolsDir, 'build');

/**
 * @typedef {object} Tool
 * @property {string} crate
 * @property {string} program
 * @property {string[]} [asks] arguments that print its version; `--version` by default
 * @property {string} version
 * @property {string[]} flags of `cargo install`
 */

/**
 * Makes the set-up step of a program that cargo builds from a crate.
 * @param {string} name
 * @param {() => Tool} describe called only when needed, as it may read files
 * @returns {import('./step.mjs').Step}
 */
export function cargoTool(name, describe) {
  return {
    name,
    needs: ['rust'],

    find() {
      const { crate, program, asks, version } = describe();
      return ask(program, asks ?? ['--version'])?.split(' ')[1] === version
        ? []
        : [`${crate} ${version}`];
    },

    install() {
      const { crate, version, flags } = describe();
      return [
        {
          // --force replaces an older version or an incomplete installation.
          argv: [
            'cargo',
            'install',
            crate,
            '--version',
            version,
            '--root',
            toolsDir,
            '--force',
            ...flags,
          ],
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
