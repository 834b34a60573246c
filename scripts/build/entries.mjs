// The package's entry points. To add one, add its name to ENTRIES: build, types, manifest and tests
// follow that list.

import { join } from 'node:path';
import { root } from '../lib/project.mjs';

/** `index` stands for `multi-throttler`, any other name for `multi-throttler/<name>`. */
export const ENTRIES = [
  'index',
  'exchange',
  'ccxt',
  'client',
  'compat',
  'persist',
  'monitor',
  'metrics',
  'local',
];

/** File of the package that a page starts as a worker. No module imports it. */
export const TIMER_WORKER = 'timer-worker';

/** File and source folder of the command that `npx` runs. No module imports it. */
export const COMMAND = 'command';

const SOURCES = join(root, 'ts');

/** Pure functions and counters for every entry point; each product has its own copy. */
const SHARED = ['shared', 'simulator'].map((name) => join(SOURCES, name));

/** Code of several entry points that uses others; each product has its own copy. */
const HUB = join(SOURCES, 'hub');

/** @param {string} entry */
const folderOf = (entry) => (entry === 'index' ? SOURCES : join(SOURCES, entry));

/**
 * The main file of an entry point.
 * @param {string} entry
 */
export const sourceOf = (entry) => join(folderOf(entry), 'index.ts');

/**
 * The entry point that a file belongs to; undefined for shared files.
 * @param {string} file
 */
function ownerOf(file) {
  /** @param {string} folder */
  const within = (folder) => file.startsWith(join(folder, '/'));
  if (!within(SOURCES) || SHARED.some(within) || within(HUB)) return undefined;
  return (
    [...ENTRIES, COMMAND].find((entry) => entry !== 'index' && within(folderOf(entry))) ?? 'index'
  );
