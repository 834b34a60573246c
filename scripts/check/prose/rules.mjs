// The rules that a check of prose can decide: how sentences and comments open.

const QUANTIFIED = [
  '(?:all|one|none|some|any|each|most|many|few|two|both) of (?:what|which|whom|those|these|them)',
  'of (?:those|these|them|all|what|which|whom|one|two|several|that)',
  'so (?:many|much)',
  'as (?:many|much)',
  '(?:all|nothing|everything|anything|something) (?:that|which)',
  '(?:all|those|these|that|one|ones|anyone|everyone|someone|somebody|anybody|everybody|none) (?:that|who|whose|which)',
];
const HEADLESS = new RegExp(
  `^(?:what|whatever|who|whoever|whom|whomever|whose|whosever|whichever|nobody|no one|${QUANTIFIED.join('|')})(?![\\w'’-])`,
  'i',
);

/**
 * Whether a sentence opens with a relative clause or a quantifier in the place of its subject.
 * Questions may.
 * @param {string} sentence
 */
export function isHeadless(sentence) {
  if (/\?["'”’)]*$/.test(sentence) || /^["'“‘]/.test(sentence)) return false;
  return HEADLESS.test(sentence.replace(/^[^\p{L}\uFFFC]+/u, ''));
}

const CONTINUING = new RegExp(
  `^(?:${[
    'the same',
    'same (?:as|for|with)',
    'one (?:fewer|more|less)',
    'but',
    'and',
    'or',
    'also',
    'then',
    'those',
    'it',
    'its',
    '(?:as|see|like) above',
    'likewise',
    'similarly',
    'ditto',
  ].join('|')})\\b`,
  'i',
);

/**
 * Whether the comment of an item can only be understood after the item above it.
 * @param {string} text of the comment
 */
export function isContinuing(text) {
  return CONTINUING.test(text.trimStart());
}

/** Columns that a line of a comment or a document may have. */
export const COLUMNS = 100;

/** @param {string} line */
export function isLong(line) {
  return [...line].length > COLUMNS;
}
