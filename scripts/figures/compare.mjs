// Compares the cost of a request by a source with the cost that we charge.

/** @typedef {import('./types.ts').Figure} Figure */
/** @typedef {import('./types.ts').Charge} Charge */
/** @typedef {import('./types.ts').Ours} Ours */
/** @typedef {import('./types.ts').Row} Row */

/** ccxt rounds its costs at the third digit. */
const TOLERANCE = 0.02;

/**
 * @param {Figure} figure
 * @param {Ours} ours
 * @returns {Row}
 */
export function compare(figure, ours) {
  const says = figure.charges.map(textOf).join(', ');
  const named = figure.charges.filter(({ pool, cost }) => pool !== undefined && cost > 0);
  const row = (
    /** @type {import('./types.ts').Verdict} */ verdict,
    /** @type {number} */ times,
  ) => ({
    figure,
    ours,
    says,
    verdict,
    times,
  });
  if (named.length > 0) {
    const times = named.map((charge) => {
      const mine = ours.charges.filter(({ pool }) => pool === charge.pool);
      return mine.length === 0 ? Number.POSITIVE_INFINITY : timesOf(mine, charge);
    });
    const worst = Math.max(...times);
    if (worst === Number.POSITIVE_INFINITY) return row('other pool', worst);
    if (worst > 1 + TOLERANCE) return row('dangerous', worst);
    const least = Math.min(...times);
    return least < 1 - TOLERANCE ? row('careful', least) : row('same', 1);
  }
  const wanted = figure.charges.filter(({ cost }) => cost > 0);
  if (wanted.length === 0) return row(ours.charges.length === 0 ? 'same' : 'careful', 0);
  if (ours.charges.length === 0) return row('dangerous', Number.POSITIVE_INFINITY);
  const times = Math.max(...wanted.map((charge) => timesOf(ours.charges, charge)));
  if (times > 1 + TOLERANCE) return row('dangerous', times);
  return times < 1 - TOLERANCE ? row('careful', times) : row('same', 1);
}

/**
 * The factor by which these charges allow more than the source: in the long run, and if the window
 * of the source is known, also at once.
 * @param {Charge[]} mine
 * @param {Charge} charge
 */
function timesOf(mine, charge) {
  const speed = (/** @type {Charge} */ { limit, cost, interval }) => limit / cost / interval;
  const burst = (/** @type {Charge} */ { limit, cost }) => limit / cost;
  const ofSpeed = Math.min(...mine.map(speed)) / speed(charge);
  if (charge.isSpeed) return ofSpeed;
  return Math.max(ofSpeed, Math.min(...mine.map(burst)) / burst(charge));
}

/** @param {Charge} charge */
function textOf({ pool, cost, limit, interval, isSpeed }) {
  const round = (/** @type {number} */ value) => Number(value.toPrecision(3));
  const per = `${round(limit / cost)} in ${round(interval / 1000)} s`;
  if (cost === 0) return pool === undefined ? 'nothing' : `${pool} 0`;
  return pool === undefined ? `${isSpeed ? 'speed ' : ''}${per}` : `${pool} ${round(cost)}`;
}
