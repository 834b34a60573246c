// The result of a suite, and the summary of all suites.

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {number} seconds
 * @property {string} [note] reason of a failure that is not a failing test
 */

/**
 * The result of a suite that failed as a whole, which counts as one failure.
 * @param {string} name
 * @param {string} note
 * @param {number} [seconds]
 * @returns {Result}
 */
export const failedAsAWhole = (name, note, seconds = 0) => ({
  name,
  passed: 0,
  failed: 1,
  skipped: 0,
  seconds,
  note,
});

/**
 * Judges a suite. It succeeds only if its runner does, its counts are found, and at least one test
 * ran.
 * @param {import('./suites.mjs').Suite} suite
 * @param {import('../lib/run.mjs').Outcome} outcome
 * @returns {Result}
 */
export function judge({ name, counts: parse }, { code, text, seconds }) {
  if (!parse) {
    if (code !== 0) return failedAsAWhole(name, `exit code ${code}`, seconds);
    return { name, passed: 0, failed: 0, skipped: 0, seconds, note: 'done' };
  }
  const counts = parse(text);
  if (!counts)
    return failedAsAWhole(name, `no counts found in the output (exit code ${code})`, seconds);
  const result = { name, ...counts, seconds };
  if (code !== 0 && counts.failed === 0) return { ...result, failed: 1, note: `exit code ${code}` };
  if (counts.passed + counts.failed === 0) return { ...result, failed: 1, note: 'no test ran' };
  return result;
}

/**
 * The table of all suites. Its last line is meant for programs.
 * @param {Result[]} results
 */
export function summary(results) {
  const rows = [
    ['suite', 'passed', 'failed', 'skipped', 'seconds', ''],
    ...results.map(({ name, passed, failed, skipped, seconds, note }) =>
      [name, passed, failed, skipped, seconds.toFixed(1), note ?? ''].map(String),
    ),
  ];
  const table = rows.map(([name = '', ...cells]) =>
    [name.padEnd(14), ...cells.slice(0, -1).map((cell) => cell.padStart(8)), `  ${cells.at(-1)}`]
      .join('')
      .trimEnd(),
  );
  const total = (/** @type {'passed' | 'failed'} */ key) =>
    results.reduce((sum, result) => sum + result[key], 0);
  return `${table.join('\n')}\n\n${total('passed')} passed, ${total('failed')} failed\n`;
}
