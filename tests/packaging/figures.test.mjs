// The documents have the figures of the last complete `npm run bench`, and of its measure shared.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMPLETE, documents, SHARED } from '../../benches/package/lib/documents.mjs';
import { root } from './project.mjs';

for (const run of [COMPLETE, SHARED]) {
  const results = JSON.parse(readFileSync(join(root, 'benches', 'package', run.file), 'utf8'));
  for (const { name, now, wanted } of documents(root, run, results)) {
    test(`${name} has the figures of benches/package/${run.file}`, () => assert.equal(now, wanted));
  }
}
