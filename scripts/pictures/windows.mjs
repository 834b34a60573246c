// Windows side by side: requests as early as each rule grants them.

import { fixedWindow, rollingWindow, spacing, tokenBucket } from 'multi-throttler';
import { simulate } from '../../docs/.vitepress/theme/simulate.mjs';
import { box, dot, label, line, svg } from './svg.mjs';

const LIMIT = 4;
const INTERVAL = 1000;
const SECONDS = 3;
/** The first request comes then, so that windows that a request opens differ from full seconds. */
const START = 300;

const WIDTH = 860;
const LEFT = 250;
const SCALE = (WIDTH - LEFT - 24) / (SECONDS * 1000);
const TOP = 34;
const ROW = 64;

/** @param {number} ms */
const x = (ms) => LEFT + ms * SCALE;

/** @param {number[]} grants */
const openedByRequests = (grants) => {
  /** @type {number[]} */
  const starts = [];
  for (const at of grants) if (!(at < (starts.at(-1) ?? -INTERVAL) + INTERVAL)) starts.push(at);
  return starts;
};

const fullSeconds = () => Array.from({ length: SECONDS }, (_, second) => second * INTERVAL);

const base = { limit: LIMIT, interval: INTERVAL };
const rows = [
  {
    name: 'fixed window',
    about: '4 between two full seconds',
    rule: fixedWindow({ id: 'R', ...base }),
    windows: fullSeconds,
  },
  {
    name: 'first-request window',
    about: '4 in a window that a request opens',
    rule: fixedWindow({ id: 'R', ...base, anchor: 'first-request' }),
    windows: openedByRequests,
  },
  {
    name: 'rolling window',
    about: '4 in any second',
    rule: rollingWindow({ id: 'R', ...base }),
    windows: () => [],
  },
  {
    name: 'token bucket',
    about: '4 at once, then 1 each 250 ms',
    rule: tokenBucket({ id: 'R', capacity: LIMIT, refillRate: LIMIT / INTERVAL }),
    windows: () => [],
  },
  {
    name: 'spacing',
    about: '1 each 250 ms',
    rule: spacing({ id: 'R', interval: INTERVAL / LIMIT }),
    windows: () => [],
  },
];

/** When requests are granted if more of them wait than the rule can grant. */
async function grantsOf(/** @type {import('multi-throttler').AnyRule} */ rule) {
  const load = [{ cost: { R: 1 }, every: SECONDS * INTERVAL, burst: 30, start: START }];
  const { requests } = await simulate({ rules: [rule], load, seconds: SECONDS });
  return requests.flatMap(({ granted }) =>
    granted !== undefined && granted < SECONDS * 1000 ? [granted] : [],
  );
}

/** @returns {Promise<string>} the picture */
export async function windows() {
  const parts = [];
  const bottom = TOP + rows.length * ROW;
  for (let second = 0; second <= SECONDS; second++) {
    parts.push(line('line', x(second * 1000), TOP - 6, x(second * 1000), bottom));
    parts.push(label(x(second * 1000), TOP - 14, `${second} s`, { 'text-anchor': 'middle' }));
  }
  for (const [index, { name, about, rule, windows }] of rows.entries()) {
    const y = TOP + index * ROW;
    const grants = await grantsOf(rule);
    parts.push(label(20, y + 28, name, { class: 'strong' }));
    parts.push(label(20, y + 46, about, { class: 'small' }));
    for (const start of windows(grants)) {
      const end = Math.min(start + INTERVAL, SECONDS * INTERVAL);
      parts.push(box('window', x(start), y + 4, (end - start) * SCALE, ROW - 10));
    }
    let last = Number.NEGATIVE_INFINITY;
    let height = 0;
    for (const at of grants) {
      height = at === last ? height + 1 : 0;
      last = at;
      parts.push(dot('grant', x(at) + 7, y + ROW - 15 - height * 11));
    }
  }
  const title =
    'Grants of a limit of 4 in a second by a fixed window, a first-request window, a rolling window, a token bucket and spacing';
  return svg({ title, width: WIDTH, height: bottom + 12, parts });
}
