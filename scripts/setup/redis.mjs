// Set-up of Redis or Valkey, whose server the tests start.

import { which } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';
import { fromDebian } from './debian.mjs';

const { REDIS_SERVER } = process.env;

/**
 * The first server that runs. If set, the variable REDIS_SERVER names the only candidate.
 * @returns {string | undefined}
 */
export function findRedisServer() {
  const candidates = REDIS_SERVER
    ? [REDIS_SERVER]
    : [which('redis-server'), which('valkey-server')];
  return candidates.find((path) => path !== undefined && ask(path, ['--version']) !== undefined);
}

/** @type {import('./step.mjs').Step} */
export const redis = {
  name: 'Redis',
  find: () => (findRedisServer() ? [] : ['redis-server']),
  install: () => (REDIS_SERVER ? [] : fromDebian('redis-server')),
  byHand: () =>
    'install Redis or Valkey (Debian: `apt-get install redis-server`, macOS: `brew install redis`), or set the ' +
    'variable REDIS_SERVER to the path of its server',
};
