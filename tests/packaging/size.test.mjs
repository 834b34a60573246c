// No product is larger than its budget in budgets.json, which also states the aim. A change that
// comes closer to the aim lowers the budget; one that is worth its bytes raises it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { functionSizes } from '../../scripts/lib/wasm-file.mjs';
import { install } from './project.mjs';

const project = install();
after(project.remove);

/** @type {Record<string, { of: 'bytes' | 'gzip', most: number, aim: number }>} */
const budgets = JSON.parse(readFileSync(new URL('budgets.json', import.meta.url), 'utf8'));

for (const [file, { of, most, aim }] of Object.entries(budgets)) {
  test(`${file}: at most ${most} bytes${of === 'gzip' ? ', gzipped' : ''}`, (t) => {
    const bytes = readFileSync(join(project.folder, 'node_modules', 'multi-throttler', file));
    const size = of === 'gzip' ? gzipSync(bytes, { level: 9 }).length : bytes.length;
    t.diagnostic(`${file}: ${size} of ${most} bytes; aimed at ${aim}`);
    assert.ok(size <= most, `${size} bytes`);
  });
}

test('no function of the engine takes long to compile at its first call', () => {
  const wasm = readFileSync(
    join(project.folder, 'node_modules', 'multi-throttler', 'edge', 'engine.wasm'),
  );
  const sizes = functionSizes(wasm).map(({ size }) => size);
  assert.ok(sizes.length > 100);
  // V8 compiles a function when it is called first: 36 kB took 3 ms.
  assert.ok(Math.max(...sizes) <= 8192, `${Math.max(...sizes)} bytes`);
});
