// Set-up of WebKitGTK, which has the engine of Safari, for the fixtures that run in a page.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { which } from '../lib/project.mjs';
import { fromDebian } from './debian.mjs';

/** Folder of the libraries of Debian's 64-bit machines, by the name of their processors in Node. */
const LIBRARIES = /** @type {Record<string, string>} */ ({
  x64: '/usr/lib/x86_64-linux-gnu',
  arm64: '/usr/lib/aarch64-linux-gnu',
});

/**
 * The little browser that comes with WebKitGTK. It needs a display: Xvfb has one in memory.
 * @returns {string | undefined}
 */
export function findWebKit() {
  const folder = LIBRARIES[process.arch];
  if (!folder || !existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((name) => name.startsWith('webkit'))
    .map((name) => join(folder, name, 'MiniBrowser'))
    .find((path) => existsSync(path));
}

/** @type {import('./step.mjs').Step} */
export const webkit = {
  name: 'WebKit',
  find: () =>
    process.platform === 'linux'
      ? [...(findWebKit() ? [] : ['MiniBrowser of WebKitGTK']), ...(which('Xvfb') ? [] : ['Xvfb'])]
      : [],
  install: () => fromDebian('webkit2gtk-driver', 'xvfb'),
  byHand: () =>
    'install MiniBrowser of WebKitGTK and Xvfb (Debian: `apt-get install webkit2gtk-driver xvfb`)',
};
