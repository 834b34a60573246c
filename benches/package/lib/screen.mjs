// Tables for the terminal, readable without further explanation.

/** @typedef {import('../types.ts').Table} Table */
/** @typedef {import('../types.ts').Target} Target */

/**
 * Formats a table. The first column is text, the others are numbers.
 * @param {Table} table
 */
export function tableText({ title, about, head, rows }) {
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const text = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  );
  text.splice(1, 0, widths.map((width) => '-'.repeat(width)).join('   '));
  return `\n${title}\n${wrapped(about)}\n\n${text.map((line) => `  ${line}\n`).join('')}`;
}

/** @param {readonly Target[]} targets */
export function targetsText(targets) {
  const rows = targets.map(({ what, figure, target, reached }) => [
    what,
    figure,
    target,
    reached ? 'reached' : 'NOT reached',
  ]);
  return tableText({
    title: 'Targets',
    about: 'Goals of multi-throttler. A missed target does not mean that the run failed.',
    head: ['', 'figure', 'target', ''],
    rows,
  });
}

/** @param {string} text */
function wrapped(text) {
  return text.replace(/(.{1,108})(?:\s+|$)/g, '$1\n').trimEnd();
}

/**
 * Formats nanoseconds in a readable unit.
 * @param {number} ns
 */
export function time(ns) {
  if (ns < 1e4) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} us`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(1)} ms`;
  return `${(ns / 1e9).toFixed(1)} s`;
}

/** @param {number} ratio */
export const times = (ratio) => `${ratio.toFixed(2)} x`;
