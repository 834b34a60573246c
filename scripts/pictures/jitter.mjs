// Jitter: requests that are late at first and quick later, with and without a jitter in the rule.

import { rollingWindow } from 'multi-throttler';
import { simulate } from '../../docs/.vitepress/theme/simulate.mjs';
import { dot, label, line, svg } from './svg.mjs';

const LIMIT = 4;
const INTERVAL = 1000;
const SECONDS = 3;
/** The time on the way of the first requests, and of all others, in milliseconds. */
const SLOW = 200;
const QUICK = 20;

const WIDTH = 860;
const LEFT = 170;
const SCALE = (WIDTH - LEFT - 24) / (SECONDS * 1000);
const TOP = 34;
const ROW = 110;

/** @param {number} ms */
const x = (ms) => LEFT + ms * SCALE;

/** When requests are granted if more of them wait than the rule can grant. */
async function grantsOf(/** @type {number} */ jitter) {
  const { requests } = await simulate({
    rules: [rollingWindow({ id: 'R', limit: LIMIT, interval: INTERVAL, jitter })],
    load: [{ cost: { R: 1 }, every: SECONDS * INTERVAL, burst: 30 }],
    seconds: SECONDS,
  });
  return requests.flatMap(({ granted }) =>
    granted !== undefined && granted < SECONDS * 1000 ? [granted] : [],
  );
}

/**
 * Marks the arrivals that a server refuses which counts, at each, those of the last second.
 * @param {number[]} arrivals in order
 */
function refusals(arrivals) {
  /** @type {number[]} */
  const counted = [];
  return arrivals.map((at) => {
    const full = counted.filter((other) => at - other <= INTERVAL).length >= LIMIT;
    if (!full) counted.push(at);
    return full;
  });
}

/** @returns {Promise<string>} the picture */
export async function jitter() {
  const parts = [];
  const bottom = TOP + 2 * ROW;
  for (let second = 0; second <= SECONDS; second++) {
    parts.push(line('line', x(second * 1000), TOP - 6, x(second * 1000), bottom - 10));
    parts.push(label(x(second * 1000), TOP - 14, `${second} s`, { 'text-anchor': 'middle' }));
  }
  for (const [index, ms] of [0, 250].entries()) {
    const y = TOP + index * ROW;
    const grants = await grantsOf(ms);
    const arrivals = grants.map((at, n) => at + (n < LIMIT ? SLOW : QUICK));
    const refused = refusals(arrivals);
    const count = refused.filter(Boolean).length;
    parts.push(label(20, y + 22, `jitter: ${ms}`, { class: 'strong' }));
    parts.push(label(20, y + 42, 'granted, above', { class: 'small' }));
    parts.push(label(20, y + 58, 'at the server, below', { class: 'small' }));
    parts.push(label(20, y + 76, count > 0 ? `${count} refused` : 'none refused', {}));
    for (const [n, at] of grants.entries()) {
      const shift = (n % LIMIT) * 9;
      const arrival = arrivals[n] ?? at;
      parts.push(line('way', x(at) + 7 + shift, y + 16, x(arrival) + 7 + shift, y + 80));
      parts.push(dot('grant', x(at) + 7 + shift, y + 16));
      parts.push(dot(refused[n] ? 'refused' : 'grant', x(arrival) + 7 + shift, y + 80));
    }
  }
  const title =
    'A limit of 4 in any second: without jitter the server sees 8 requests in 820 ms, with a jitter of 250 ms never more than 4';
  return svg({ title, width: WIDTH, height: bottom, parts });
}
