// The pending list: files whose text has not been rewritten yet. Their findings are reported, but
// do not fail the check.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, root } from '../../lib/project.mjs';
import { ask } from '../../lib/run.mjs';

const FILE = 'scripts/check/prose-pending.json';

/** @returns {string[]} */
export function pendingFiles() {
  return JSON.parse(read(FILE));
}

/**
 * The list without files that are clean or gone. A file that was moved since the list was last
 * committed stays in it, under its new path.
 * @param {string[]} pending
 * @param {import('./summary.mjs').Examined[]} files
 */
export function stillPending(pending, files, moved = renames()) {
  const dirty = new Set(
    files.filter(({ examination }) => examination.findings.length > 0).map(({ path }) => path),
  );
  return [...new Set(pending.map((path) => moved.get(path) ?? path))]
    .filter((path) => dirty.has(path))
    .sort();
}

/** @param {string[]} pending */
export function writePending(pending) {
  // A short list fits on a line, where the formatter wants it.
  const line = JSON.stringify(pending);
  const text = line.length <= 100 ? line : JSON.stringify(pending, null, 2);
  writeFileSync(join(root, FILE), `${text}\n`);
}

/** Old paths and new ones of files that were moved since the list was last committed. */
function renames() {
  const since = ask('git', ['log', '-1', '--format=%H', '--', FILE]);
  const names = since && ask('git', ['diff', '--name-status', '--diff-filter=R', '-M40', since]);
  const moves = (names || '').split('\n').map((line) => line.split('\t').slice(1));
  return new Map(moves.map(([from = '', to = '']) => [from, to]));
}
