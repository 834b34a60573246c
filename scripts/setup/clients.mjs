// Set-up of the exchange SDKs and HTTP clients that the tests put a throttler in front of. Their
// versions are those that the lists of `multi-throttler/client` name.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmFolder } from './npm-folder.mjs';

const { modules, isFresh, install } = npmFolder('clients');

/** A module beside the packages, as an import finds packages from the file that it stands in. */
export const CLIENT_LOADER = join(modules, '..', 'load.mjs');

/** @type {import('./step.mjs').Step} */
export const clients = {
  name: 'exchange clients',
  needs: ['node'],
  find: () => (isFresh() && existsSync(CLIENT_LOADER) ? [] : ['exchange SDKs and HTTP clients']),
  install,
  installed: () => writeFileSync(CLIENT_LOADER, 'export const load = (name) => import(name);\n'),
};
