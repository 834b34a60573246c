// Two builds of the same commit are the same to the byte, also in another folder.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask } from '../../scripts/lib/run.mjs';
import { root } from './project.mjs';

const other = mkdtempSync(join(tmpdir(), 'multi-throttler-rebuilt-'));
after(() => rmSync(other, { recursive: true, force: true }));

/** @param {string} folder */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test('two builds are the same', () => {
  const names = ask('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  assert.ok(names, 'git lists the files of the project');
  for (const name of names.split('\n')) {
    cpSync(join(root, name), join(other, name), { recursive: true });
  }
  for (const shared of ['node_modules', '.tools']) {
    symlinkSync(join(root, shared), join(other, shared), 'dir');
  }
  const build = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: other,
    encoding: 'utf8',
    timeout: 900_000,
  });
  assert.equal(build.status, 0, `${build.stdout}${build.stderr}`);

  const [first, second] = [join(root, 'pkg'), join(other, 'pkg')];
  assert.deepEqual(filesOf(second), filesOf(first));
  for (const name of filesOf(first)) {
    const same = readFileSync(join(first, name)).equals(readFileSync(join(second, name)));
    assert.ok(same, `${name} is the same in both builds`);
  }
});
