// The npm packages of package-lock.json.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, root } from '../lib/project.mjs';

// Inside node_modules, so that it goes with it.
const stamp = join(root, 'node_modules', '.lock-hash');

const lockHash = () => createHash('sha256').update(read('package-lock.json')).digest('hex');

const isFresh = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash();

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
    return isFresh() ? [] : ['node_modules as in package-lock.json'];
  },

  install() {
    if (nodeIsTooOld()) return [];
    // Not `npm ci`: it rejects a lock file that lacks the optional packages of other platforms, which npm writes
    // where the registry has not got them (npm/cli#9846). --no-save keeps the lock file as it is.
    return [{ argv: ['npm', 'install', '--no-save', '--no-audit', '--no-fund'], minutes: 10 }];
  },

  installed() {
    writeFileSync(stamp, lockHash());
  },

  ...(nodeIsTooOld() && { byHand: () => 'install a newer Node, for example with `nvm install 22`' }),
};
