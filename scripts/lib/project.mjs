// Paths of this project, and the environment of its tools.

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folder of tools that are built for this project only; not under version control. */
export const toolsDir = join(root, '.tools');

/** Folder in which cargo keeps downloads. */
export const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo');

/**
 * Folder of rustup's programs, which is on PATH only in login shells started after its
 * installation.
 */
const cargoBin = join(cargoHome, 'bin');

// Children write into pipes, for which most would drop colours; at a terminal, colours are useful.
const colours = process.stdout.isTTY
  ? { FORCE_COLOR: '1', CARGO_TERM_COLOR: 'always' }
  : { NO_COLOR: '1' };

/** The environment of every child process; the project's own tools come first on its PATH. */
export const env = {
  ...process.env,
  ...colours,
  PATH: [
    join(toolsDir, 'bin'),
    join(root, 'node_modules', '.bin'),
    process.env.PATH ?? '',
    cargoBin,
  ].join(delimiter),
};

/**
 * The absolute path of a program on the PATH of child processes.
 * @param {string} program
 */
export function which(program) {
  return env.PATH.split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}

/**
 * Reads a file of the project.
 * @param {string} path relative to the project's root
 */
export function read(path) {
  return readFileSync(join(root, path), 'utf8');
}
