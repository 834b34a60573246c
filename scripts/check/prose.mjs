// Checks the prose of comments and documents; docs/internals/style.md has the rules.
//
// `node scripts/check/prose.mjs` checks the project. With paths, `... prose.mjs src/rate.rs ts`, it
// lists all findings below them. `... prose.mjs --update` removes clean files from the pending
// list.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';
import { examine, hasProse } from './prose/examine.mjs';
import { pendingFiles, stillPending, writePending } from './prose/pending.mjs';
import { isTooMuch, rowsOf, tableOf } from './prose/summary.mjs';

const args = process.argv.slice(2);
const paths = args.filter((arg) => !arg.startsWith('--'));
if (paths.length > 0) list(paths);
else if (args.includes('--update')) update();
else check();

function check() {
  const files = projectFiles().map(examined);
  const pending = pendingFiles();
  const rewritten = files.filter(({ path }) => !pending.includes(path));
  const left = stillPending(pending, files, new Map());
  const done = pending.filter((path) => !left.includes(path));
  const failing = rowsOf(rewritten).filter(isTooMuch);
  for (const { folder } of failing) {
    for (const file of rewritten.filter(({ path }) => folderOf(path) === folder)) print(file);
  }
  for (const path of done)
    process.stdout.write(`${path}: clean or gone, but still in the pending list\n`);
  if (done.length > 0)
    process.stdout.write('`node scripts/check/prose.mjs --update` corrects the list.\n');
  process.stdout.write(`\n${tableOf(rowsOf(files))}\n`);
  process.stdout.write(`${pending.length} of ${files.length} files are not rewritten yet.\n`);
  if (failing.length > 0 || done.length > 0) process.exitCode = 1;
}

/** @param {string[]} paths */
function list(paths) {
  const files = paths.flatMap(filesBelow).map(examined);
  for (const file of files) print(file);
  process.stdout.write(`\n${tableOf(rowsOf(files))}\n`);
  process.exitCode = files.some(({ examination }) => examination.findings.length > 0) ? 1 : 0;
}

function update() {
  const pending = pendingFiles();
  const left = stillPending(pending, projectFiles().map(examined));
  writePending(left);
  process.stdout.write(`${pending.length} -> ${left.length} files\n`);
}

/** All files under version control, and new ones that are not ignored. */
function projectFiles() {
  const names = ask('git', ['ls-files', '--cached', '--others', '--exclude-standard']);
  if (names === undefined) throw new Error('git cannot list the files of the project');
  return names
    .split('\n')
    .filter((path) => hasProse(path) && existsSync(join(root, path)))
    .sort();
}

/**
 * @param {string} path of a file or a folder
 * @returns {string[]}
 */
function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  const names = /** @type {string[]} */ (readdirSync(path, { recursive: true }));
  return names
    .map((name) => join(path, name))
    .filter(
      (file) =>
        hasProse(file) && statSync(file).isFile() && !file.includes('node_modules/', path.length),
    );
}

/** @param {string} path */
function examined(path) {
  return { path, examination: examine(path, readFileSync(path, 'utf8')) };
}

/** @param {string} path */
function folderOf(path) {
  return rowsOf([{ path, examination: { sentences: 0, findings: [] } }])[0]?.folder;
}

/** @param {import('./prose/summary.mjs').Examined} file */
function print({ path, examination }) {
  for (const { kind, line, text } of examination.findings) {
    process.stdout.write(`${path}:${line}: ${kind}: ${text.slice(0, 120)}\n`);
  }
}
