// `npm run profile`: attributes run time to parts of the package, by V8's sampling profiler and by
// the clock. `npm run bench` has the figures to compare with other packages.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cleanEnv, start } from '../benches/package/lib/child.mjs';
import { tableText } from '../benches/package/lib/screen.mjs';
import { median } from '../benches/package/lib/statistics.mjs';
import { build } from './build.mjs';
import { root } from './lib/project.mjs';
import { functionNames } from './lib/wasm-file.mjs';
import { setup } from './setup.mjs';

/** @type {readonly { method: string, count: number, title: string }[]} */
const JOBS = [
  { method: 'awaited', count: 5e6, title: 'A grant under three rules, awaited' },
  { method: 'notAwaited', count: 5e6, title: 'A grant under three rules, not awaited' },
  { method: 'queue', count: 2e5, title: 'A request through a queue of 200000' },
  { method: 'cancel', count: 1e5, title: 'Cancelling one of 100000 waiting requests' },
];
const STARTS = 15;

/** Owners of functions; the first matching pattern decides. */
const OWNERS = /** @type {const} */ ([
  ['wasm: demand of waiters ahead', /^wasm .*::schedule::(demand|sum_tree)::/],
  ['wasm: schedule', /^wasm .*::(schedule|lazy_heap|binary_heap)::/],
  ['wasm: waiting requests and their costs', /^wasm .*::(queue|request|collections)::/],
  [
    'wasm: engine, rules, limits',
    /^wasm .*(multi_throttler_engine::(engine|rules|limit|numeric)|Algorithm)/,
  ],
  ['wasm: grant and submit, with inlined code', /^wasm multithrottler_(grant|submit)/],
  ['wasm: other', /^wasm /],
  ['the package in JavaScript', /index\.mjs$/],
  ['collector', /garbage collector/],
  ['performance.now()', /^(now|wrappedFn|get) |validators|node:internal\/(perf|errors|util)/],
  ["Node's events and signals", /node:|abort|event/],
  ['the caller', /children|subjects/],
  ['await, promises, other', /./],
]);

await setup(['node', 'wasm']);
await build();
const { NAMED_WASM } = await import('./build/wasm.mjs');
const names = functionNames(readFileSync(NAMED_WASM));
const entry = pathToFileURL(join(root, 'pkg', 'index.mjs')).href;

for (const { method, count, title } of JOBS) {
  const child = start('profile', [], entry);
  try {
    show(title, await child.call(method, count));
  } finally {
    child.stop();
  }
}
coldStart();

/**
 * @param {string} title
 * @param {[name: string, microseconds: number][]} functions
 */
function show(title, functions) {
  /** @type {Map<string, number>} */
  const owned = new Map();
  let total = 0;
  for (const [found, us] of functions) {
    const index = /^wasm-function\[(\d+)\]/.exec(found)?.[1];
    const name = index === undefined ? found : `wasm ${names.get(Number(index))}`;
    const owner = OWNERS.find(([, pattern]) => pattern.test(name))?.[0] ?? '';
    owned.set(owner, (owned.get(owner) ?? 0) + us);
    total += us;
  }
  const rows = [...owned]
    .sort(([, a], [, b]) => b - a)
    .map(([owner, us]) => [owner, percent(us / total)]);
  process.stdout.write(
    tableText({ title, about: 'Shares of the time in which code ran.', head: ['', 'share'], rows }),
  );
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function coldStart() {
  const path = join(root, 'benches', 'package', 'children', 'phases.mjs');
  const runs = Array.from({ length: STARTS }, () => {
    const text = execFileSync(process.execPath, [path, entry], {
      env: cleanEnv(),
      encoding: 'utf8',
    });
    return /** @type {Record<string, number>} */ (JSON.parse(text));
  });
  const rows = Object.keys(runs[0] ?? {}).map((phase) => {
    return [phase, `${median(runs.map((run) => run[phase] ?? Number.NaN)).toFixed(2)} ms`];
  });
  const about = `In a fresh process each time, medians of ${STARTS}.`;
  process.stdout.write(tableText({ title: 'A cold start', about, head: ['', 'time'], rows }));
}
