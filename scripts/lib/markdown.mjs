/**
 * Replaces the figures of a document, which stand between the lines `<!-- COMMAND -->` and
 * `<!-- end -->`.
 *
 * @param {string} name of the document, for the error
 * @param {string} document its text
 * @param {string} command that writes the figures
 * @param {string} figures
 * @returns {string}
 */
export function withFigures(name, document, command, figures) {
  const [begin, end] = [`<!-- ${command} -->`, '<!-- end -->'];
  const [before, rest = ''] = document.split(`${begin}\n`);
  const at = rest.indexOf(`${end}\n`);
  if (at === -1)
    throw new Error(`${name} lacks the lines ${begin} and ${end}, between which the figures go`);
  return `${before}${begin}\n\n${figures.trimEnd()}\n\n${rest.slice(at)}`;
}

/**
 * Formats rows of cells as a table of Markdown.
 *
 * @param {string[][]} rows with the head
 * @returns {string}
 */
export function table(rows) {
  const [head = []] = rows;
  const widths = head.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), 3),
  );
  const lines = [head, widths.map((width) => '-'.repeat(width)), ...rows.slice(1)];
  const padded = (/** @type {string[]} */ line) =>
    line.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  return lines.map((line) => `| ${padded(line).join(' | ')} |\n`).join('');
}
