// Contents of the tarball, and its manifest.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { COMMAND, ENTRIES, SCRIPTS } from '../../scripts/build/entries.mjs';
import { install, root } from './project.mjs';

const project = install();
after(project.remove);

const installed = join(project.folder, 'node_modules', 'multi-throttler');
const read = (/** @type {string} */ file) => readFileSync(join(installed, file), 'utf8');
const manifest = JSON.parse(read('package.json'));

test('the tarball has exactly the expected files', () => {
  const products = (/** @type {string} */ entry) => [
    ...['mjs', 'cjs', 'd.mts', 'd.cts'].map((extension) => `${entry}.${extension}`),
    `edge/${entry}.mjs`,
  ];
  const workers = Object.keys(SCRIPTS).flatMap((name) =>
    ['mjs', 'cjs', 'd.mts', 'd.cts'].map((extension) => `${name}.${extension}`),
  );
  const texts = ['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt'];
  const others = [...texts, 'package.json', 'edge/engine.wasm', `${COMMAND}.mjs`, ...workers];
  const golden = [...others, ...ENTRIES.flatMap(products)];
  assert.deepEqual(project.packed.files.map(({ path }) => path).sort(), golden.sort());
});

test('the package has no dependencies and no install scripts', () => {
  for (const field of [
    'dependencies',
    'optionalDependencies',
    'bundleDependencies',
    'bundledDependencies',
    'scripts',
  ]) {
    assert.equal(manifest[field], undefined, field);
  }
  // npm's record of installed packages: only the consumer and the package.
  const lock = JSON.parse(readFileSync(join(project.folder, 'package-lock.json'), 'utf8'));
  assert.deepEqual(Object.keys(lock.packages), ['', 'node_modules/multi-throttler']);
  assert.equal(lock.packages['node_modules/multi-throttler'].hasInstallScript, undefined);
});

test('every entry point exists and has types', () => {
  assert.deepEqual(Object.keys(manifest.exports), [
    ...ENTRIES.map((entry) => (entry === 'index' ? '.' : `./${entry}`)),
    ...Object.values(SCRIPTS),
    './package.json',
  ]);
  const targets = /** @param {unknown} node @returns {string[]} */ (node) =>
    typeof node === 'string' ? [node] : Object.values(node ?? {}).flatMap(targets);
  const { exports, main, module, types, typesVersions } = manifest;
  for (const file of targets([exports, main, module, types, typesVersions])) {
    assert.ok(existsSync(join(installed, file)), file);
  }
  for (const [path, conditions] of Object.entries(exports)) {
    if (typeof conditions === 'string') continue;
    // Order matters: the first matching condition is taken.
    const ofEdge = Object.values(SCRIPTS).includes(path) ? [] : ['workerd', 'edge-light'];
    assert.deepEqual(Object.keys(conditions), [...ofEdge, 'import', 'require'], path);
    for (const [condition, { types, ...code }] of Object.entries(
      /** @type {Record<string, { types: string, default: string }>} */ (conditions),
    )) {
      assert.deepEqual(Object.keys(conditions[condition]), ['types', 'default'], path);
      assert.equal(types.slice(-5), condition === 'require' ? 'd.cts' : 'd.mts', path);
      assert.equal(
        code.default.startsWith('./edge/'),
        /^(workerd|edge-light)$/.test(condition),
        path,
      );
    }
  }
});

test('the version is that of the crate', () => {
  const [, version] =
    /^version = "(.+)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8')) ?? [];
  assert.equal(manifest.version, version);
});

test('the package names and includes its licence', () => {
  assert.equal(manifest.license, 'MIT');
  assert.match(read('LICENSE'), /Permission is hereby granted/);
});

/**
 * Decodes the engine's bytes in a file, which are text with a wasm decoder.
 * @param {string} file
 */
function carried(file) {
  const code = read(file);
  const [, decoder = ''] = /["'`](AGFzbQ[A-Za-z0-9+/=]+)["'`]/.exec(code) ?? [];
  const [, text = ''] = /["'`]([^"$'<\\`]{10000,})["'`]/.exec(code) ?? [];
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(decoder, 'base64')));
  const { memory, decode } =
    /** @type {{ memory: WebAssembly.Memory, decode: (end: number) => number }} */ (
      /** @type {unknown} */ (instance.exports)
    );
  const bytes = Buffer.from(memory.buffer);
  const start = 384;
  bytes.write(text, start, 'latin1');
  return bytes.subarray(start, decode(start + text.length));
}

test('no file contains paths of the build', () => {
  const bytes = carried('index.mjs').toString('latin1');
  assert.ok(bytes);
  for (const text of [bytes, ...project.packed.files.map(({ path }) => read(path))]) {
    assert.ok(!text.includes(root));
    assert.doesNotMatch(text, /[/\\](?:home|root|Users)[/\\]|\.cargo[/\\]/);
  }
});

test('both formats include the same engine once', () => {
  const engine = readFileSync(join(installed, 'edge', 'engine.wasm'));
  for (const file of ['index.mjs', 'index.cjs']) assert.deepEqual(carried(file), engine, file);
  for (const { path } of project.packed.files) {
    const carries = /^(index\.[mc]js|edge\/engine\.wasm)$/.test(path);
    assert.equal(read(path).includes('AGFzbQ') || read(path).startsWith('\0asm'), carries, path);
  }
});

test('both formats have the same types', () => {
  for (const entry of ENTRIES) {
    const declarations = read(`${entry}.d.cts`).replaceAll(/(?<=from '\.\/\w+\.)cjs/g, 'mjs');
    assert.equal(declarations, read(`${entry}.d.mts`), entry);
  }
});

test('no file refers to a source map, which is not published', () => {
  for (const { path } of project.packed.files)
    assert.ok(!read(path).includes('sourceMappingURL'), path);
});
