// Tools that check packages for mistakes find none.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { ENTRIES, SCRIPTS } from '../../scripts/build/entries.mjs';
import { install, root, run } from './project.mjs';

const project = install();
after(project.remove);
const { tarball } = project.packed;

test('publint has neither errors nor suggestions', async () => {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({
    pack: { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) },
    strict: true,
  });
  assert.equal(pkg?.name, 'multi-throttler');
  assert.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  );
});

test('attw finds no wrong types under any resolution', () => {
  const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const { analysis, problems = {} } = JSON.parse(
    run(project.folder, process.execPath, attw, tarball, '--format', 'json', '--profile', 'strict'),
  );
  const entries = ENTRIES.map((entry) => (entry === 'index' ? '.' : `./${entry}`));
  const paths = [...entries, ...Object.values(SCRIPTS)];
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), [...paths, './package.json'].sort());
  for (const [path, { resolutions }] of Object.entries(analysis.entrypoints)) {
    assert.deepEqual(
      Object.keys(resolutions),
      ['node10', 'node16-cjs', 'node16-esm', 'bundler'],
      path,
    );
  }
  assert.deepEqual(problems, {});
});
