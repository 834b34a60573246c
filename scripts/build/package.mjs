// Builds the npm package in pkg/ from pkg-template/ and ts/. Entry points import each other's
// products by relative paths, so that there is one engine and one of each class in modules, in
// CommonJS and in edge runtimes.

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import dts from 'rollup-plugin-dts';
import { root } from '../lib/project.mjs';
import { buildCommand } from './command.mjs';
import {
  ENTRIES,
  HUB_WORKER,
  manifestFields,
  otherEntry,
  PEERS,
  sourceOf,
  TIMER_WORKER,
} from './entries.mjs';
import { luaText } from './lua.mjs';
import { toText } from './text.mjs';

/** Built here and moved to pkg/ at the end, so that pkg/ is never incomplete. */
const PKG = join(root, 'build', 'pkg');

const WASM = join(root, 'build', 'wasm', 'multi_throttler_bg.wasm');

export async function buildPackage() {
  cpSync(join(root, 'pkg-template'), PKG, { recursive: true });
  copyFileSync(join(root, 'LICENSE'), join(PKG, 'LICENSE'));
  copyFileSync(join(root, 'README.md'), join(PKG, 'README.md'));
  writeFileSync(join(PKG, 'package.json'), manifest());
  const engine = await toText(readFileSync(WASM));
  for (const entry of ENTRIES) {
    await buildCode(entry, { engine, format: 'esm', outdir: PKG, extension: '.mjs' });
    await buildCode(entry, { engine, format: 'cjs', outdir: PKG, extension: '.cjs' });
    // For runtimes that refuse to compile bytes, but import wasm files.
    await buildCode(entry, {
      engine,
      format: 'esm',
      outdir: join(PKG, 'edge'),
      extension: '.mjs',
      importWasm: true,
    });
    await buildTypes(entry);
  }
  copyFileSync(WASM, join(PKG, 'edge', 'engine.wasm'));
  await buildTimerWorker();
  await buildCommand(PKG);
  for (const [format, extension] of /** @type {const} */ ([
    ['esm', '.mjs'],
    ['cjs', '.cjs'],
  ])) {
    await buildCode(HUB_WORKER, { engine, format, outdir: PKG, extension });
    writeFileSync(join(PKG, `${HUB_WORKER}.d${extension.replace('js', 'ts')}`), 'export {};\n');
  }
  rmSync(join(root, 'pkg'), { recursive: true, force: true });
  renameSync(PKG, join(root, 'pkg'));
}

/**
 * Writes the worker that the core starts from its own text as a file too, for pages whose policy
 * forbids the former. It imports and exports nothing, so both formats are the same.
 */
async function buildTimerWorker() {
  const source = join(root, 'ts', 'core', 'timers', 'worker-source.ts');
  const { outputFiles } = await build({ entryPoints: [source], format: 'esm', write: false });
  const module = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`;
  for (const extension of ['mjs', 'cjs']) {
    writeFileSync(
      join(PKG, `${TIMER_WORKER}.${extension}`),
      `${(await import(module)).TIMER_WORKER}\n`,
    );
    writeFileSync(join(PKG, `${TIMER_WORKER}.d.${extension.replace('js', 'ts')}`), 'export {};\n');
  }
}

/** The template's manifest with entry points, and the version from Cargo.toml, its only source. */
function manifest() {
  const cargo = readFileSync(join(root, 'Cargo.toml'), 'utf8');
  const version = /^version = "(.+)"$/m.exec(cargo)?.[1];
  const template = JSON.parse(readFileSync(join(root, 'pkg-template', 'package.json'), 'utf8'));
  return `${JSON.stringify({ ...template, version, ...manifestFields() }, null, 2)}\n`;
}

/**
 * Modules that take the place of others in edge runtimes.
 * @type {Record<string, string>}
 */
const EDGE_MODULES = {
  './inlined.js': 'imported.ts',
  './core/timers/page.js': 'core/timers/request.ts',
  '../core/timers/page.js': '../core/timers/request.ts',
};

/**
 * @typedef {object} Target
 * @property {'esm' | 'cjs'} format
 * @property {string} outdir
 * @property {string} extension
 * @property {{ text: string, decoder: string }} engine
 * @property {boolean} [importWasm] imports the wasm file instead of carrying its bytes
 */

/**
 * @param {string} entry
 * @param {Target} target
 */
async function buildCode(entry, target) {
  const { outputFiles } = await bundle(entry, target);
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      text.replace('<text>', () => target.engine.text).replace('<decoder>', target.engine.decoder),
    );
  }
}

/**
 * The code of an entry point, without the engine's bytes.
 * @param {string} entry
 * @param {Omit<Target, 'engine'>} target
 */
export function bundle(entry, target) {
  return build({
    entryPoints: { [entry]: sourceOf(entry) },
    outdir: target.outdir,
    outExtension: { '.js': target.extension },
    bundle: true,
    write: false,
    metafile: true,
    minifyIdentifiers: true,
    minifySyntax: true,
    // Profiles and lists of calls are marked as calls without effect, in comments that would go
    // with the blanks: so a program that uses one of them carries that one alone.
    minifyWhitespace: !['exchange', 'client'].includes(entry) || target.format !== 'esm',
    // Node prints the line that threw an uncaught error, so lines are short. The engine's text is
    // inserted later, unbroken.
    lineLimit: 200,
    format: target.format,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    loader: { '.css': 'text' },
    external: Object.values(PEERS),
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [imports(target)],
  });
}

/**
 * @param {Omit<Target, 'engine'>} target
 * @returns {import('esbuild').Plugin}
 */
const imports = ({ extension, importWasm }) => ({
  name: 'imports',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ importer, path }) => {
      // The entry point itself has no importer.
      const other = importer ? otherEntry(importer, path) : undefined;
      if (other) return { path: `./${other}${extension}`, external: true, sideEffects: false };
      const edge = importWasm ? EDGE_MODULES[path] : undefined;
      if (edge) return { path: join(importer, '..', edge) };
      return undefined;
    });
    // Vercel's edge runtime requires the query; Cloudflare's tools accept both forms.
    onResolve({ filter: /^engine\.wasm\?module$/ }, ({ path }) => ({
      path: `./${path}`,
      external: true,
    }));
    onLoad({ filter: /\.lua$/ }, ({ path }) => ({
      contents: luaText(readFileSync(path, 'utf8')),
      loader: 'text',
    }));
    onLoad({ filter: /\.wasm$/ }, () => ({
      contents: `export const text = "<text>", decoder = "<decoder>";`,
    }));
  },
});

/**
 * Writes one file of declarations for `import`, and one under the name that `require` looks for.
 * @param {string} entry
 */
async function buildTypes(entry) {
  for (const extension of ['mts', 'cts']) {
    const runtime = extension === 'mts' ? '.mjs' : '.cjs';
    const bundle = await rollup({
      input: sourceOf(entry),
      plugins: [
        {
          name: 'imports',
          resolveId(source, importer) {
            const other =
              importer && source.startsWith('.') ? otherEntry(importer, source) : undefined;
            return other ? { id: `./${other}${runtime}`, external: 'relative' } : null;
          },
        },
        dts({ tsconfig: join(root, 'ts', 'tsconfig.json') }),
      ],
      // Paths stay as they are written, not relative to this folder.
      makeAbsoluteExternalsRelative: false,
    });
    const { output } = await bundle.generate({ format: 'es' });
    await bundle.close();
    // Older libs lack `Symbol.dispose`, and programs that set no lib must still compile.
    const code = `/// <reference lib="esnext.disposable" />\n${output[0].code}`;
    writeFileSync(join(PKG, `${entry}.d.${extension}`), code);
  }
}
