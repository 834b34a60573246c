// Lists the licences of all code of others in the published package, in
// pkg-template/THIRD-PARTY-LICENSES.txt. `node scripts/licenses.mjs` fails if the list is not
// current; `-- --write` writes it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './lib/project.mjs';
import { ask } from './lib/run.mjs';

const LIST = join(root, 'pkg-template', 'THIRD-PARTY-LICENSES.txt');

/** npm packages of which code is bundled into the package. */
const BUNDLED = ['@lit/reactive-element', 'lit', 'lit-element', 'lit-html', 'uplot'];

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} version
 * @property {string} license its SPDX expression
 * @property {string} text the text of the licence
 */

/** @returns {Part[]} the crates that are linked into the wasm, without macros and build scripts */
function crates() {
  const target = ['--filter-platform', 'wasm32-unknown-unknown'];
  const text = ask('cargo', ['metadata', '--format-version', '1', '--locked', ...target]);
  if (text === undefined) throw new Error('cargo metadata failed');
  const { packages, resolve } = JSON.parse(text);
  /** @type {Map<string, any>} */
  const byId = new Map(packages.map((/** @type {any} */ found) => [found.id, found]));
  /** @type {Map<string, any>} */
  const nodes = new Map(resolve.nodes.map((/** @type {any} */ node) => [node.id, node]));
  const linked = new Set();
  const queue = packages.filter((/** @type {any} */ { name }) => name === 'multi-throttler');
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (linked.has(next)) continue;
    // A macro runs in the compiler; only the code that it writes is linked.
    if (next.targets.some((/** @type {any} */ { kind }) => kind.includes('proc-macro'))) continue;
    linked.add(next);
    for (const { pkg, dep_kinds } of nodes.get(next.id).deps) {
      if (dep_kinds.some((/** @type {any} */ { kind }) => kind === null)) queue.push(byId.get(pkg));
    }
  }
  return [...linked]
    .filter(({ source }) => source !== null)
    .map(({ name, version, license, manifest_path }) => {
      const folder = dirname(manifest_path);
      return { name: `${name} (crate)`, version, license, text: licenseText(folder) };
    });
}

/** @returns {Part[]} */
function bundled() {
  return BUNDLED.map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return { name: `${name} (npm)`, version, license, text: licenseText(folder) };
  });
}

/**
 * The licence of a package: MIT's text where there are several.
 * @param {string} folder
 */
function licenseText(folder) {
  const names = readdirSync(folder).filter((name) => /^licen[cs]e/i.test(name));
  const name = names.find((found) => /mit/i.test(found)) ?? names[0];
  return name === undefined ? '' : readFileSync(join(folder, name), 'utf8').trim();
}

const parts = [...crates(), ...bundled()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
/** @type {Map<string, Part[]>} */
const byText = new Map();
for (const part of parts) {
  const key = part.text.replace(/\s+/g, ' ');
  byText.set(key, [...(byText.get(key) ?? []), part]);
}
const rule = '-'.repeat(80);
const wanted =
  `Code of others in this package. The standard library of Rust is part of the wasm as well:
MIT OR Apache-2.0, Copyright (c) The Rust Project Contributors.

${[...byText.values()]
  .map((group) => {
    const names = group.map(({ name, version, license }) => `${name} ${version}: ${license}\n`);
    const text = group[0]?.text || 'The package carries no text of its licence.';
    return `${rule}\n${names.join('')}\n${text}\n`;
  })
  .join('\n')}`.replaceAll('\r', '');

if (process.argv.includes('--write')) writeFileSync(LIST, wanted);
else {
  let now = '';
  try {
    now = readFileSync(LIST, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  if (now !== wanted) {
    process.stderr.write(
      'pkg-template/THIRD-PARTY-LICENSES.txt is not current: `node scripts/licenses.mjs --write`\n',
    );
    process.exitCode = 1;
  }
}
