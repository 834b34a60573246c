// The engine as wasm, with its JavaScript glue, in build/wasm/.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cargoHome, root } from '../lib/project.mjs';
import { snip } from './snip.mjs';
import { step } from './step.mjs';

const FOLDER = join(root, 'build', 'wasm');
const WASM = join(FOLDER, 'multi_throttler_bg.wasm');
/** The same with the names of its functions, for scripts/size.mjs. */
export const NAMED_WASM = join(root, 'build', 'named.wasm');
const TARGET = 'wasm32-unknown-unknown';

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
    // The words of panics name source files; those of the machine that builds are nobody's business.
    `--config=build.rustflags=["--remap-path-prefix=${cargoHome}=cargo", "--remap-path-prefix=${root}=."]`,
  ]);
  await step('bind', [
    'wasm-bindgen',
    '--target=web',
    // The default path would be a URL beside the file, which bundlers try to follow; the bytes are inlined here.
    '--omit-default-module-path',
    `--out-dir=${FOLDER}`,
    join(root, 'target', TARGET, 'release', 'multi_throttler.wasm'),
  ]);
  // Types of the raw exports: nobody imports them, and they would pass for the types of the file itself.
  rmSync(`${WASM}.d.ts`);
  dropDispose();
  writeFileSync(WASM, await snip(readFileSync(WASM)));
  // Without a feature flag wasm-opt goes by the module's own target_features, which Node 20 can run.
  await step('optimise', ['wasm-opt', '-O3', '--debuginfo', WASM, '-o', NAMED_WASM]);
  await step('strip', ['wasm-opt', '--strip-debug', '--strip-producers', NAMED_WASM, '-o', WASM]);
}

/** Nobody disposes of the Rust class, and the statement keeps bundlers from dropping it where it is not used. */
function dropDispose() {
  const glue = join(FOLDER, 'multi_throttler.js');
  const code = readFileSync(glue, 'utf8');
  const statement = /^if \(Symbol\.dispose\) .+$/gm;
  if (!statement.test(code)) throw new Error('build: wasm-bindgen writes no Symbol.dispose any more');
  writeFileSync(glue, code.replace(statement, ''));
}
