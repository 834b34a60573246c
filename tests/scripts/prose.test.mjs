// The rules of the check of prose, and how it counts.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { examine, hasProse } from '../../scripts/check/prose/examine.mjs';
import { stillPending } from '../../scripts/check/prose/pending.mjs';
import { isContinuing, isHeadless, isLong } from '../../scripts/check/prose/rules.mjs';
import { isTooMuch, rowsOf, tableOf } from '../../scripts/check/prose/summary.mjs';
import { root } from '../../scripts/lib/project.mjs';

test('sentences without a subject noun are headless', () => {
  for (const text of [
    'What is left is kept.',
    'what the server says',
    'Who waits goes on.',
    'Whoever leaves does so at once.',
    'Whose turn it is.',
    'Nobody stands there.',
    'Nothing that waits is lost.',
    'Of those the first is looked at.',
    'Of one that was granted nothing is known.',
    'So many may wait.',
    'So much is used.',
    'As many as that do not fit.',
    'All that wait are told.',
    'All of them, in order.',
    'Those who came later.',
    'One that is full is dropped.',
    'That which remains.',
    'Whatever happens, it grows.',
    'Whichever comes first.',
    '(What is used.)',
  ]) {
    assert.ok(isHeadless(text), text);
  }
});

test('questions, quotations and nouns are not headless', () => {
  for (const text of [
    'What is left?',
    '"What is left" is a phrase.',
    "What's new",
    'Whether it is full.',
    'How long it takes.',
    'When it ends.',
    'All waiters are rejected.',
    'Those requests wait.',
    'One rule is enough.',
    'Nothing is borrowed while JavaScript runs.',
    'Whole numbers are exact.',
    'So it ends.',
    'The waiters, of which nobody knows.',
  ]) {
    assert.ok(!isHeadless(text), text);
  }
});

test('comments that need the item above are continuing', () => {
  for (const text of [
    'The same for a permit.',
    'One fewer does.',
    'But no longer than this.',
    'But not more.',
    'Those that run.',
    'It was granted.',
    'Its id.',
    'As above.',
    'Likewise for bans.',
    'And the last.',
    'Or the first.',
    'Also the last.',
    'Then the rest.',
  ]) {
    assert.ok(isContinuing(text), text);
  }
  for (const text of [
    'Items in order.',
    'Order of calls.',
    'One entry.',
    'The sum.',
    'Android.',
    'Thenable.',
  ]) {
    assert.ok(!isContinuing(text), text);
  }
});

test('a line may have a hundred characters', () => {
  assert.ok(!isLong('é'.repeat(100)));
  assert.ok(!isLong('\u{1F600}'.repeat(100)));
  assert.ok(isLong('a'.repeat(101)));
});

test('findings name their lines', () => {
  const long = 'a'.repeat(98);
  const source = [
    `// ${long}`,
    'let a;',
    '/// The same.',
    '/// Fine. What',
    '/// is left.',
    `let ${long} = 1;`,
  ].join('\n');
  const { sentences, findings } = examine('src/a.rs', source);
  assert.equal(sentences, 4);
  assert.deepEqual(
    findings.map(({ kind, line }) => [kind, line]),
    [
      ['long', 1],
      ['continuing', 3],
      ['headless', 4],
    ],
  );
});

test('code behind a comment may make its line long', () => {
  const { findings } = examine('a.ts', `f(/** @type {any} */ (${'a'.repeat(100)}));\n`);
  assert.deepEqual(findings, []);
});

test('code in a comment is not examined', () => {
  const { findings } = examine(
    'src/a.rs',
    `/// A sum.\n///\n/// \`\`\`\n/// // What is ${'long '.repeat(30)}\n/// \`\`\`\n`,
  );
  assert.deepEqual(findings, []);
});

test('documents are examined as a whole', () => {
  const { sentences, findings } = examine(
    'docs/a.md',
    '# Usage\n\nWho waits goes on. It ends.\n\n```js\n// Who\n```\n',
  );
  assert.equal(sentences, 3);
  assert.deepEqual(findings, [{ kind: 'headless', line: 3, text: 'Who waits goes on.' }]);
});

test('files without comments or prose are left out', () => {
  assert.deepEqual(
    ['a.rs', 'b.md', '.ci/run', 'Cargo.toml', 'a.json', 'seeds.txt', 'LICENSE'].map(hasProse),
    [true, true, true, true, false, false, false],
  );
});

const clean = { sentences: 200, findings: [] };
const dirty = {
  sentences: 100,
  findings: [1, 2, 3].map((line) => ({
    kind: /** @type {const} */ ('headless'),
    line,
    text: 'Who',
  })),
};

test('findings are counted by top-level folder', () => {
  const files = [
    { path: 'src/a/b.rs', examination: clean },
    { path: 'src/c.rs', examination: dirty },
    { path: 'README.md', examination: clean },
  ];
  const rows = rowsOf(files);
  assert.deepEqual(rows, [
    { folder: '(files)', sentences: 200, headless: 0, continuing: 0, long: 0 },
    { folder: 'src', sentences: 300, headless: 3, continuing: 0, long: 0 },
  ]);
  assert.match(tableOf(rows), /^src +300 +3 +1\.0 % +0 +0$/m);
});

test('one headless sentence in a hundred is allowed', () => {
  const row = { folder: 'src', sentences: 300, headless: 3, continuing: 0, long: 0 };
  assert.ok(!isTooMuch(row));
  assert.ok(isTooMuch({ ...row, headless: 4 }));
  assert.ok(isTooMuch({ ...row, continuing: 1 }));
  assert.ok(isTooMuch({ ...row, long: 1 }));
});

test('clean and vanished files leave the pending list', () => {
  const files = [
    { path: 'a.rs', examination: clean },
    { path: 'b.rs', examination: dirty },
    { path: 'd.rs', examination: dirty },
  ];
  assert.deepEqual(stillPending(['a.rs', 'b.rs', 'c.rs'], files, new Map()), ['b.rs']);
});

test('moved files stay in the pending list', () => {
  const files = [{ path: 'new.rs', examination: dirty }];
  assert.deepEqual(stillPending(['old.rs'], files, new Map([['old.rs', 'new.rs']])), ['new.rs']);
});

test('the command lists the findings below a path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prose-'));
  try {
    writeFileSync(join(folder, 'a.rs'), '// Fine.\n// Who waits.\n');
    writeFileSync(join(folder, 'b.json'), '{}');
    const argv = [join(root, 'scripts/check/prose.mjs'), folder];
    const { status, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stdout, /a\.rs:2: headless: Who waits\.\n/);
    writeFileSync(join(folder, 'a.rs'), '// Fine.\n');
    assert.equal(spawnSync(process.execPath, argv).status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
