// Dividing Markdown into sentences, for the check of prose.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE, readMarkdown } from '../../scripts/check/prose/markdown.mjs';
import { sentencesOf } from '../../scripts/check/prose/sentences.mjs';

/** @param {string} text */
function markdown(text) {
  return readMarkdown(text.split('\n').map((line, i) => ({ number: i + 1, text: line })));
}

/** @param {string} text */
function sentences(text) {
  return markdown(text)
    .paragraphs.flatMap(sentencesOf)
    .map((sentence) => sentence.text.replaceAll(CODE, 'CODE'));
}

test('a sentence ends at a mark before a capital letter', () => {
  assert.deepEqual(
    sentences(
      'One is here. Two is "there." Three (or so.) Four! Why? `Six` is code. 7 is a number.',
    ),
    [
      'One is here.',
      'Two is "there."',
      'Three (or so.)',
      'Four!',
      'Why?',
      'CODE is code.',
      '7 is a number.',
    ],
  );
});

test('abbreviations, decimals and file names end no sentence', () => {
  for (const text of [
    'Some rules, e.g. Binance, are fixed, i.e. Aligned.',
    'FIFO vs. LIFO takes 1.5 ms on Node 20.19 or later, cf. Appendix.',
    'A file such as a.mjs is read ... and written.',
    'See D. Knuth for that.',
  ]) {
    assert.deepEqual(sentences(text), [text]);
  }
});

test('a sentence goes on over lines and knows its first', () => {
  const [first, second] = markdown('One goes\non. Two\nends.').paragraphs.flatMap(sentencesOf);
  assert.deepEqual([first?.text, first?.line], ['One goes on.', 1]);
  assert.deepEqual([second?.text, second?.line], ['Two ends.', 2]);
});

test('code, link targets and emphasis are not part of a sentence', () => {
  assert.deepEqual(
    sentences(
      '**One** is [`a. B`](what/is.md "Who. What") and [two][ref] at https://a.b/C. D\n```\nWho.\n```',
    ),
    ['One is CODE and two at CODE D'],
  );
  assert.deepEqual(sentences('A long `piece of\ncode. Here` ends.'), ['A long CODE ends.']);
});

test('list items, headings and cells are paragraphs of their own', () => {
  assert.deepEqual(
    sentences(
      '# Title\ntext\n- one\n  goes on\n2. two\n\n| a | three words here |\n| --- | --- |\n> quoted',
    ),
    ['Title', 'text', 'one goes on', 'two', 'three words here', 'quoted'],
  );
});

test('JSDoc tags are followed by a type, a name and a text', () => {
  const text = [
    'The sum.',
    '@param {{ a: string,',
    '  b: number }} pair what is added. Always.',
    '@param {number} [more=1] - one more',
    '@returns {number} the sum',
    '@example add(1). Who knows.',
    'What follows.',
    '@throws {Error} on overflow',
    '@typedef {object} Pair',
  ].join('\n');
  assert.deepEqual(sentences(text), [
    'The sum.',
    'pair what is added.',
    'Always.',
    'one more',
    'the sum',
    'on overflow',
  ]);
});

test('lines of code, tables and addresses may be long', () => {
  const { exempt } = markdown('text\n```\ncode\n```\n| cell |\nsee https://a.b\ntext');
  assert.deepEqual([...exempt], [2, 3, 4, 5, 6]);
});
