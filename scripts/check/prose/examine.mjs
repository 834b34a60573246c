// Examines one file.

import { extname } from 'node:path';
import { commentsOf, languages } from './comments.mjs';
import { readMarkdown } from './markdown.mjs';
import { isContinuing, isHeadless, isLong } from './rules.mjs';
import { sentencesOf } from './sentences.mjs';

/**
 * @typedef {object} Finding
 * @property {'headless' | 'continuing' | 'long'} kind
 * @property {number} line
 * @property {string} text
 */

/**
 * @typedef {object} Examination
 * @property {number} sentences
 * @property {Finding[]} findings in the order of lines
 */

/** @param {string} path */
export function hasProse(path) {
  return languageOf(path) !== undefined;
}

/** @param {string} path */
function languageOf(path) {
  if (path === '.ci/run') return 'sh';
  const ending = extname(path).slice(1);
  return ending === 'md' || languages.includes(ending) ? ending : undefined;
}

/**
 * @param {string} path
 * @param {string} source
 * @returns {Examination}
 */
export function examine(path, source) {
  const rows = source.split('\n');
  const language = languageOf(path) ?? '';
  const blocks =
    language === 'md'
      ? [{ isDoc: false, isInline: false, lines: rows.map((text, i) => ({ number: i + 1, text })) }]
      : commentsOf(source, language);
  /** @type {Finding[]} */
  const findings = [];
  let sentences = 0;
  for (const { isDoc, isInline, lines } of blocks) {
    const { paragraphs, exempt } = readMarkdown(lines);
    const all = paragraphs.flatMap(sentencesOf);
    sentences += all.length;
    for (const { text, line } of all) {
      if (isHeadless(text)) findings.push({ kind: 'headless', line, text });
    }
    const [first] = all;
    if (isDoc && first && isContinuing(lines.map(({ text }) => text).join(' '))) {
      findings.push({ kind: 'continuing', line: first.line, text: first.text });
    }
    for (const { number } of lines) {
      const row = rows[number - 1] ?? '';
      if (isLong(row) && !isInline && !exempt.has(number))
        findings.push({ kind: 'long', line: number, text: row.trim() });
    }
  }
  return { sentences, findings: findings.sort((a, b) => a.line - b.line) };
}
