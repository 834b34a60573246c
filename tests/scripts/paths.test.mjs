// Paths that documents name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathsIn } from '../../scripts/check/paths.mjs';

test('code spans and relative links name paths; patterns, addresses and code blocks do not', () => {
  const text = [
    'See `src/engine/lib.rs`, `ts/<name>/index.ts` and `tests/*.rs`.',
    'Read [one](../concepts/glossary.md#rules), [two](https://example.org/a) and [three](#here).',
    '```sh',
    'cat `scripts/none.mjs`',
    '```',
  ].join('\n');
  assert.deepEqual(pathsIn('docs/guides/page.md', text), [
    'src/engine/lib.rs',
    'docs/concepts/glossary.md',
  ]);
});
