// The tools that set-up builds fit the project.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

/** @param {string} path from the root of the project @param {RegExp} pattern */
function found(path, pattern) {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  return pattern.exec(text)?.[1];
}

test('the program that binds the wasm has the version of wasm-bindgen', () => {
  const version = found('Cargo.lock', /^name = "wasm-bindgen"\nversion = "(.+)"$/m);
  const manifest = 'scripts/setup/bindgen/Cargo.toml';
  assert.equal(found(manifest, /^version = "(.+)"$/m), version);
  assert.equal(found(manifest, /^wasm-bindgen-cli-support = "=(.+)"$/m), version);
});
