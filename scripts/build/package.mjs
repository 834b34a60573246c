// The npm package in pkg/: pkg-template/ and what is built from ts/.

import { copyFileSync, cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import dts from 'rollup-plugin-dts';
import { root } from '../lib/project.mjs';

/** Made beside the others first: pkg/ is never half done. */
const PKG = join(root, 'build', 'pkg');

/** The package's entry points: the name of each is that of its folder or file in ts/ and of its products in pkg/. */
const ENTRIES = ['index'];

export async function buildPackage() {
  cpSync(join(root, 'pkg-template'), PKG, { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(PKG, 'LICENSE'));
  copyFileSync(join(root, 'README.md'), join(PKG, 'README.md'));
  writeFileSync(join(PKG, 'package.json'), manifest());
  for (const entry of ENTRIES) {
    await buildCode(entry, 'esm', 'mjs');
    await buildCode(entry, 'cjs', 'cjs');
    await buildTypes(entry);
  }
  rmSync(join(root, 'pkg'), { recursive: true, force: true });
  renameSync(PKG, join(root, 'pkg'));
}

/** The template's manifest with the version of Cargo.toml, the one place where it is written. */
function manifest() {
  const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  const version = /^version = "(.+)"$/m.exec(cargo)?.[1];
  const template = JSON.parse(readFileSync(join(root, 'pkg-template', 'package.json'), 'utf8'));
  return `${JSON.stringify({ ...template, version }, null, 2)}\n`;
}

/**
 * @param {string} entry
 * @param {'esm' | 'cjs'} format
 * @param {string} extension
 */
async function buildCode(entry, format, extension) {
  await build({
    entryPoints: [join(root, 'ts', `${entry}.ts`)],
    outfile: join(PKG, `${entry}.${extension}`),
    bundle: true,
    minify: true,
    format,
    platform: 'neutral',
    target: 'es2022',
    loader: { '.wasm': 'base64' },
    legalComments: 'none',
    logLevel: 'warning',
  });
}

/**
 * One file of declarations for `import`, and the same under the name that `require` looks for.
 * @param {string} entry
 */
async function buildTypes(entry) {
  const bundle = await rollup({
    input: join(root, 'ts', `${entry}.ts`),
    plugins: [dts({ tsconfig: join(root, 'ts', 'tsconfig.json') })],
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  // `Symbol.dispose` is in no older lib, and a program that sets none must still compile.
  const code = `/// <reference lib="esnext.disposable" />\n${output[0].code}`;
  for (const extension of ['d.mts', 'd.cts']) writeFileSync(join(PKG, `${entry}.${extension}`), code);
}
