// The pages in docs/exchanges, and the words for costs on them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { costText } from '../../scripts/exchange-docs/cost-text.mjs';
import { pages } from '../../scripts/exchange-docs/pages.mjs';
import { profileSources } from '../../scripts/exchange-docs/profile-sources.mjs';
import { root } from '../../scripts/lib/project.mjs';

const written = await pages();

test('the tables of every page are current', () => {
  const stale = written.filter(({ now, wanted }) => now !== wanted).map(({ name }) => name);
  assert.deepEqual(stale, [], '`npm run docs:exchanges` writes them');
});

test('every profile has all tables', async () => {
  const texts = written.map(({ now }) => now).join('\n');
  for (const profile of (await profileSources()).keys()) {
    for (const part of ['rules', 'costs', 'sources', 'differences']) {
      assert.ok(
        texts.includes(`<!-- npm run docs:exchanges: ${part} of ${profile} -->`),
        `${part} of ${profile}`,
      );
    }
  }
});

test('every page has words under its headings, and is in the list', () => {
  const list = readFileSync(join(root, 'docs/exchanges/README.md'), 'utf8');
  for (const { name, now } of written) {
    assert.doesNotMatch(now, /^## .*\n\n##/m, name);
    if (basename(name) !== 'README.md')
      assert.ok(list.includes(`(${basename(name)})`), `${name} is not listed`);
  }
});

test('the README counts the exchanges of the list', () => {
  const [list = ''] = readFileSync(join(root, 'docs/exchanges/README.md'), 'utf8').split('\n## ');
  const rows = list.split('\n').filter((line) => line.startsWith('| ')).length - 2;
  assert.equal(rows, 14);
  for (const path of ['README.md', 'docs/guides/choosing-a-rule.md', 'docs/guides/fetch.md'])
    assert.match(readFileSync(join(root, path), 'utf8'), /fourteen\s+exchanges/i, path);
});

test('costs in words', () => {
  const words = /** @type {const} */ ([
    [2, '2'],
    [{ noSymbol: 40, default: 1 }, '40 without `symbol`; else 1'],
    [
      {
        byLimit: [
          [100, 5],
          [500, 25],
        ],
      },
      'by `limit`: 5 up to 100, 25 above; else 1',
    ],
    [
      {
        byAmount: [
          'age',
          [
            [4.999999, 8],
            [9, 0],
          ],
        ],
        default: 8,
      },
      'by `age`: 8 below 5, 0 above; else 8',
    ],
    [
      { byValue: ['type', { book: 2, role: { given: { user: 3 } } }] },
      'by `type`: `book` 2; `role` 3 with `user`; else 1; else 1',
    ],
    [
      { byValue: ['type', { book: 2, role: 60, mids: 2 }], default: 20 },
      'by `type`: `book`, `mids` 2; `role` 60; else 20',
    ],
    [{ perItem: ['orders', 1, 40], plus: 1 }, '1 for each 40 of `orders`, and 1 more'],
    [
      { batch: ['orders', 2, 20], perItem: ['orders', 1] },
      '2 to 20 `orders`: 1 for each of `orders`',
    ],
    [
      { default: 20, answer: { cost: 1, every: 20, most: 2000 } },
      '20, and 1 for each 20 items of the answer, at first for 2000',
    ],
    [{ perItem: ['orders', 1], once: true }, '1 for each market of `orders`'],
    [{ perItem: ['orders', 8], atMost: 60 }, '8 for each of `orders`, at most 60'],
  ]);
  for (const [cost, text] of words) assert.equal(costText(cost), text);
});
