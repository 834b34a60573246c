// Where things are in this project, and the environment its tools run in.

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Tools built for this project alone; not under version control. */
export const toolsDir = join(root, '.tools');

/** Where cargo keeps what it has fetched. */
export const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');

/** rustup puts its programs here, and adds the folder to PATH for new login shells only. */
const cargoBin = join(cargoHome, 'bin');

// Children write into pipes and would mostly do without colours; a person at a terminal likes them.
const colours = process.stdout.isTTY ? { FORCE_COLOR: '1', CARGO_TERM_COLOR: 'always' } : { NO_COLOR: '1' };

/** The environment of every child: the project's own tools come first. */
export const env = {
  ...process.env,
  ...colours,
  PATH: [join(toolsDir, 'bin'), join(root, 'node_modules', '.bin'), process.env.PATH ?? '', cargoBin].join(
    delimiter,
  ),
};

/**
 * The absolute path of a program on the children's PATH.
 * @param {string} program
 */
export function which(program) {
  return env.PATH.split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

/**
 * The text of a file of the project.
 * @param {string} path relative to the project's root
 */
export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}
