// `npm run check`: formatting, lints, documentation, prose and types. `npm run check -- --fix`
// formats and repairs first.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/project.mjs';
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
const denyWarnings = { RUSTDOCFLAGS: '-D warnings' };

// Called directly, as `cargo fmt` does not find files that a macro declares or includes.
const rustfmt = [
  'rustfmt',
  '--edition',
  '2024',
  ...['src', 'tests', 'benches', 'fuzz/src', 'fuzz/fuzz_targets'].flatMap(rustFiles),
];

/** @type {Check[]} */
const fixes = [
  { name: 'rustfmt', argv: rustfmt },
  { name: 'biome', argv: ['biome', 'check', '--write', '.'] },
];

/** @type {Check[]} */
const checks = [
  // The build comes first: it generates types that later checks need.
  { name: 'build', argv: [process.execPath, 'scripts/build.mjs'] },
  { name: 'rustfmt', argv: [...rustfmt, '--check'] },
  {
    name: 'clippy',
    argv: ['cargo', 'clippy', '--locked', '--workspace', '--all-targets', '--', '-D', 'warnings'],
  },
  {
    name: 'clippy wasm32',
    argv: [
      'cargo',
      'clippy',
      '--locked',
      '--workspace',
      ...wasmTarget,
      '--lib',
      ...wasmTests,
      '--',
      '-D',
      'warnings',
    ],
  },
  { name: 'licenses', argv: [process.execPath, 'scripts/licenses.mjs'] },
  { name: 'engine tree', argv: [process.execPath, 'scripts/check/engine-tree.mjs'] },
  {
    name: 'engine wasm32',
    argv: ['cargo', 'build', '--locked', '--package', 'multi-throttler-engine', ...wasmTarget],
  },
  {
    name: 'package',
    argv: ['cargo', 'package', '--locked', '--allow-dirty', '--package', 'multi-throttler-engine'],
  },
  {
    name: 'rustdoc',
    argv: ['cargo', 'doc', '--locked', '--workspace', '--no-deps'],
    env: denyWarnings,
  },
  {
    name: 'rustdoc wasm32',
    argv: ['cargo', 'doc', '--locked', '--workspace', '--no-deps', ...wasmTarget],
    env: denyWarnings,
  },
  { name: 'biome', argv: ['biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.'] },
  { name: 'prose', argv: [process.execPath, 'scripts/check/prose.mjs'] },
  { name: 'paths', argv: [process.execPath, 'scripts/check/paths.mjs'] },
  { name: 'tsc ts', argv: ['tsc', '--noEmit', '--project', 'ts'] },
  { name: 'tsc', argv: ['tsc', '--noEmit', '--project', '.'] },
];

await setup(['node', 'rust', 'wasm']);

/** @param {string} folder */
function rustFiles(folder) {
  const names = /** @type {string[]} */ (readdirSync(join(root, folder), { recursive: true }));
  return names.filter((name) => name.endsWith('.rs')).map((name) => `${folder}/${name}`);
}

if (process.argv.includes('--fix')) {
  for (const { name, argv } of fixes) {
    const { code } = await run(argv, { echo: true, minutes: 5 });
    if (code !== 0) process.stdout.write(`${name}: some problems remain, see below\n`);
  }
}

// Every check runs, even after one has failed.
/** @type {string[]} */
const lines = [];
for (const { name, argv, env } of checks) {
  process.stdout.write(`===== ${name}: ${argv.join(' ')}\n`);
  const { code, text, seconds } = await run(argv, { env: env ?? {}, minutes: 15 });
  // A successful check prints nothing, except for the table of prose.
  if (code !== 0 || name === 'prose') process.stdout.write(`${text}\n`);
  if (code !== 0) process.exitCode = 1;
  lines.push(
    `${code === 0 ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)}${seconds.toFixed(1).padStart(6)} s`,
  );
}
process.stdout.write(`\n${lines.join('\n')}\n`);
