// Counts findings by folder, and says whether they are too many.

/** Headless openings that a folder may have, of its sentences. */
export const HEADLESS_SHARE = 0.01;

/**
 * @typedef {object} Row
 * @property {string} folder
 * @property {number} sentences
 * @property {number} headless
 * @property {number} continuing
 * @property {number} long
 */

/**
 * @typedef {object} Examined
 * @property {string} path
 * @property {import('./examine.mjs').Examination} examination
 */

/**
 * One row for each top-level folder.
 * @param {Examined[]} files
 * @returns {Row[]}
 */
export function rowsOf(files) {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  for (const { path, examination } of files) {
    const folder = path.includes('/') ? path.slice(0, path.indexOf('/')) : '(files)';
    const row = rows.get(folder) ?? { folder, sentences: 0, headless: 0, continuing: 0, long: 0 };
    rows.set(folder, row);
    row.sentences += examination.sentences;
    for (const { kind } of examination.findings) row[kind] += 1;
  }
  return [...rows.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** @param {Row} row */
export function isTooMuch({ sentences, headless, continuing, long }) {
  return headless > sentences * HEADLESS_SHARE || continuing > 0 || long > 0;
}

/** @param {Row[]} rows */
export function tableOf(rows) {
  const cells = [
    ['folder', 'sentences', 'headless', '', 'continuing', 'long lines'],
    ...rows.map(({ folder, sentences, headless, continuing, long }) => {
      const percent = `${((100 * headless) / Math.max(1, sentences)).toFixed(1)} %`;
      return [folder, `${sentences}`, `${headless}`, percent, `${continuing}`, `${long}`];
    }),
  ];
  const widths = [0, 1, 2, 3, 4, 5].map((i) =>
    Math.max(...cells.map((row) => row[i]?.length ?? 0)),
  );
  const line = (/** @type {string[]} */ row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ');
  return cells.map(line).join('\n');
}
