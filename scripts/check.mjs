// `npm run check`: formatting, lints, documentation and types. `npm run check -- --fix` formats and repairs first.

import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string[]} argv
 * @property {NodeJS.ProcessEnv} [env]
 */

const wasmTarget = ['--target', 'wasm32-unknown-unknown'];
const wasmTests = ['--test', 'wasm_node', '--test', 'wasm_browser'];
// A workspace of its own. What it shares with tests/fuzz.rs is linted there; the rest would have to build libFuzzer.
const ofFuzz = ['--manifest-path', 'fuzz/Cargo.toml'];
const denyWarnings = { RUSTDOCFLAGS: '-D warnings' };

/** @type {Check[]} */
const fixes = [
  { name: 'rustfmt', argv: ['cargo', 'fmt'] },
  { name: 'rustfmt fuzz', argv: ['cargo', 'fmt', ...ofFuzz] },
  { name: 'biome', argv: ['biome', 'check', '--write', '.'] },
];

/** @type {Check[]} */
const checks = [
  // First, as the types of the generated code and of the package itself are among its products.
  { name: 'build', argv: [process.execPath, 'scripts/build.mjs'] },
  { name: 'rustfmt', argv: ['cargo', 'fmt', '--check'] },
  { name: 'rustfmt fuzz', argv: ['cargo', 'fmt', ...ofFuzz, '--check'] },
  { name: 'clippy', argv: ['cargo', 'clippy', '--locked', '--all-targets', '--', '-D', 'warnings'] },
  {
    name: 'clippy wasm32',
    argv: ['cargo', 'clippy', '--locked', ...wasmTarget, '--lib', ...wasmTests, '--', '-D', 'warnings'],
  },
  { name: 'rustdoc', argv: ['cargo', 'doc', '--locked', '--no-deps'], env: denyWarnings },
  {
    name: 'rustdoc wasm32',
    argv: ['cargo', 'doc', '--locked', '--no-deps', ...wasmTarget],
    env: denyWarnings,
  },
  { name: 'biome', argv: ['biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.'] },
  { name: 'tsc ts', argv: ['tsc', '--noEmit', '--project', 'ts'] },
  { name: 'tsc', argv: ['tsc', '--noEmit', '--project', '.'] },
];

await setup(['node', 'rust', 'wasm']);

if (process.argv.includes('--fix')) {
  for (const { name, argv } of fixes) {
    const { code } = await run(argv, { echo: true, minutes: 5 });
    if (code !== 0) process.stdout.write(`${name}: not all could be fixed\n`);
  }
}

// All of them run, however many fail.
/** @type {string[]} */
const lines = [];
for (const { name, argv, env } of checks) {
  process.stdout.write(`===== ${name}: ${argv.join(' ')}\n`);
  const { code, text, seconds } = await run(argv, { env: env ?? {}, minutes: 15 });
  // A check that succeeds has nothing to say.
  if (code !== 0) {
    process.stdout.write(`${text}\n`);
    process.exitCode = 1;
  }
  lines.push(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)}${seconds.toFixed(1).padStart(6)} s`);
}
process.stdout.write(`\n${lines.join('\n')}\n`);
