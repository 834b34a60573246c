// Checks that no dependency of the engine crate on wasm32 is a binding to JavaScript.

import { ask } from '../lib/run.mjs';

const JAVASCRIPT = /^(js-sys|web-sys|wasm-bindgen|serde-wasm-bindgen)/;

const tree = ask('cargo', [
  'tree',
  '--locked',
  '--package=multi-throttler-engine',
  '--target=wasm32-unknown-unknown',
  '--edges=normal,build',
  '--prefix=none',
]);
const packages = (tree ?? '').split('\n').filter((line) => line !== '');
if (!packages[0]?.startsWith('multi-throttler-engine')) throw new Error('cargo tree failed');
const bindings = packages.filter((line) => JAVASCRIPT.test(line));
for (const line of bindings) process.stdout.write(`the engine depends on ${line}\n`);
if (bindings.length > 0) process.exitCode = 1;
