// How an exchange counts, as simple as can be: lists of all that arrived, summed anew each time.

/**
 * @typedef {object} Rule a rule as the ledger takes it
 * @property {string} id
 * @property {number} k algorithm: 1 rolling window, 2 bucket, 3 aligned window, 4 window of its
 *   first request, 5 permits, 6 spacing
 * @property {number} l limit
 * @property {number} w interval
 * @property {number} j jitter
 * @property {number} r refill per millisecond
 *
 * @typedef {{ at: number, amount: number }} Arrival
 */

/** Rounding of sums of fractions. */
const EPSILON = 1e-6;

/**
 * The largest excess of the limit that the exchange saw; 0 or less if it refused nothing.
 * @param {Rule} rule
 * @param {Arrival[]} arrivals
 */
export function excess(rule, arrivals) {
  const sorted = [...arrivals].sort((a, b) => a.at - b.at);
  const worst = COUNTS[rule.k]?.(rule, sorted);
  if (worst === undefined) throw new Error(`no model of algorithm ${rule.k}`);
  return worst - rule.l <= EPSILON ? 0 : worst - rule.l;
}

/** @type {Record<number, (rule: Rule, sorted: Arrival[]) => number>} */
const COUNTS = {
  // An entry of the age of the whole interval still counts. The arrivals between two of them.
  1({ w }, sorted) {
    let worst = 0;
    let sum = 0;
    let first = 0;
    for (const { at, amount } of sorted) {
      sum += amount;
      while ((sorted[first]?.at ?? at) < at - w) sum -= sorted[first++]?.amount ?? 0;
      worst = Math.max(worst, sum);
    }
    return worst;
  },
  2({ l, r }, sorted) {
    let missing = 0;
    let worst = 0;
    let last = 0;
    for (const { at, amount } of sorted) {
      missing = Math.max(0, missing - r * (at - last)) + amount;
      last = at;
      worst = Math.max(worst, missing);
      missing = Math.min(missing, l);
    }
    return worst;
  },
  3({ w }, sorted) {
    /** @type {Map<number, number>} */
    const counts = new Map();
    for (const { at, amount } of sorted) {
      const window = Math.floor(at / w);
      counts.set(window, (counts.get(window) ?? 0) + amount);
    }
    return Math.max(0, ...counts.values());
  },
  4({ w }, sorted) {
    let opened = Number.NEGATIVE_INFINITY;
    let count = 0;
    let worst = 0;
    for (const { at, amount } of sorted) {
      if (at > opened + w) [opened, count] = [at, 0];
      count += amount;
      worst = Math.max(worst, count);
    }
    return worst;
  },
  // A request is too early before `w` for each token of the one before. An early one counts as 2.
  6({ w }, sorted) {
    let free = Number.NEGATIVE_INFINITY;
    let worst = 0;
    for (const { at, amount } of sorted) {
      worst = Math.max(worst, at < free - EPSILON ? 2 : 1);
      free = Math.max(free, at + amount * w);
    }
    return worst;
  },
  // Permits arrive with a positive amount and leave with a negative one.
  5(_, sorted) {
    let held = 0;
    let worst = 0;
    for (const { amount } of sorted) {
      held += amount;
      worst = Math.max(worst, held);
    }
    return worst;
  },
};
