// Reads the numbers of tests from the output of test runners.

import { stripVTControlCharacters } from 'node:util';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Sums up the counts of all matches, which are the named groups.
 * @param {string} text
 * @param {RegExp} pattern
 * @returns {Counts | undefined} undefined without a match
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
 * Counts of Rust's test harness and of wasm-bindgen's, which both print one such line per test
 * binary.
 * @param {string} text
 */
export const rustCounts = (text) =>
  sum(
    text,
    /^test result: .*? (?<passed>\d+) passed; (?<failed>\d+) failed; (?<skipped>\d+) ignored;/gm,
  );

/**
 * Counts of Node's test runner with the spec reporter. A cancelled test counts as failed.
 * @param {string} text
 */
export const nodeCounts = (text) =>
  sum(
    text,
    /^ℹ (?:pass (?<passed>\d+)|(?:fail|cancelled) (?<failed>\d+)|(?:skipped|todo) (?<skipped>\d+))$/gm,
  );

/**
 * Counts of Vitest's summary, such as `Tests  1 failed | 41 passed | 2 skipped (44)`, type tests
 * included.
 * @param {string} text
 */
export function vitestCounts(text) {
  const summary = /^ +Tests +(.*)$/m.exec(stripVTControlCharacters(text))?.[1];
  if (summary === undefined) return undefined;
  return sum(
    summary,
    /(?<passed>\d+) passed|(?<failed>\d+) failed|(?<skipped>\d+) (?:skipped|todo)/g,
  );
}
