// Set-up of the tools around the wasm, built from source into .tools. The npm packages and
// installers of wasm-bindgen and wasm-pack fetch binaries from release pages, which closed networks
// cannot reach.

import { read } from '../lib/project.mjs';
import { cargoTool } from './cargo-tool.mjs';

/**
 * The version of the crate; the tools must have the same, as they share a private format.
 */
function bindgenVersion() {
  const version = /^name = "wasm-bindgen"\nversion = "(.+)"$/m.exec(read('Cargo.lock'))?.[1];
  if (version === undefined) throw new Error('Cargo.lock has no wasm-bindgen');
  return version;
}

/** Writes the JavaScript around the wasm: all that the build needs. */
export const wasm = cargoTool('bindgen', () => ({
  crate: 'multi-throttler-bindgen',
  path: 'scripts/setup/bindgen',
  program: 'multi-throttler-bindgen',
  version: bindgenVersion(),
  flags: ['--locked'],
}));

/** The command line of wasm-bindgen, whose test runner wasm-pack calls. */
export const wasmBindgen = cargoTool('wasm-bindgen', () => ({
  crate: 'wasm-bindgen-cli',
  program: 'wasm-bindgen',
  version: bindgenVersion(),
  // Without --locked: its lock file names a dependency that was withdrawn from the registry.
  flags: [],
}));

/** Runs the wasm tests; the build does not need it. */
export const wasmPack = cargoTool(
  'wasm-pack',
  () => ({
    crate: 'wasm-pack',
    program: 'wasm-pack',
    version: '0.15.1',
    flags: ['--locked'],
  }),
  ['rust', 'wasmBindgen'],
);
