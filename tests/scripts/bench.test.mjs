// The command line of `npm run bench`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildIn } from '../../benches/package/against.mjs';
import { OptionError, readOptions } from '../../benches/package/options.mjs';
import { root } from '../../scripts/lib/project.mjs';

test('--against names a folder, and --quick shortens the comparison', () => {
  const options = readOptions(['--against', 'build', '--quick'], ['grant']);
  assert.equal(options.against, 'build');
  assert.equal(options.complete, false);
});

test('a folder without a build is a mistake in the command line', () => {
  assert.throws(() => buildIn(`${root}/docs`), OptionError);
});

test('an unknown measure is a mistake in the command line', () => {
  assert.throws(() => readOptions(['--only', 'grants'], ['grant']), OptionError);
});
