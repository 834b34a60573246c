// Turns the comments of a source file into blocks of text.

import { scanHash, scanJavaScript, scanRust } from './scan.mjs';

/**
 * @typedef {object} Line
 * @property {number} number counted from 1
 * @property {string} text without the marks of a comment
 */

/**
 * @typedef {object} Block one comment, or several line comments below each other
 * @property {boolean} isDoc whether it documents an item
 * @property {boolean} isInline whether code follows it on its last line
 * @property {Line[]} lines
 */

/** @type {Record<string, (source: string) => import('./scan.mjs').Span[]>} */
const scanners = {
  rs: scanRust,
  ts: scanJavaScript,
  mts: scanJavaScript,
  js: scanJavaScript,
  mjs: scanJavaScript,
  cjs: scanJavaScript,
  toml: scanHash,
  yml: scanHash,
  sh: scanHash,
};

/** Endings of the files of which comments can be read. */
export const languages = Object.keys(scanners);

/**
 * @param {string} source
 * @param {string} language ending of the file's name
 * @returns {Block[]}
 */
export function commentsOf(source, language) {
  const spans = (scanners[language] ?? scanHash)(source);
  const lineOf = lineNumbers(source);
  /** @type {(Block & { mark: string, column: number })[]} */
  const blocks = [];
  for (const { start, end } of spans) {
    const raw = source.slice(start, end);
    const number = lineOf(start);
    const lineStart = source.lastIndexOf('\n', start - 1) + 1;
    const isWhole = source.slice(lineStart, start).trim() === '';
    const mark = markOf(raw, language);
    const lines = textOf(raw, mark).map((text, i) => ({ number: number + i, text }));
    const last = blocks.at(-1);
    const isNext =
      isWhole &&
      !mark.startsWith('/*') &&
      last?.mark === mark &&
      last.column === start - lineStart &&
      last.lines.at(-1)?.number === number - 1;
    if (isNext) last.lines.push(...lines);
    else {
      const isDoc = ['///', '//!', '/**', '/*!'].includes(mark);
      // A comment behind code has no column, as the next line does not continue it.
      const isInline = /^[^\n]*\S/.test(source.slice(end, end + 200));
      blocks.push({ isDoc, isInline, mark, column: isWhole ? start - lineStart : -1, lines });
    }
  }
  return blocks.map(({ isDoc, isInline, lines }) => ({ isDoc, isInline, lines }));
}

/**
 * The characters that open a comment.
 * @param {string} raw
 * @param {string} language
 */
function markOf(raw, language) {
  if (raw.startsWith('#')) return '#';
  // `/**/` is empty, and rows of slashes or stars are decoration.
  if (/^\/\*\*[^*/]/.test(raw)) return '/**';
  if (raw.startsWith('/*')) return language === 'rs' && raw.startsWith('/*!') ? '/*!' : '/*';
  if (language !== 'rs') return '//';
  if (raw.startsWith('//!')) return '//!';
  return /^\/\/\/(?!\/)/.test(raw) ? '///' : '//';
}

/**
 * @param {string} raw
 * @param {string} mark
 */
function textOf(raw, mark) {
  const text = raw.slice(mark.length);
  if (!mark.startsWith('/*')) return [text];
  return text
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line, i) => (i === 0 ? line : line.replace(/^\s*\*(?= |$)/, '')));
}

/**
 * A function from an offset to its line, for offsets that only grow.
 * @param {string} source
 */
function lineNumbers(source) {
  let line = 1;
  let at = 0;
  return (/** @type {number} */ offset) => {
    for (; at < offset; at += 1) if (source[at] === '\n') line += 1;
    return line;
  };
}
