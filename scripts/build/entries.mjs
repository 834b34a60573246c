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
  'dashboard',
  'tabs',
  'react',
  'redis',
];

/** Entry points that import an optional peer, by its name. */
export const PEERS = /** @type {Record<string, string>} */ ({ react: 'react' });

/** File of the package that a page starts as a worker. No module imports it. */
export const TIMER_WORKER = 'timer-worker';

/** File and source folder of the command that `npx` runs. No module imports it. */
export const COMMAND = 'command';

/** File that a page's own shared worker imports as `multi-throttler/tabs/hub`, for its effect. */
export const HUB_WORKER = 'tabs-hub';

/** Scripts without exports, by the paths of their imports. */
export const SCRIPTS = { [TIMER_WORKER]: `./${TIMER_WORKER}`, [HUB_WORKER]: './tabs/hub' };

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
export const sourceOf = (entry) =>
  entry === HUB_WORKER
    ? join(SOURCES, 'tabs', 'hub', 'index.ts')
    : join(folderOf(entry), 'index.ts');

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
}

/** @param {string} file */
const isOfHub = (file) => file.startsWith(join(HUB, '/'));

/**
 * The other entry point that an import leads to; undefined for an import within one. The product of
 * that entry point is then imported, as classes and module state must exist only once.
 * @param {string} importer absolute
 * @param {string} specifier relative
 */
export function otherEntry(importer, specifier) {
  const file = join(importer, '..', specifier).replace(/\.js$/, '.ts');
  const [from, to] = [ownerOf(importer), ownerOf(file)];
  if (to === undefined || to === from) return undefined;
  if ((from !== undefined || isOfHub(importer)) && file === sourceOf(to)) return to;
  throw new Error(
    `${importer} imports ${specifier}: import only the index.ts of another entry point. ` +
      'Pure functions for several entry points belong in ts/shared/.',
  );
}

/**
 * The manifest's fields about entry points. Types come first, as TypeScript takes the first
 * condition that it knows.
 */
export function manifestFields() {
  const products = ENTRIES.map((name) => ({ name, path: name === 'index' ? '.' : `./${name}` }));
  const subpaths = ENTRIES.filter((name) => name !== 'index');
  return {
    exports: {
      ...Object.fromEntries(products.map(({ name, path }) => [path, conditions(name)])),
      ...Object.fromEntries(Object.entries(SCRIPTS).map(([name, path]) => [path, formats(name)])),
      './package.json': './package.json',
    },
    main: './index.cjs',
    module: './index.mjs',
    types: './index.d.cts',
    bin: { 'multi-throttler': `./${COMMAND}.mjs` },
    // For TypeScript's `node10` resolution, which ignores `exports`.
    typesVersions: {
      '*': Object.fromEntries(
        [
          ...subpaths.map((name) => [name, name]),
          ...Object.entries(SCRIPTS).map(([name, path]) => [path.slice(2), name]),
        ].map(([path, name]) => [path, [`./${name}.d.cts`]]),
      ),
    },
    files: [
      ...[...ENTRIES, ...Object.keys(SCRIPTS), COMMAND].map((name) => `${name}.*`),
      'edge',
      'THIRD-PARTY-LICENSES.txt',
    ],
  };
}

/** @param {string} name */
function conditions(name) {
  const edge = { types: `./${name}.d.mts`, default: `./edge/${name}.mjs` };
  return { workerd: edge, 'edge-light': edge, ...formats(name) };
}

/** @param {string} name */
function formats(name) {
  return {
    import: { types: `./${name}.d.mts`, default: `./${name}.mjs` },
    require: { types: `./${name}.d.cts`, default: `./${name}.cjs` },
  };
}
