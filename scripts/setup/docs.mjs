// Set-up of the programs that build the site of the documentation.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { npmFolder } from './npm-folder.mjs';

const { modules, isFresh, install } = npmFolder('docs');

/** VitePress's function that builds a site. */
export const vitepress = () =>
  import(pathToFileURL(join(modules, 'vitepress', 'dist', 'node', 'index.js')).href);

/** The program that writes the reference from the types. */
export const TYPEDOC = join(modules, 'typedoc', 'bin', 'typedoc');

/** The plugin with which it writes Markdown. */
export const TYPEDOC_MARKDOWN = join(modules, 'typedoc-plugin-markdown', 'dist', 'index.js');

/** @type {import('./step.mjs').Step} */
export const docs = {
  name: 'documentation',
  needs: ['node'],
  find: () => (isFresh() ? [] : ['VitePress and typedoc']),
  install,
};
