// The package's entry points. To add one, add its name here: build, types, manifest and tests go by this list.

import { join } from 'node:path';
import { root } from '../lib/project.mjs';

/** `index` is `multi-throttler` itself, any other `multi-throttler/<name>`. */
export const ENTRIES = ['index', 'exchange', 'ccxt'];

const SOURCES = join(root, 'ts');

/** Pure functions that any entry may use: each product has a copy of what it needs. */
const SHARED = join(SOURCES, 'shared');

/** @param {string} entry */
const folderOf = (entry) => (entry === 'index' ? SOURCES : join(SOURCES, entry));

/**
 * The file that an entry point begins with.
 * @param {string} entry
 */
export const sourceOf = (entry) => join(folderOf(entry), 'index.ts');

/**
 * The entry whose file this is; undefined for what all share.
 * @param {string} file
 */
function ownerOf(file) {
  /** @param {string} folder */
  const within = (folder) => file.startsWith(join(folder, '/'));
  if (!within(SOURCES) || within(SHARED)) return undefined;
  return ENTRIES.find((entry) => entry !== 'index' && within(folderOf(entry))) ?? 'index';
}

/**
 * The other entry point that an import reaches, whose product is imported then: classes, and all that a module
 * remembers, must exist once. Undefined for an import within an entry point.
 * @param {string} importer absolute
 * @param {string} specifier relative
 */
export function otherEntry(importer, specifier) {
  const file = join(importer, '..', specifier).replace(/\.js$/, '.ts');
  const [from, to] = [ownerOf(importer), ownerOf(file)];
  if (to === undefined || to === from) return undefined;
  if (from !== undefined && file === sourceOf(to)) return to;
  throw new Error(
    `${importer} imports ${specifier}: of another entry point only its index.ts can be imported. ` +
      'Pure functions that several use belong into ts/shared/.',
  );
}

/**
 * What the manifest says of the entry points. Types come first, as TypeScript takes the first condition that it knows.
 */
export function manifestFields() {
  const products = ENTRIES.map((name) => ({ name, path: name === 'index' ? '.' : `./${name}` }));
  const subpaths = ENTRIES.filter((name) => name !== 'index');
  return {
    exports: {
      ...Object.fromEntries(products.map(({ name, path }) => [path, conditions(name)])),
      './package.json': './package.json',
    },
    main: './index.cjs',
    module: './index.mjs',
    types: './index.d.cts',
    // For TypeScript's `node10` resolution, which knows no exports.
    typesVersions: { '*': Object.fromEntries(subpaths.map((name) => [name, [`./${name}.d.cts`]])) },
    files: [...ENTRIES.map((name) => `${name}.*`), 'edge'],
  };
}

/** @param {string} name */
function conditions(name) {
  const edge = { types: `./${name}.d.mts`, default: `./edge/${name}.mjs` };
  return {
    workerd: edge,
    'edge-light': edge,
    import: { types: `./${name}.d.mts`, default: `./${name}.mjs` },
    require: { types: `./${name}.d.cts`, default: `./${name}.cjs` },
  };
}
