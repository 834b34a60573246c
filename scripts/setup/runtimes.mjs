// Set-up of runtimes beside the Node that runs the tests, from npm packages, in .tools/runtimes.

import { join } from 'node:path';
import { ask } from '../lib/run.mjs';
import { npmFolder } from './npm-folder.mjs';

const { modules, isFresh, install } = npmFolder('runtimes');

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
export const runtime = (name) => process.env[name] ?? join(modules, PROGRAMS[name]);

/** Whether the packages fit: they are for one platform only. */
const canInstall = process.platform === 'linux' && process.arch === 'x64';

/** @type {import('./step.mjs').Step} */
export const runtimes = {
  name: 'runtimes',
  needs: ['node'],

  find() {
    return NAMES.filter(
      (name) =>
        (!process.env[name] && canInstall && !isFresh()) ||
        ask(runtime(name), ['--version']) === undefined,
    );
  },

  install: () => (canInstall ? install() : []),

  byHand: () => `set the variables ${NAMES.join(', ')} to the paths of the programs`,
};
