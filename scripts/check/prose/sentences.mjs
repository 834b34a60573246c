// Divides paragraphs into sentences.

import { CODE } from './markdown.mjs';

/**
 * @typedef {object} Sentence
 * @property {string} text on one line
 * @property {number} line
 */

const ABBREVIATION =
  /(?:^|[\s(])(?:e\.g|i\.e|vs|cf|approx|resp|incl|al|Fig|Eq|Sec|Dr|Mr|Mrs|St|[A-Z])$/;
/** The end of a sentence, with quotes and brackets that close there, and the blank behind it. */
const END = /[.!?…]+["'”’)\]\0]*\s+(?=["'“‘([\0]*[\p{Lu}\p{N}\uFFFC])/gu;

/**
 * @param {import('./markdown.mjs').Paragraph} paragraph
 * @returns {Sentence[]}
 */
export function sentencesOf({ text, lines, isCell }) {
  /** @type {Sentence[]} */
  const sentences = [];
  let from = 0;
  const add = (/** @type {number} */ to) => {
    const part = text.slice(from, to);
    const start = from + (/^[\s\0]*/.exec(part)?.[0].length ?? 0);
    const sentence = part.replaceAll('\0', '').replace(/\s+/g, ' ').trim();
    const line = lines[text.slice(0, start).split('\n').length - 1] ?? 0;
    from = to;
    if (isSentence(sentence, isCell)) sentences.push({ text: sentence, line });
  };
  for (const end of text.matchAll(END)) {
    const before = text.slice(from, end.index).replaceAll('\0', '');
    if (end[0].startsWith('.') && ABBREVIATION.test(before)) continue;
    add(end.index + end[0].length);
  }
  add(text.length);
  return sentences;
}

/**
 * Names, numbers and pieces of code are none. A cell of a table is one if it has three words.
 * @param {string} text
 * @param {boolean} isCell
 */
function isSentence(text, isCell) {
  const words = text.split(' ').filter((word) => /\p{L}{2}/u.test(word) || word.includes(CODE));
  return /\p{L}{2}/u.test(text) && words.length >= (isCell ? 3 : 1);
}
