// The engine as wasm, with its JavaScript glue, in build/wasm/.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/project.mjs';
import { step } from './step.mjs';
import { snip } from './snip.mjs';

const FOLDER = join(root, 'build', 'wasm');
const WASM = join(FOLDER, 'multi_throttler_bg.wasm');
const TARGET = 'wasm32-unknown-unknown';

export async function buildWasm() {
  // `cargo rustc --crate-type`, as a cdylib beside an rlib in Cargo.toml turns link-time optimisation off
  // (rust-lang/cargo#9672).
  await step('compile', ['cargo', 'rustc', '--release', '--locked', '--lib', '--target', TARGET, '--crate-type', 'cdylib']);
  await step('bind', [
    'wasm-bindgen',
    '--target=web',
    // The default path would be a URL beside the file, which bundlers try to follow; the bytes are inlined here.
    '--omit-default-module-path',
    `--out-dir=${FOLDER}`,
    join(root, 'target', TARGET, 'release', 'multi_throttler.wasm'),
  ]);
  writeFileSync(WASM, await snip(readFileSync(WASM)));
  // Without a feature flag wasm-opt goes by the module's own target_features, which Node 20 can run.
  await step('optimise', ['wasm-opt', '-O3', '--strip-debug', '--strip-producers', WASM, '-o', WASM]);
}
