// Measures the size of the package.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const KB = 1024;

/** @type {import('../types.ts').Measure} */
export const size = {
  name: 'size',
  about: 'bytes of the package',

  async run({ installed }) {
    const code = readFileSync(join(installed.folder, 'index.mjs'));
    // The wasm that the entry carries as text.
    const wasm = readFileSync(join(installed.folder, 'edge', 'engine.wasm')).length;
    const zipped = gzipSync(code, { level: 9 }).length;
    const text = (/** @type {number} */ bytes) => `${(bytes / KB).toFixed(1)} KB`;
    return {
      figures: { wasmBytes: wasm, entryBytes: code.length, entryGzipBytes: zipped },
      tables: [
        {
          title: 'Size',
          about: 'The entry `multi-throttler` as published: minified, with the wasm inside.',
          head: ['', 'KB'],
          rows: [
            ['wasm', text(wasm)],
            ['entry, wasm inside', text(code.length)],
            ['entry, gzip', text(zipped)],
          ],
        },
      ],
      targets: [
        {
          what: 'entry, gzip',
          figure: text(zipped),
          target: '<= 20 KB',
          reached: zipped <= 20 * KB,
        },
        { what: 'wasm', figure: text(wasm), target: '<= 40 KB', reached: wasm <= 40 * KB },
      ],
    };
  },
};
