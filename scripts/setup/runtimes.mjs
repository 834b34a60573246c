// Set-up of runtimes beside the Node that runs the tests, from npm packages, in .tools/runtimes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { read, root, toolsDir } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

const FOLDER = join(toolsDir, 'runtimes');
/** The manifest of the runtimes, with its lock file. */
const MANIFESTS = ['package.json', 'package-lock.json'].map((name) => join('scripts/setup/runtimes', name));

/**
 * @typedef {'NODE22' | 'NODE24' | 'BUN' | 'DENO' | 'WORKERD'} Runtime
 *   also the variable that can name another program
 */

/** @type {Record<Runtime, string>} */
const PROGRAMS = {
  NODE22: 'node22/bin/node',
  NODE24: 'node24/bin/node',
  BUN: '@oven/bun-linux-x64/bin/bun',
  DENO: '@deno/linux-x64-glibc/deno',
  WORKERD: '@cloudflare/workerd-linux-64/bin/workerd',
};

/** @type {Runtime[]} */
const NAMES = /** @type {Runtime[]} */ (Object.keys(PROGRAMS));

/**
 * The path of a runtime's program.
 * @param {Runtime} name
 */
export const runtime = (name) => process.env[name] ?? join(FOLDER, 'node_modules', PROGRAMS[name]);

/** Whether the installed manifest is the wanted one. */
function isFresh() {
  const installed = join(FOLDER, 'package.json');
  return existsSync(installed) && read('.tools/runtimes/package.json') === read(MANIFESTS[0] ?? '');
}

/** Whether the packages fit: they are for one platform only. */
const canInstall = process.platform === 'linux' && process.arch === 'x64';

/** @type {import('./step.mjs').Step} */
export const runtimes = {
  name: 'runtimes',
  needs: ['node'],

  find() {
    return NAMES.filter(
      (name) =>
        (!process.env[name] && canInstall && !isFresh()) || ask(runtime(name), ['--version']) === undefined,
    );
  },

  install() {
    if (!canInstall) return [];
    return [
      { argv: ['mkdir', '-p', FOLDER], minutes: 1 },
      { argv: ['cp', ...MANIFESTS.map((path) => join(root, path)), FOLDER], minutes: 1 },
      { argv: ['npm', 'ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'], minutes: 10 },
    ];
  },

  byHand: () => `set the variables ${NAMES.join(', ')} to the paths of the programs`,
};
