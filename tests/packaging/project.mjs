// The package as its users get it: packed once, and installed into an empty folder from the tarball alone.

import { execFile, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ENTRIES } from '../../scripts/build/entries.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a program that has to succeed.
 * @param {string} cwd
 * @param {string} program
 * @param {string[]} args
 * @returns {string} what it prints
 */
export function run(cwd, program, ...args) {
  // On Windows npm is a script, which only a shell can run.
  const shell = process.platform === 'win32' && program === 'npm';
  const child = spawnSync(program, args, { cwd, shell, encoding: 'utf8', timeout: 120_000 });
  if (child.status !== 0) {
    const end = child.error?.message ?? child.signal ?? `exit code ${child.status}`;
    throw new Error(`${[program, ...args].join(' ')}: ${end}\n${child.stdout}${child.stderr}`);
  }
  return child.stdout;
}

/**
 * The same where this process has to answer it meanwhile.
 * @param {string} cwd
 * @param {[string, ...string[]]} argv
 * @param {NodeJS.ProcessEnv} env
 */
export async function runAsync(cwd, [program, ...args], env) {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd,
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
  return stdout;
}

/** A cache of its own, and offline: nothing may be taken from anywhere else. */
const npm = (/** @type {string} */ folder, /** @type {string[]} */ ...args) =>
  run(folder, 'npm', ...args, '--offline', '--no-audit', '--no-fund', '--cache', join(folder, '.npm'));

/**
 * The tarball of the present build, which all test files share.
 * @returns {{ tarball: string, files: { path: string }[] }}
 */
function pack() {
  const folder = join(root, 'build', 'packed');
  const built = readFileSync(join(root, 'build', 'stamp'), 'utf8');
  const stamp = join(folder, 'stamp');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== built) {
    const fresh = mkdtempSync(join(root, 'build', 'packing-'));
    writeFileSync(join(fresh, 'pack.json'), npm(fresh, 'pack', join(root, 'pkg'), '--json'));
    writeFileSync(join(fresh, 'stamp'), built);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  }
  const [{ filename, files }] = JSON.parse(readFileSync(join(folder, 'pack.json'), 'utf8'));
  return { tarball: join(folder, filename), files };
}

/**
 * @typedef {object} Project
 * @property {string} folder
 * @property {{ tarball: string, files: { path: string }[] }} packed
 * @property {(name: string) => string} fixture a copy of a fixture, in which the installed package is found
 * @property {(name: string, where?: (entry: string) => string) => string} app a copy of the fixture `app` under this
 *   name, which imports all entry points; `where` says from where
 * @property {() => void} remove
 */

/**
 * Installs the packed package.
 * @returns {Project}
 */
export function install() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'multi-throttler-')));
  const packed = pack();
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
  npm(folder, 'install', packed.tarball);
  /** @param {string} name @param {string} fixture */
  function copy(name, fixture) {
    const path = join(folder, name);
    cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), path, { recursive: true });
    return path;
  }
  return {
    folder,
    packed,
    fixture: (name) => copy(name, name),
    app(name, where = specifier) {
      const path = copy(name, 'app');
      const lines = (/** @type {(entry: string) => string} */ line) => `${ENTRIES.map(line).join('\n')}\n`;
      writeFileSync(
        join(path, 'entries.js'),
        lines((entry) => `export * as ${entry} from '${where(entry)}';`),
      );
      writeFileSync(
        join(path, 'entries.cjs'),
        lines((entry) => `exports.${entry} = require('${where(entry)}');`),
      );
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * What a program imports to get an entry point.
 * @param {string} entry
 */
export const specifier = (entry) => (entry === 'index' ? 'multi-throttler' : `multi-throttler/${entry}`);
