// Set-up of the test tools whose fake timers must drive a throttler, in the major versions beside
// those of the workspace.

import { join } from 'node:path';
import { npmFolder } from './npm-folder.mjs';

const { modules, isFresh, install } = npmFolder('fake-timers');

/**
 * The folder of a package.
 * @param {string} name with its major version, as in the manifest: `vitest3`
 */
export const fakeTimersPackage = (name) => join(modules, name);

/** @type {import('./step.mjs').Step} */
export const fakeTimers = {
  name: 'fake timers',
  needs: ['node'],
  find: () => (isFresh() ? [] : ['test tools with fake timers']),
  install,
};
