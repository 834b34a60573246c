// The documents have the figures of the last complete `npm run bench`.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documents } from '../../benches/package/lib/documents.mjs';
import { root } from './project.mjs';

const results = JSON.parse(readFileSync(join(root, 'benches', 'package', 'results.json'), 'utf8'));

for (const { name, now, wanted } of documents(root, results)) {
  test(`${name} has the figures of benches/package/results.json`, () => assert.equal(now, wanted));
}
