// Every path that a document names exists: relative links, and code spans that begin with a folder
// of the project. A document that names a file which has moved misleads the next reader.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

const FOLDERS =
  'src|ts|tests|scripts|docs|benches|fuzz|examples|pkg-template|\\.ci|\\.cargo|\\.github';

/**
 * A code span with a path: `src/engine/limit/mod.rs`, `tests/engine`. Patterns such as `<name>` and
 * `*` are left out.
 */
const SPAN = new RegExp(`\`((?:${FOLDERS})/[\\w./-]+)\``, 'g');

/** The target of a link without a scheme: `[text](docs/page.md#anchor)`. */
const LINK = /\]\((?![a-z]+:|#)([^)\s#]+)(?:#[^)\s]*)?\)/g;

/**
 * The paths that a document names, relative to the root.
 * @param {string} document path of the document, relative to the root
 * @param {string} text
 * @returns {string[]}
 */
export function pathsIn(document, text) {
  const prose = text.replace(/^```.*?^```/gms, '');
  const spans = [...prose.matchAll(SPAN)].map(([, path = '']) => path);
  const links = [...prose.matchAll(LINK)].map(([, path = '']) => join(dirname(document), path));
  return [...new Set([...spans, ...links])];
}

function main() {
  const text = ask('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']);
  if (text === undefined) throw new Error('git ls-files failed');
  // Tracked files that were moved are still listed until the move is staged.
  const documents = text.split('\n').filter((name) => name !== '' && existsSync(join(root, name)));
  const missing = documents.flatMap((document) =>
    pathsIn(document, readFileSync(join(root, document), 'utf8'))
      // A crate's own documents name paths from the crate.
      .filter(
        (path) =>
          ![root, join(root, dirname(document))].some((from) => existsSync(join(from, path))),
      )
      .map((path) => `${document}: ${path} does not exist`),
  );
  for (const line of missing) process.stdout.write(`${line}\n`);
  process.stdout.write(
    `${documents.length} documents, ${missing.length} paths that do not exist\n`,
  );
  if (missing.length > 0) process.exitCode = 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main();
