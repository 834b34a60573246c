// Set-up of the npm packages of package-lock.json.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, root } from '../lib/project.mjs';

/**
 * The packages of the lock file that are not installed in its version. Each manifest is read, as a
 * note of the last installation would still hold after packages were removed or folders copied.
 * Optional packages may be missing: most are for other platforms.
 */
function missing() {
  /** @type {[path: string, package: { version?: string, optional?: boolean }][]} */
  const packages = Object.entries(JSON.parse(read('package-lock.json')).packages);
  return packages
    .filter(
      ([path, { version, optional }]) => path !== '' && !optional && versionAt(path) !== version,
    )
    .map(([path, { version }]) => `${path} ${version}`);
}

/** @param {string} path */
function versionAt(path) {
  const manifest = join(root, path, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}

/** The lowest version in `engines.node`, which has the form `>=20.19`. */
const lowestNode = () => String(JSON.parse(read('package.json')).engines.node).replace('>=', '');

function nodeIsTooOld() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [lowestMajor = 0, lowestMinor = 0] = lowestNode().split('.').map(Number);
  return major < lowestMajor || (major === lowestMajor && minor < lowestMinor);
}

/** @type {import('./step.mjs').Step} */
export const node = {
  name: 'npm packages',

  find() {
    if (nodeIsTooOld()) return [`Node ${lowestNode()} or newer (this is ${process.versions.node})`];
    const [first, ...others] = missing();
    if (first === undefined) return [];
    return [
      others.length === 0 ? first : `${first} and ${others.length} more of package-lock.json`,
    ];
  },

  install() {
    if (nodeIsTooOld()) return [];
    // Not `npm ci`: it rejects a lock file without the optional packages of other platforms, and
    // npm writes such a file if the registry lacks them (npm/cli#9846). --no-save leaves the file
    // unchanged.
    return [{ argv: ['npm', 'install', '--no-save', '--no-audit', '--no-fund'], minutes: 10 }];
  },

  ...(nodeIsTooOld() && {
    byHand: () => 'install a newer Node, for example with `nvm install 22`',
  }),
};
