// The package as users get it: packed once, and installed into an empty folder from the tarball
// alone.

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
import { ENTRIES, PEERS } from '../../scripts/build/entries.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Entry points that need no other package. */
export const STANDALONE = ENTRIES.filter((entry) => !(entry in PEERS));

/**
 * Runs a program, and throws if it fails.
 * @param {string} cwd
 * @param {string} program
 * @param {string[]} args
 * @returns {string} its output
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
 * Runs a program without blocking this process, which may have to serve its requests.
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

/** Runs npm offline and with an empty cache, so that packages come from no other place. */
const npm = (/** @type {string} */ folder, /** @type {string[]} */ ...args) =>
  run(
    folder,
    'npm',
    ...args,
    '--offline',
    '--no-audit',
    '--no-fund',
    '--cache',
    join(folder, '.npm'),
  );

/**
 * Packs the current build into a tarball, which all test files share.
 * @returns {{ tarball: string, files: { path: string }[] }}
 */
function pack() {
  const stamp = readFileSync(join(root, 'build', 'stamp'), 'utf8');
  const folder = join(root, 'build', `packed-${stamp.slice(0, 16)}`);
  if (!existsSync(folder)) {
    const fresh = mkdtempSync(join(root, 'build', 'packing-'));
    writeFileSync(join(fresh, 'pack.json'), npm(fresh, 'pack', join(root, 'pkg'), '--json'));
    try {
      renameSync(fresh, folder);
    } catch (error) {
      // Another test file has packed the same build meanwhile.
      if (!existsSync(folder)) throw error;
      rmSync(fresh, { recursive: true });
    }
  }
  const [{ filename, files }] = JSON.parse(readFileSync(join(folder, 'pack.json'), 'utf8'));
  return { tarball: join(folder, filename), files };
}

/**
 * @typedef {object} Project
 * @property {string} folder
 * @property {{ tarball: string, files: { path: string }[] }} packed
 * @property {(name: string) => string} fixture copies a fixture to where it finds the installed
 *   package
 * @property {(name: string, where?: (entry: string) => string) => string} app copies the fixture
 *   `app` under this name, with imports of all entry points from the specifiers that `where`
 *   returns
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
    cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), path, {
      recursive: true,
    });
    return path;
  }
  return {
    folder,
    packed,
    fixture: (name) => copy(name, name),
    app(name, where = specifier) {
      const path = copy(name, 'app');
      const lines = (/** @type {(entry: string) => string} */ line) =>
        `${STANDALONE.map(line).join('\n')}\n`;
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
 * The specifier by which a program imports an entry point.
 * @param {string} entry
 */
export const specifier = (entry) =>
  entry === 'index' ? 'multi-throttler' : `multi-throttler/${entry}`;
