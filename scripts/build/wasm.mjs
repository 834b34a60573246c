// Builds the engine as wasm, with its JavaScript glue, in build/wasm/.

import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cargoHome, root } from '../lib/project.mjs';
import { withoutDeadData, withoutRelocations } from './dead-data.mjs';
import { snip } from './snip.mjs';
import { step } from './step.mjs';

const FOLDER = join(root, 'build', 'wasm');
const MODULE = 'multi_throttler';
const WASM = join(FOLDER, `${MODULE}_bg.wasm`);
/** The module as it was compiled. */
const LINKED = join(root, 'build', `${MODULE}.wasm`);
/** The module with names of functions, for scripts/size.mjs and scripts/profile.mjs. */
export const NAMED_WASM = join(root, 'build', 'named.wasm');
const TARGET = 'wasm32-unknown-unknown';

const FLAGS = [
  // Panic messages name source files; paths of the building machine must not leak into them.
  `--remap-path-prefix=${cargoHome}=cargo`,
  `--remap-path-prefix=${root}=.`,
  // Half the inlining threshold of level "s": hot functions are marked `inline` explicitly.
  '-Cllvm-args=-inline-threshold=25',
  // For dead-data.mjs.
  '-Clink-arg=--emit-relocs',
];

export async function buildWasm() {
  // `cargo rustc --crate-type`, as a cdylib beside an rlib in Cargo.toml would turn off link-time
  // optimisation (rust-lang/cargo#9672). Level "s" is a quarter smaller than 3 and no slower in
  // use: a call into the module costs more than its work there.
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
  const linked = readFileSync(join(root, 'target', TARGET, 'release', `${MODULE}.wasm`));
  mkdirSync(FOLDER);
  writeFileSync(LINKED, withoutRelocations(linked));
  await step('bind', ['multi-throttler-bindgen', LINKED, FOLDER]);
  // Types of the raw exports: unused, and they would be taken for the types of the wasm file.
  rmSync(`${WASM}.d.ts`);
  rewriteGlue(dropDispose, exportMemory, importUtf8);
  writeFileSync(WASM, await snip(readFileSync(WASM)));
  // Without a feature flag wasm-opt follows the module's target_features, which Node 20 can run.
  // The lowest addresses belong to the stack, so an offset up to 1024 from an address that is not
  // one of them needs no addition of its own.
  //
  // The functions of the door for rare calls stay apart. V8 compiles a function at its first call:
  // 37 kB in one took 3 ms, and blocked the program for as long.
  await step('optimise', [
    'wasm-opt',
    '--no-inline=*class::calls*',
    '--no-inline=*class::changes*',
    '-O3',
    '--low-memory-unused',
    '--debuginfo',
    WASM,
    '-o',
    NAMED_WASM,
  ]);
  const names = await step('strip', [
    'wasm-opt',
    '--strip-debug',
    '--strip-producers',
    '--strip-target-features',
    '--minify-imports-and-exports-and-modules',
    NAMED_WASM,
    '-o',
    WASM,
  ]);
  writeFileSync(WASM, await withoutDeadData(readFileSync(WASM), linked));
  const renamed = JSON.parse(names);
  rewriteGlue(
    (code) => importDirectly(code, renamed),
    (code) => shorten(code, renamed),
  );
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
 * Removes `Symbol.dispose` of the Rust class, which is never used: the statement keeps bundlers
 * from dropping an unused class.
 * @param {string} code
 */
function dropDispose(code) {
  return replaced(code, /^if \(Symbol\.dispose\) .+$/gm, () => '');
}

/**
 * Exports the memory under a stable name; that among the wasm exports is minified.
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
 * Imports the package's own UTF-8 encoder and decoder, for realms that have none.
 * @param {string} code
 */
function importUtf8(code) {
  return `import { TextDecoder, TextEncoder } from '../../ts/shared/utf8.ts';\n${code}`;
}

/**
 * @typedef {object} Names
 * @property {[module: string, name: string, short: string][]} imports
 * @property {[name: string, short: string][]} exports
 */

/**
 * Moves functions that the module imports from our own files, without glue around them, to the
 * other imports: wasm-opt has given all imports the same module.
 * @param {string} code
 * @param {Names} names
 */
function importDirectly(code, { imports }) {
  const file = /^import \* as import\d+ from "(.+)";?$/gm;
  const files = [...new Set([...code.matchAll(file)].map(([, path]) => path ?? ''))];
  const functions = imports.filter(([module]) => files.includes(module));
  const names = (/** @type {string} */ path) =>
    functions
      .filter(([module]) => module === path)
      .map(([, name, short]) => `${name} as _${short}`);
  const lines = files.map((path) => `import { ${names(path).join(', ')} } from "${path}";`);
  const entries = functions.map(([, , short]) => `        ${short}: _${short},`);
  const once = replaced(code.replace(file, ''), /^ +"\.\/snippets\/.+": import\d+,$/gm, () => '');
  return `${lines.join('\n')}\n${replaced(once, 'const import0 = {', (start) => `${start}\n${entries.join('\n')}`)}`;
}

/**
 * Renames imports and exports in the glue to the short names that wasm-opt gave them. The names of
 * wasm-bindgen contain hashes, which do not compress.
 * @param {string} code
 * @param {Names} names
 */
function shorten(code, { imports, exports }) {
  const shortImport = new Map(imports.map(([, name, short]) => [name, short]));
  const shortExport = new Map(exports);
  const module = replaced(code, `"./${MODULE}_bg.js": import0`, () => 'a: import0');
  const imported = replaced(module, /^( +)(__wb\w+)(?=: function\()/gm, (_, indent, name) => {
    // An import that the module no longer has keeps its name.
    return indent + (shortImport.get(name) ?? name);
  });
  return replaced(imported, /\bwasm\.(\w+)/g, (_, name) => `wasm.${shortExport.get(name) ?? name}`);
}

/**
 * @param {string} code
 * @param {string | RegExp} what must match
 * @param {(...match: string[]) => string} by
 */
function replaced(code, what, by) {
  const result = code.replace(what, by);
  if (result === code) throw new Error(`build: wasm-bindgen no longer writes ${what}`);
  return result;
}
