// The site of the documentation; `npm run docs` builds it. No import of VitePress: it is installed
// outside the workspace.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const docs = fileURLToPath(new URL('..', import.meta.url));

/** The title of a page: its first heading. @param {string} path without `.md` */
function titleOf(path) {
  const text = readFileSync(join(docs, `${path}.md`), 'utf8');
  return (/^# (.+)$/m.exec(text)?.[1] ?? path).replaceAll('\\', '').replaceAll('`', '');
}

/** @param {string} path without `.md` */
const page = (path) => ({ text: titleOf(path), link: `/${path.replace(/README$/, '')}` });

/** All pages of a folder but its README. @param {string} folder */
function pagesIn(folder) {
  if (!existsSync(join(docs, folder))) return [];
  return readdirSync(join(docs, folder))
    .filter((name) => name.endsWith('.md') && !['README.md', 'index.md'].includes(name))
    .map((name) => page(`${folder}/${name.replace(/\.md$/, '')}`));
}

/** Guides in the order of the table in docs/README.md; others follow. */
function guides() {
  const index = readFileSync(join(docs, 'README.md'), 'utf8');
  const rank = (/** @type {{ link: string }} */ { link }) => {
    const at = index.indexOf(`(${link.slice(1)}.md)`);
    return at === -1 ? Number.POSITIVE_INFINITY : at;
  };
  return pagesIn('guides').sort((a, b) => rank(a) - rank(b));
}

/** @param {string} text @param {object[]} items @param {boolean} collapsed */
const group = (text, items, collapsed = true) => ({ text, items, collapsed });

const sidebar = [
  group(
    'Start',
    [{ text: 'Questions and answers', link: '/' }, page('playground'), page('comparison')],
    false,
  ),
  group('Guides', guides(), false),
  group('Exchanges', [page('exchanges/README'), ...pagesIn('exchanges')]),
  group('Coming from others', [page('migrating/README'), ...pagesIn('migrating')]),
  group('Reference', [...pagesIn('reference'), { text: 'Types', link: '/reference/types/' }]),
  group('Concepts', [...pagesIn('concepts'), page('performance')]),
  group('Inside', pagesIn('internals')),
];

/**
 * Links to files outside docs become text, as the site does not have them. READMEs are the indexes
 * of their folders.
 * @param {any} md
 */
function links(md) {
  md.core.ruler.push('links-of-the-repository', (/** @type {any} */ state) => {
    for (const block of state.tokens) {
      let inside = false;
      for (const token of block.children ?? []) {
        if (token.type === 'link_open') {
          const href = token.attrGet('href');
          if (/^[a-z]+:|^#/i.test(href)) continue;
          const from = dirname(state.env.path ?? join(docs, state.env.relativePath ?? ''));
          inside = relative(docs, resolve(from, href)).startsWith('..');
          if (inside) Object.assign(token, { tag: 'span', attrs: [['title', href]] });
          else token.attrSet('href', href.replace(/(^|\/)README\.md/, '$1index.md'));
        } else if (token.type === 'link_close' && inside) {
          token.tag = 'span';
          inside = false;
        }
      }
    }
  });
}

export default {
  title: 'multi-throttler',
  description: 'Rate limiter for JavaScript trading programs: many limits at once',
  lang: 'en',
  srcDir: docs,
  outDir: join(docs, '..', 'build', 'docs'),
  cacheDir: join(docs, '..', 'build', 'docs-cache'),
  rewrites: (/** @type {string} */ path) => path.replace(/(^|\/)README\.md$/, '$1index.md'),
  cleanUrls: true,
  transformPageData(/** @type {any} */ page) {
    // Its pictures need the width of the outline.
    if (page.relativePath === 'playground.md') page.frontmatter.aside = false;
  },
  markdown: { config: links },
  themeConfig: {
    nav: [
      { text: 'Guides', link: '/guides/choosing-a-rule' },
      { text: 'Exchanges', link: '/exchanges/' },
      { text: 'API', link: '/reference/api' },
      { text: 'Playground', link: '/playground' },
    ],
    sidebar,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          searchOptions: {
            // Guides answer questions; the pages of exchanges and types are long lists of names.
            // The page gets this function as text, so it must not use names from outside.
            boostDocument: (/** @type {string} */ id) =>
              id.includes('/guides/') ? 2 : /\/(exchanges|types|internals)\//.test(id) ? 0.4 : 1,
          },
        },
      },
    },
  },
  vite: {
    resolve: { alias: { 'multi-throttler': join(docs, '..', 'pkg', 'index.mjs') } },
    build: { chunkSizeWarningLimit: 2000 },
  },
};
