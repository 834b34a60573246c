import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/lib/project.mjs';
import { notesOf } from '../../scripts/release/notes.mjs';
import { versionOf } from '../../scripts/release/versions.mjs';

const changelog = '# Changelog\n\n## 0.2.0 - 2026-12-01\n\n- New.\n\n## [0.1.0]\n\n- Old.\n';

test('notes are the section of the version', () => {
  assert.equal(notesOf(changelog, '0.2.0'), '- New.\n');
  assert.equal(notesOf(changelog, '0.1.0'), '- Old.\n');
});

test('a version without notes is an error', () => {
  assert.throws(() => notesOf(changelog, '0.3.0'), /no section "## 0\.3\.0"/);
  assert.throws(() => notesOf('## 0.3.0\n\n## 0.2.0\n\n- x\n', '0.3.0'), /with a text/);
});

test('the version stands in both manifests and in the dependency', () => {
  const facade = (/** @type {string} */ asked) =>
    `version = "0.1.0"\nmulti-throttler-engine = { version = "=${asked}", path = "src/engine" }\n`;
  const engine = 'version = "0.1.0"\n';
  assert.equal(versionOf({ facade: facade('0.1.0'), engine }), '0.1.0');
  assert.throws(
    () => versionOf({ facade: facade('0.1.1'), engine }),
    /asks for the engine 0\.1\.1/,
  );
  assert.throws(() => versionOf({ facade: facade('0.1.0'), engine: '' }), /has undefined/);
});

test('the next release has a version and notes', () => {
  const read = (/** @type {string} */ path) => readFileSync(join(root, path), 'utf8');
  const version = versionOf({ facade: read('Cargo.toml'), engine: read('src/engine/Cargo.toml') });
  assert.match(notesOf(read('CHANGELOG.md'), version), /^### /);
});
