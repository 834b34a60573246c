// Reading from a test runner's output how many tests it ran.

import { stripVTControlCharacters } from 'node:util';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Adds up every match: the named groups are the counts.
 * @param {string} text
 * @param {RegExp} pattern
 * @returns {Counts | undefined} undefined where nothing matches
 */
function sum(text, pattern) {
  const matches = [...stripVTControlCharacters(text).matchAll(pattern)];
  if (matches.length === 0) return undefined;
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { groups } of matches) {
    counts.passed += Number(groups?.passed ?? 0);
    counts.failed += Number(groups?.failed ?? 0);
    counts.skipped += Number(groups?.skipped ?? 0);
  }
  return counts;
}

/**
 * Rust's test harness, and wasm-bindgen's, which prints the same line. One line for each test binary.
 * @param {string} text
 */
export const rustCounts = (text) =>
  sum(text, /^test result: .*? (?<passed>\d+) passed; (?<failed>\d+) failed; (?<skipped>\d+) ignored;/gm);

/**
 * Node's test runner with the spec reporter. A test that was cancelled did not pass.
 * @param {string} text
 */
export const nodeCounts = (text) =>
  sum(
    text,
    /^ℹ (?:pass (?<passed>\d+)|(?:fail|cancelled) (?<failed>\d+)|(?:skipped|todo) (?<skipped>\d+))$/gm,
  );

/**
 * Vitest's summary, such as `Tests  1 failed | 41 passed | 2 skipped (44)`, with the type tests among them.
 * @param {string} text
 */
export function vitestCounts(text) {
  const summary = /^ +Tests +(.*)$/m.exec(stripVTControlCharacters(text))?.[1];
  if (summary === undefined) return undefined;
  return sum(summary, /(?<passed>\d+) passed|(?<failed>\d+) failed|(?<skipped>\d+) (?:skipped|todo)/g);
}
