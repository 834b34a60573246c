// The engine as wasm, with its JavaScript glue, in build/wasm/.

import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cargoHome, root } from '../lib/project.mjs';
import { snip } from './snip.mjs';
import { step } from './step.mjs';

const FOLDER = join(root, 'build', 'wasm');
const MODULE = 'multi_throttler';
const WASM = join(FOLDER, `${MODULE}_bg.wasm`);
/** The same with the names of its functions, for scripts/size.mjs. */
export const NAMED_WASM = join(root, 'build', 'named.wasm');
const TARGET = 'wasm32-unknown-unknown';

const FLAGS = [
  // The words of panics name source files; those of the machine that builds are nobody's business.
  `--remap-path-prefix=${cargoHome}=cargo`,
  `--remap-path-prefix=${root}=.`,
  // Half of what level "s" takes for worth inlining: what matters for speed says so itself.
  '-Cllvm-args=-inline-threshold=25',
];

export async function buildWasm() {
  // `cargo rustc --crate-type`, as a cdylib beside an rlib in Cargo.toml turns link-time optimisation off
  // (rust-lang/cargo#9672). Level "s" is a quarter smaller than 3 and no slower to use: the way into the module
  // costs more than what is done there.
  await step('compile', [
    'cargo',
    'rustc',
    '--release',
    '--locked',
    '--lib',
    '--crate-type=cdylib',
    `--target=${TARGET}`,
    '--config=profile.release.opt-level="s"',
    `--config=build.rustflags=${JSON.stringify(FLAGS)}`,
  ]);
  await step('bind', [
    'wasm-bindgen',
    '--target=web',
    // The default path would be a URL beside the file, which bundlers try to follow; the bytes are inlined here.
    '--omit-default-module-path',
    `--out-dir=${FOLDER}`,
    join(root, 'target', TARGET, 'release', `${MODULE}.wasm`),
  ]);
  // Types of the raw exports: nobody imports them, and they would pass for the types of the file itself.
  rmSync(`${WASM}.d.ts`);
  rewriteGlue(dropDispose, exportMemory, importUtf8);
  writeFileSync(WASM, await snip(readFileSync(WASM)));
  // Without a feature flag wasm-opt goes by the module's own target_features, which Node 20 can run.
  await step('optimise', ['wasm-opt', '-O3', '--debuginfo', WASM, '-o', NAMED_WASM]);
  const names = await step('strip', [
    'wasm-opt',
    '--strip-debug',
    '--strip-producers',
    '--minify-imports-and-exports-and-modules',
    NAMED_WASM,
    '-o',
    WASM,
  ]);
  rewriteGlue((code) => shorten(code, JSON.parse(names)));
}

/** @param {...(code: string) => string} changes */
function rewriteGlue(...changes) {
  const glue = join(FOLDER, `${MODULE}.js`);
  writeFileSync(
    glue,
    changes.reduce((code, change) => change(code), readFileSync(glue, 'utf8')),
  );
}

/**
 * Nobody disposes of the Rust class, and the statement keeps bundlers from dropping it where it is not used.
 * @param {string} code
 */
function dropDispose(code) {
  return replaced(code, /^if \(Symbol\.dispose\) .+$/gm, () => '');
}

/**
 * The memory, whose name among the exports will be another.
 * @param {string} code
 */
function exportMemory(code) {
  appendFileSync(
    join(FOLDER, `${MODULE}.d.ts`),
    '\n/** The memory of the instance. */\nexport function memory(): WebAssembly.Memory;\n',
  );
  return `${code}\nexport function memory() {\n    return wasm.memory;\n}\n`;
}

/**
 * Its own encoder and decoder where the realm has none.
 * @param {string} code
 */
function importUtf8(code) {
  return `import { TextDecoder, TextEncoder } from '../../ts/shared/utf8.ts';\n${code}`;
}

/**
 * Gives the glue the short names that wasm-opt gave what the module imports and exports: wasm-bindgen's have hashes in
 * them, of which no compression makes less.
 * @param {string} code
 * @param {{ imports: [module: string, name: string, short: string][], exports: [name: string, short: string][] }} names
 */
function shorten(code, { imports, exports }) {
  const shortImport = new Map(imports.map(([, name, short]) => [name, short]));
  const shortExport = new Map(exports);
  const module = replaced(code, `"./${MODULE}_bg.js": import0`, () => 'a: import0');
  const imported = replaced(module, /^( +)(__wb\w+)(?=: function\()/gm, (_, indent, name) => {
    // What no longer is imported is not given.
    return indent + (shortImport.get(name) ?? name);
  });
  return replaced(imported, /\bwasm\.(\w+)/g, (_, name) => `wasm.${shortExport.get(name) ?? name}`);
}

/**
 * @param {string} code
 * @param {string | RegExp} what has to be there
 * @param {(...match: string[]) => string} by
 */
function replaced(code, what, by) {
  const result = code.replace(what, by);
  if (result === code) throw new Error(`build: wasm-bindgen writes no ${what} any more`);
  return result;
}
