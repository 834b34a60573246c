// Other runtimes than the Node that runs the tests, from the npm packages that carry them, in .tools/runtimes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { read, root, toolsDir } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

const FOLDER = join(toolsDir, 'runtimes');
/** What is installed, with a lock file. */
const MANIFESTS = ['package.json', 'package-lock.json'].map((name) => join('scripts/setup/runtimes', name));

/** @typedef {'NODE22' | 'NODE24' | 'BUN' | 'DENO' | 'WORKERD'} Runtime the variable that names another program */

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
 * The program of a runtime.
 * @param {Runtime} name
 */
export const runtime = (name) => process.env[name] ?? join(FOLDER, 'node_modules', PROGRAMS[name]);

/** Whether what lies there is of the versions that are asked for. */
function isFresh() {
  const installed = join(FOLDER, 'package.json');
  return existsSync(installed) && read('.tools/runtimes/package.json') === read(MANIFESTS[0] ?? '');
}

/** The packages are those of one platform. */
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

  byHand: () => `name the programs in the variables ${NAMES.join(', ')}`,
};
