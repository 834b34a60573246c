// `npm run size`: attributes the size of the package to its parts. Code of the wasm is counted by
// the name of its function. Inlined code counts where it was inlined, so functions that JavaScript
// calls include much of their callees.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from './build.mjs';
import { withFigures } from './lib/markdown.mjs';
import { root } from './lib/project.mjs';

/** Owners of functions; the first matching pattern decides. */
const OWNERS = /** @type {const} */ ([
  ['serde-wasm-bindgen, serde', /serde/],
  ['wasm-bindgen-futures', /futures/],
  ['allocator', /rlsf/],
  ['the constructor, with its configuration', /^multithrottler_new/],
  ['requests', /^multithrottler_(submit|throttle|cancel|flush|release|waited|slot)|driver::submit/],
  ['all other calls', /^multithrottler_|wasm::class/],
  ['JavaScript values in and out', /wasm::(data|decode|encode|failure)/],
  ['clock, timer, promises', /multi_throttler::wasm/],
  ['token bucket', /limit::token_bucket/],
  ['rolling window', /limit::rolling_window/],
  ['fixed windows', /limit::(fixed_window|first_request_window|window)|numeric::recent_sum/],
  ['spacing', /limit::spacing/],
  ['concurrency, and code of all algorithms', /limit::/],
  ['schedule', /multi_throttler_engine::(schedule|collections::lazy_heap)|binary_heap/],
  ['waiting requests and their costs', /multi_throttler_engine::(queue|request|collections)/],
  ['rules, families, modes', /multi_throttler_engine::(rules|fields)/],
  ['reports and back-off', /multi_throttler_engine::(engine::)?server/],
  ['snapshots', /multi_throttler_engine::(engine::persistence|snapshot)/],
  ['estimates and wait timeouts', /multi_throttler_engine::engine::estimate/],
  ['engine', /multi_throttler_engine::/],
  ['js-sys, wasm-bindgen', /js_sys|wasm_bindgen|__wbindgen|externref|^(Ref|Closure|F64|Option)\b/],
  ['std, core, alloc', /./],
]);

/** Exports that `new MultiThrottler()`, `throttle()` and an aborted signal call. */
const LEAST =
  /_(new|submit|submitCosts|slot|costBuffer|version|usesSystemClock|takeError|cancel|flush)$/;

/** @type {{ label: string, size: number }[]} */
const rows = [];

await build();
const { bundle } = await import('./build/package.mjs');
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
const least = await leastOf(readFileSync(NAMED_WASM));
row('  for the constructor, throttle() and aborting alone', least.length);
row('  for these alone, gzip', gzipSync(least, { level: 9 }).length);
console.log('\nJavaScript of the core, minified, bytes');
const { metafile } = await bundle('index', { format: 'esm', outdir: 'pkg', extension: '.mjs' });
const [output] = Object.values(metafile.outputs);
const files = Object.entries(output?.inputs ?? {}).sort(
  ([, a], [, b]) => b.bytesInOutput - a.bytesInOutput,
);
for (const [file, { bytesInOutput }] of files) row(`  ${file}`, bytesInOutput);
console.log('\npackage, bytes');
for (const file of ['index.mjs', 'index.cjs']) {
  const path = join(root, 'pkg', file);
  row(`  ${file}`, statSync(path).size);
  row(`  ${file}, gzip`, gzipSync(readFileSync(path), { level: 9 }).length);
}
if (process.argv.includes('--write')) writeDocument();

/**
 * Reduces the module to the code for creating a throttler, submitting requests and cancelling them.
 * @param {Uint8Array} wasm
 */
async function leastOf(wasm) {
  const { default: binaryen } = await import('binaryen');
  // The build has switched this on for names.
  binaryen.setDebugInfo(false);
  const module = binaryen.readBinary(wasm);
  const exported = Array.from({ length: module.getNumExports() }, (_, index) => {
    return binaryen.getExportInfo(module.getExportByIndex(index)).name;
  });
  for (const name of exported) {
    if (/^multithrottler_/.test(name) && !LEAST.test(name)) module.removeExport(name);
  }
  module.runPasses(['remove-unused-module-elements', 'strip-debug', 'strip-producers']);
  const binary = module.emitBinary();
  module.dispose();
  return binary;
}

/**
 * @param {string} label
 * @param {number} size
 */
function row(label, size) {
  rows.push({ label: label.trim(), size });
  console.log(`${label.padEnd(60)}${size.toLocaleString('en').padStart(10)}`);
}

/**
 * Writes all rows but those of single files as a table into docs/internals/size.md (`--write`).
 */
function writeDocument() {
  const name = 'docs/internals/size.md';
  const path = join(root, name);
  const cells = rows
    .filter(({ label }) => !label.includes('/'))
    .map(({ label, size }) => [label, size.toLocaleString('en')]);
  // Columns are padded as the formatter pads them.
  const [first = 0, second = 0] = [0, 1].map((i) =>
    Math.max(5, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const line = (/** @type {string[]} */ [label = '', size = '']) =>
    `| ${label.padEnd(first)} | ${size.padStart(second)} |`;
  const rule = ['-'.repeat(first), `${'-'.repeat(second - 1)}:`];
  const table = [['of', 'bytes'], rule, ...cells].map(line).join('\n');
  const document = readFileSync(path, 'utf8');
  writeFileSync(path, withFigures(name, document, 'npm run size', table));
}
