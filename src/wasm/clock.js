// Readings of a clock that a program has passed in. Numbers cross into wasm as they are; as values
// of any kind they would take a place in a table, and two calls more.

/**
 * The exception of the last reading that failed.
 * @type {unknown}
 */
let failure;

/**
 * Returns the time of a clock; NaN if it is no finite number. Infinity: the clock has thrown, and
 * `failed` returns what.
 * @param {{ now(): unknown }} clock
 */
export function now(clock) {
  try {
    return finite(clock.now());
  } catch (thrown) {
    return fail(thrown);
  }
}

/**
 * Returns the Unix time of a clock, as `now` does.
 * @param {{ wallNow(): unknown }} clock
 */
export function wallNow(clock) {
  try {
    return finite(clock.wallNow());
  } catch (thrown) {
    return fail(thrown);
  }
}

/** Returns what a clock has thrown, once. */
export function failed() {
  const thrown = failure;
  failure = undefined;
  return thrown;
}

/** @param {unknown} thrown */
function fail(thrown) {
  failure = thrown;
  return Number.POSITIVE_INFINITY;
}

/** @param {unknown} time */
function finite(time) {
  return typeof time === 'number' && time - time === 0 ? time : Number.NaN;
}
