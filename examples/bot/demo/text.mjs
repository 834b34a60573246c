/**
 * Formats numbers, bars and tables for the terminal.
 */

const BAR_WIDTH = 20;

/** @typedef {(text: string) => string} Paint */
/** @typedef {{ bold: Paint, dim: Paint, green: Paint, red: Paint }} Colours */

/**
 * Colours for a terminal, unless the user has disabled them (https://no-color.org).
 *
 * @param {boolean} isTerminal
 * @param {NodeJS.ProcessEnv} env
 * @returns {Colours}
 */
export function colours(isTerminal, env) {
  const wanted = isTerminal && !env.NO_COLOR;
  const paint = (/** @type {number} */ code) => (/** @type {string} */ text) =>
    wanted ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: paint(1), dim: paint(2), green: paint(32), red: paint(31) };
}

/** @param {number} value */
export function count(value) {
  return Math.round(value).toLocaleString('en-US');
}

/** @param {number} ms */
export function seconds(ms) {
  return `${Number((ms / 1000).toFixed(ms < 10_000 ? 2 : 0))} s`;
}

/** @param {number} share 1 means 100 % */
export function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

/** @param {number} share */
export function bar(share) {
  const full = Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH));
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

/**
 * Formats rows of cells as aligned lines.
 *
 * @param {string[][]} rows
 * @param {string} sides alignment of each column, `l` or `r`; the last one applies to all further
 *   columns
 * @returns {string[]}
 */
export function aligned(rows, sides) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (/** @type {string} */ cell, /** @type {number} */ column) => {
    const width = widths[column] ?? 0;
    return (sides[column] ?? sides.at(-1)) === 'l' ? cell.padEnd(width) : cell.padStart(width);
  };
  return rows.map((row) => row.map(pad).join('   ').trimEnd());
}

/**
 * @param {string} text
 * @param {number} width
 */
export function wrapped(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
