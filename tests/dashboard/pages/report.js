// Runs checks in a page of a browser, and reports the result of each one to the test.

/** Milliseconds within which a page has to show something. Far above what it takes. */
const PATIENCE = 15_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves when a condition holds, which an assertion may be. */
export async function until(condition) {
  const end = performance.now() + PATIENCE;
  for (;;) {
    let failure = 'the condition is false';
    try {
      if (condition() !== false) return;
    } catch (error) {
      failure = error.message;
    }
    if (performance.now() > end) throw new Error(failure);
    await sleep(20);
  }
}

export function equal(actual, expected) {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${a} instead of ${b}`);
}

/**
 * Runs checks by their names, one after the other.
 *
 * @param before called before each
 */
export async function runChecks(checks, before = () => {}) {
  const parameters = new URLSearchParams(location.search);
  const chosen = parameters.get('only');
  const results = {};
  for (const [name, check] of Object.entries(checks)) {
    if (chosen && !name.includes(chosen)) continue;
    await before();
    try {
      await check();
      results[name] = 'passed';
    } catch (error) {
      results[name] = `${error.message}\n${error.stack}`;
    }
  }
  const report = parameters.get('report');
  if (report)
    await fetch(report, { method: 'POST', mode: 'no-cors', body: JSON.stringify(results) });
}
