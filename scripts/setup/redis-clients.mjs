// Set-up of the clients of Redis and Valkey that multi-throttler/redis runs on.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmFolder } from './npm-folder.mjs';

const { modules, isFresh, install } = npmFolder('redis-clients');

/** A module beside the packages, as an import finds packages from the file that it stands in. */
export const REDIS_CLIENT_LOADER = join(modules, '..', 'load.mjs');

/** @type {import('./step.mjs').Step} */
export const redisClients = {
  name: 'clients of Redis',
  needs: ['node'],
  find: () => (isFresh() && existsSync(REDIS_CLIENT_LOADER) ? [] : ['clients of Redis']),
  install,
  installed: () =>
    writeFileSync(REDIS_CLIENT_LOADER, 'export const load = (name) => import(name);\n'),
};
