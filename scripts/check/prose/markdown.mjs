// Divides Markdown, also that of comments, into paragraphs of plain text.

/** Stands for a piece of code within a sentence. */
export const CODE = '\uFFFC';
/** Fills the places of characters that were taken out, so that offsets stay those of the source. */
const GAP = '\0';

/**
 * @typedef {object} Paragraph
 * @property {string} text plain, with a newline where the source has one
 * @property {number[]} lines the number of each of its lines
 * @property {boolean} isCell whether it is a cell of a table
 */

/**
 * @typedef {object} Markdown
 * @property {Paragraph[]} paragraphs
 * @property {Set<number>} exempt numbers of lines that may be long: code, tables, link targets
 */

const FENCE = /^\s*(```+|~~~+)/;
const TAG = /^\s*@(\w+)\s*/;
/** Tags whose first word is a name. */
const NAMED_TAGS = ['param', 'property', 'prop', 'arg', 'argument', 'template', 'typeParam'];
/** Tags that are followed by code or names, and by no prose. */
const CODE_TAGS = [
  'example',
  'typedef',
  'import',
  'extends',
  'implements',
  'see',
  'default',
  'defaultValue',
];

/**
 * @param {import('./comments.mjs').Line[]} lines
 * @returns {Markdown}
 */
export function readMarkdown(lines) {
  const reader = new Reader();
  for (const line of lines) reader.read(line);
  reader.endParagraph();
  return { paragraphs: reader.paragraphs, exempt: reader.exempt };
}

class Reader {
  /** @type {Paragraph[]} */
  paragraphs = [];
  /** @type {Set<number>} */
  exempt = new Set();
  /** @type {import('./comments.mjs').Line[]} */
  #open = [];
  /** The mark that ends the code fence that is open. */
  #fence = '';
  /** Whether the text below a tag is code. */
  #isCode = false;
  /** Braces of a JSDoc type that are still open. */
  #braces = 0;

  /** @param {import('./comments.mjs').Line} line */
  read({ number, text }) {
    const fence = FENCE.exec(text)?.[1];
    if (this.#fence !== '' || fence) {
      this.exempt.add(number);
      this.endParagraph();
      if (this.#fence === '') this.#fence = fence ?? '';
      else if (fence?.startsWith(this.#fence)) this.#fence = '';
      return;
    }
    if (/https?:\/\//.test(text)) this.exempt.add(number);
    let rest = text;
    if (this.#braces > 0) rest = this.#afterType(text);
    else if (TAG.test(text)) {
      rest = this.#afterTag(text);
    } else if (this.#isCode) {
      this.exempt.add(number);
      return;
    }
    this.#readText(number, rest);
  }

  /**
   * @param {number} number
   * @param {string} text
   */
  #readText(number, text) {
    const quoted = text.replace(/^\s*(?:>\s?)+/, '');
    if (quoted.trim() === '' || /^\s*(?:[-=*_]\s*){3,}$/.test(quoted)) return this.endParagraph();
    if (/^\s*\[[^\]]+\]:\s/.test(quoted)) return this.endParagraph();
    if (/^\s*\|/.test(quoted)) return this.#readRow(number, quoted);
    if (/^\s*#{1,6}\s/.test(quoted)) {
      this.endParagraph();
      this.#open.push({ number, text: quoted.replace(/^\s*#+\s*/, '') });
      return this.endParagraph();
    }
    const item = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?/.exec(quoted)?.[0];
    if (item) this.endParagraph();
    this.#open.push({ number, text: quoted.slice(item?.length ?? 0) });
  }

  /**
   * @param {number} number
   * @param {string} row
   */
  #readRow(number, row) {
    this.endParagraph();
    this.exempt.add(number);
    if (/^[\s|:-]+$/.test(row)) return;
    // Code in a cell may hold a bar.
    for (const cell of plain(row).split(/(?<!\\)\|/)) {
      const text = cell.replaceAll(GAP, '').trim();
      if (text !== '') this.paragraphs.push({ text, lines: [number], isCell: true });
    }
  }

  /**
   * The text behind a JSDoc tag, its type and its name.
   * @param {string} text
   */
  #afterTag(text) {
    this.endParagraph();
    const [all = '', tag = ''] = TAG.exec(text) ?? [];
    this.#isCode = CODE_TAGS.includes(tag);
    let rest = text.slice(all.length);
    if (rest.startsWith('{')) rest = this.#afterType(rest);
    if (NAMED_TAGS.includes(tag) && this.#braces === 0) {
      rest = rest.replace(/^\s*(?:\[[^\]]*\]|[\w$.]+)\s*(?:-\s+)?/, '');
    }
    return this.#isCode ? '' : rest;
  }

  /** @param {string} text */
  #afterType(text) {
    for (let at = 0; at < text.length; at += 1) {
      if (text[at] === '{') this.#braces += 1;
      if (text[at] === '}') this.#braces -= 1;
      if (this.#braces === 0) {
        // The name of a property stands behind a type that took several lines.
        return this.#isCode ? '' : text.slice(at + 1).trimStart();
      }
    }
    return '';
  }

  endParagraph() {
    if (this.#open.length > 0) {
      const text = plain(this.#open.map((line) => line.text).join('\n'));
      this.paragraphs.push({ text, lines: this.#open.map((line) => line.number), isCell: false });
    }
    this.#open = [];
  }
}

/**
 * Takes code, targets of links and emphasis out of a text, leaving each character where it was.
 * @param {string} text
 */
function plain(text) {
  const gap = (/** @type {string} */ part) => part.replace(/[^\n]/g, GAP);
  const code = (/** @type {string} */ part) => CODE + gap(part.slice(1));
  return text
    .replace(/<!--[\s\S]*?-->/g, gap)
    .replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, code)
    .replace(/!\[[^\]]*\]\([^)]*\)/g, gap)
    .replace(/https?:\/\/[^\s)>]+/g, code)
    .replace(
      /\[([^\][]*)\](\([^)]*\)|\[[^\]]*\])/g,
      (_, label, target) => `${GAP}${label}${GAP}${gap(target)}`,
    )
    .replace(/\[([^\][]*)\]/g, `${GAP}$1${GAP}`)
    .replace(/<\/?[a-z][^>\n]*>/gi, gap)
    .replace(/\*+|(?<!\w)_+|_+(?!\w)/g, gap);
}
