// `npm run size`: what each kilobyte of the package is for. The code of the wasm is counted by the crate whose name a
// function bears; what was inlined elsewhere counts there.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from './build.mjs';
import { root } from './lib/project.mjs';

/** In this order: the first pattern that fits takes the function. */
const OWNERS = /** @type {const} */ ([
  ['serde-wasm-bindgen, serde', /serde/],
  ['wasm-bindgen-futures', /futures/],
  ['wasm layer (src/wasm)', /multi_throttler::wasm|^multithrottler_/],
  ['hashbrown', /hashbrown/],
  ['engine', /multi_throttler::/],
  ['js-sys, wasm-bindgen', /js_sys|wasm_bindgen|__wbindgen|externref/],
  ['allocator', /dlmalloc|__rust_(re|de)?alloc|__rdl/],
  ['std, core, alloc', /./],
]);

await build();
const { NAMED_WASM } = await import('./build/wasm.mjs');
const { functionSizes, sectionSizes } = await import('./lib/wasm-file.mjs');

const bytes = new Map(OWNERS.map(([owner]) => [String(owner), 0]));
for (const { name, size } of functionSizes(readFileSync(NAMED_WASM))) {
  const owner = OWNERS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'std, core, alloc';
  bytes.set(owner, (bytes.get(owner) ?? 0) + size);
}
const wasm = readFileSync(join(root, 'build', 'wasm', 'multi_throttler_bg.wasm'));
const sections = sectionSizes(wasm);
const code = sections.get('code') ?? 0;
const data = sections.get('data') ?? 0;

console.log('wasm, bytes');
for (const [owner, size] of bytes) row(`  ${owner}`, size);
row('  data (texts, tables)', data);
row('  imports, exports, types', wasm.length - code - data);
row('  total', wasm.length);
console.log('\npackage, bytes');
for (const file of ['index.mjs', 'index.cjs']) {
  const path = join(root, 'pkg', file);
  row(`  ${file}`, statSync(path).size);
  row(`  ${file}, gzip`, gzipSync(readFileSync(path), { level: 9 }).length);
}

/**
 * @param {string} label
 * @param {number} size
 */
function row(label, size) {
  console.log(`${label.padEnd(32)}${size.toLocaleString('en').padStart(10)}`);
}
