// `npm run build`: Rust -> wasm -> JavaScript and types -> the publishable package in pkg/.
// Does nothing if no source has changed since the last build.

import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './lib/project.mjs';
import { setup } from './setup.mjs';

/** Files and folders that the package is built from. */
const SOURCES = [
  'Cargo.lock',
  'LICENSE',
  'README.md',
  'Cargo.toml',
  'rust-toolchain.toml',
  'package-lock.json',
  'src',
  'ts',
  'pkg-template',
  'scripts',
];
const STAMP = join(root, 'build', 'stamp');

/** Builds pkg/ unless it is up to date. */
export async function build() {
  await setup(['node', 'wasm']);
  const stamp = fingerprint();
  if (
    existsSync(STAMP) &&
    readFileSync(STAMP, 'utf8') === stamp &&
    existsSync(join(root, 'pkg', 'index.mjs'))
  ) {
    link();
    return;
  }
  const { buildWasm } = await import('./build/wasm.mjs');
  const { buildPackage } = await import('./build/package.mjs');
  rmSync(join(root, 'build'), { recursive: true, force: true });
  mkdirSync(join(root, 'build'));
  await buildWasm();
  await buildPackage();
  link();
  writeFileSync(STAMP, stamp);
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const source of SOURCES) add(hash, source);
  return hash.digest('hex');
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} path relative to the root; a folder is added with its contents
 */
function add(hash, path) {
  const absolute = join(root, path);
  if (lstatSync(absolute).isDirectory()) {
    for (const name of readdirSync(absolute).sort()) add(hash, `${path}/${name}`);
  } else {
    hash.update(`${path}\n`).update(readFileSync(absolute));
  }
}

/** Links pkg/ into node_modules, for `import 'multi-throttler'` in tests, examples and editors. */
function link() {
  const path = join(root, 'node_modules', 'multi-throttler');
  if (!existsSync(path)) {
    rmSync(path, { force: true });
    // A relative link, so that a copy of the project uses its own pkg/. Windows makes it a
    // junction.
    symlinkSync(join('..', 'pkg'), path, 'junction');
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await build();
