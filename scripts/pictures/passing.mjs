// Requests that pass one another: a blocked request of half the limit, and small ones behind it.

import { fixedWindow } from 'multi-throttler';
import { simulate } from '../../docs/.vitepress/theme/simulate.mjs';
import { box, label, svg } from './svg.mjs';

const LIMIT = 100;
const MINUTE = 60_000;
/** Requests in the order in which they come; the first one is granted at once. */
const REQUESTS = [
  { name: 'used', cost: 60 },
  { name: 'A', cost: 50 },
  { name: 'B', cost: 10 },
  { name: 'C', cost: 20 },
  { name: 'D', cost: 20 },
];

const WIDTH = 860;
const LEFT = 170;
const GAP = 20;
const SCALE = (WIDTH - LEFT - 24 - GAP) / (2 * LIMIT);
const TOP = 70;
const ROW = 62;
const BAR = 38;

/**
 * @type {{
 *   name: string,
 *   about: string,
 *   config: import('multi-throttler').MultiThrottlerConfig,
 * }[]}
 */
const rows = [
  { name: 'backfilling', about: 'the default', config: {} },
  { name: 'one line', about: "ordering: 'strict-fifo'", config: { ordering: 'strict-fifo' } },
];

/**
 * The minute in which each request is granted.
 * @param {import('multi-throttler').MultiThrottlerConfig} config
 */
async function minutesOf(config) {
  const { requests } = await simulate({
    rules: [fixedWindow({ id: 'R', limit: LIMIT, interval: MINUTE })],
    config,
    load: REQUESTS.map(({ cost }) => ({ cost: { R: cost }, every: 3 * MINUTE, start: 1000 })),
    seconds: 150,
  });
  return requests.map(({ granted }) => Math.floor((granted ?? Infinity) / MINUTE));
}

/** @returns {Promise<string>} the picture */
export async function passing() {
  const queue = REQUESTS.slice(1).map(({ name, cost }) => `${name} ${cost}`);
  const parts = [
    label(20, 28, `Limit ${LIMIT} in each minute, 60 used. In the queue: ${queue.join(', ')}.`),
  ];
  for (const minute of [0, 1]) {
    const x = LEFT + minute * (LIMIT * SCALE + GAP);
    parts.push(label(x, TOP - 14, minute === 0 ? 'this minute' : 'the next', { class: 'small' }));
  }
  for (const [index, { name, about, config }] of rows.entries()) {
    const y = TOP + index * ROW;
    parts.push(label(20, y + 17, name, { class: 'strong' }));
    parts.push(label(20, y + 34, about, { class: 'small' }));
    const minutes = await minutesOf(config);
    for (const minute of [0, 1]) {
      let x = LEFT + minute * (LIMIT * SCALE + GAP);
      parts.push(box('free', x, y, LIMIT * SCALE, BAR));
      for (const [place, request] of REQUESTS.entries()) {
        if (minutes[place] !== minute) continue;
        const kind = place === 0 ? 'used' : place === 1 ? 'first' : 'later';
        const width = request.cost * SCALE;
        parts.push(box(kind, x, y, width, BAR));
        parts.push(
          label(x + width / 2, y + 24, request.name, { class: 'inside', 'text-anchor': 'middle' }),
        );
        x += width;
      }
    }
  }
  const title =
    'With backfilling B and C use what A cannot use of this minute; in one line all of them wait for the next';
  return svg({ title, width: WIDTH, height: TOP + rows.length * ROW, parts });
}
