// Reading comments out of source files, for the check of prose.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commentsOf } from '../../scripts/check/prose/comments.mjs';

/**
 * @param {string} source
 * @param {string} language
 */
function texts(source, language) {
  return commentsOf(source, language).map(({ lines }) =>
    lines.map(({ text }) => text.trim()).join(' '),
  );
}

test('strings, templates and regular expressions hold no comments', () => {
  const source = [
    "const a = 'http://x'; // one",
    'const b = "\\"// no";',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template is what is read here
    'const c = `// no ${ f(`/* no */`) /* two */ } // no`;',
    'const d = /[/"]\\/* no/; // three',
    'const e = a / b; // four "',
    "return /'/.test(a); // five",
  ].join('\n');
  assert.deepEqual(texts(source, 'ts'), ['one', 'two', 'three', 'four "', 'five']);
});

test('Rust strings, characters and lifetimes hold no comments', () => {
  const source = [
    `let a = "// no \\" // no"; // one`,
    `let b = r#"/* " no */"#; /* two /* nested */ too */`,
    `let c: &'static str = '"'.into(); // three`,
    `let d = '\\''; // four`,
    `let e = b"// no"; let f = br"// no \\"; // five`,
  ].join('\n');
  assert.deepEqual(texts(source, 'rs'), ['one', 'two /* nested */ too', 'three', 'four', 'five']);
});

test('hash comments stand apart from strings and values', () => {
  assert.deepEqual(texts('#!/bin/sh\na = "# no" # one\nb = x#no\n# two', 'toml'), ['one', 'two']);
});

test('line comments below each other are one block', () => {
  const source = '// one\n// two\n\n// three\nlet a; // four\n// five\n/// six\n  // seven\n';
  assert.deepEqual(texts(source, 'rs'), ['one two', 'three', 'four', 'five', 'six', 'seven']);
});

test('only documentation comments document an item', () => {
  const docs = (/** @type {string} */ source, /** @type {string} */ language) =>
    commentsOf(source, language).map(({ isDoc }) => isDoc);
  assert.deepEqual(docs('//! a\n/// a\n/** a */\n/*! a */\n', 'rs'), [true, true, true, true]);
  assert.deepEqual(docs('//// a\n/* a */\n/**/\n// a\n', 'rs'), [false, false, false, false]);
  assert.deepEqual(docs('/** a */\n/// a\n', 'ts'), [true, false]);
});

test('lines of block comments keep their numbers', () => {
  const [block] = commentsOf('let a;\n/**\n * one\n *\n * two\n */\n', 'ts');
  assert.deepEqual(
    block?.lines.map(({ number, text }) => [number, text.trim()]),
    [
      [2, ''],
      [3, 'one'],
      [4, ''],
      [5, 'two'],
      [6, ''],
    ],
  );
});
