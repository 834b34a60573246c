// What is in the tarball and what its manifest says.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { install, root } from './project.mjs';

const project = install();
after(project.remove);

const installed = join(project.folder, 'node_modules', 'multi-throttler');
const read = (/** @type {string} */ file) => readFileSync(join(installed, file), 'utf8');
const manifest = JSON.parse(read('package.json'));

test('these files and no others', () => {
  const golden = JSON.parse(readFileSync(new URL('files.json', import.meta.url), 'utf8'));
  assert.deepEqual(project.packed.files.map(({ path }) => path).sort(), golden);
});

test('no dependencies, and nothing runs on installation', () => {
  for (const field of [
    'dependencies',
    'optionalDependencies',
    'bundleDependencies',
    'bundledDependencies',
    'scripts',
  ]) {
    assert.equal(manifest[field], undefined, field);
  }
  // What npm wrote down as installed: the consumer and the package.
  const lock = JSON.parse(readFileSync(join(project.folder, 'package-lock.json'), 'utf8'));
  assert.deepEqual(Object.keys(lock.packages), ['', 'node_modules/multi-throttler']);
  assert.equal(lock.packages['node_modules/multi-throttler'].hasInstallScript, undefined);
});

test('every entry point is there, with the types that go with it', () => {
  const targets = /** @param {unknown} node @returns {string[]} */ (node) =>
    typeof node === 'string' ? [node] : Object.values(node ?? {}).flatMap(targets);
  const files = [...targets(manifest.exports), manifest.main, manifest.module, manifest.types].filter(
    Boolean,
  );
  for (const file of files) assert.ok(existsSync(join(installed, file)), file);
  for (const [path, conditions] of Object.entries(manifest.exports)) {
    if (typeof conditions === 'string') continue;
    for (const [condition, extension] of Object.entries({ import: 'mts', require: 'cts' })) {
      // Types have to come first: TypeScript takes the first condition that it knows.
      assert.deepEqual(Object.keys(conditions[condition]), ['types', 'default'], path);
      assert.match(conditions[condition].types, new RegExp(`\\.d\\.${extension}$`), path);
    }
  }
});

test('the version is that of the crate', () => {
  const [, version] = /^version = "(.+)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8')) ?? [];
  assert.equal(manifest.version, version);
});

test('names its licence and carries it', () => {
  assert.equal(manifest.license, 'MIT');
  assert.match(read('LICENSE'), /Permission is hereby granted/);
});

test('no file knows where it was built', () => {
  for (const { path } of project.packed.files) {
    const text = read(path);
    assert.ok(!text.includes(root), path);
    assert.ok(!/[/\\](?:home|root|Users)[/\\]|\.cargo[/\\]|rustc[/\\][0-9a-f]{20}/.test(text), path);
  }
  // The bytes of the wasm too.
  const base64 = /["'`](AGFzbQ[A-Za-z0-9+/=]+)["'`]/.exec(read('index.mjs'))?.[1];
  assert.ok(base64);
  const bytes = Buffer.from(base64, 'base64').toString('latin1');
  assert.ok(!/[/\\](?:home|root|Users)[/\\]|\.cargo[/\\]/.test(bytes));
});

test('both formats carry the same engine and the same types', () => {
  const engine = (/** @type {string} */ file) => /AGFzbQ[A-Za-z0-9+/=]+/.exec(read(file))?.[0];
  assert.ok(engine('index.mjs'));
  assert.equal(engine('index.cjs'), engine('index.mjs'));
  assert.equal(read('index.d.cts'), read('index.d.mts'));
});

test('no file points to a source map, as none is published', () => {
  for (const { path } of project.packed.files) assert.ok(!read(path).includes('sourceMappingURL'), path);
});
