// Runs the comparison and prints its tables; `--write` also puts them into README.md. `npm run
// compare` and `npm start` run it in a separate process.

import { readFileSync, writeFileSync } from 'node:fs';
import { table, withFigures } from '../../scripts/lib/markdown.mjs';
import { aligned, count, percent, seconds } from '../bot/demo/text.mjs';
import { compareMixed, LIMIT, MEASURED, WAITING } from './mixed.mjs';
import { compare, DELAY, EVERY, MINUTES, ORDERS_PER_SECOND, REQUESTS } from './run.mjs';

const BOT_HEAD = [
  '',
  '429',
  '418',
  'bans',
  'market data loaded',
  'orders placed',
  'median wait',
  'longest',
];

const MIXED_HEAD = [
  '',
  'fixed window: used',
  'requests refused',
  'rolling window: used',
  'requests refused',
];

process.stdout.write(`Each limiter does the same job for ${MINUTES} virtual minutes, starting in the middle of a minute: every
${EVERY / 1000} s ${REQUESTS} requests for market data, and ${ORDERS_PER_SECOND} orders a second, with delays of up to ${DELAY} ms. Refused requests
are sent again.

`);
const bot = [BOT_HEAD, ...(await botRows())];
print(bot);
process.stdout.write(`
429: refused. 418: refused while the address was banned. Waits are those of placed orders.

Mixed costs, for ${MEASURED} virtual minutes: one request in ten costs half of the limit of ${LIMIT} a minute, the
others 1 to 5 % of it, and ${WAITING} requests wait at any time. Refused requests are sent again.

`);
const mixed = [MIXED_HEAD, ...(await mixedRows())];
print(mixed);
if (process.argv.includes('--write')) {
  for (const [name, command, rows] of /** @type {const} */ ([
    ['README.md', 'npm run compare', bot],
    ['docs/comparison.md', 'npm run compare', bot],
    ['docs/comparison.md', 'npm run compare: mixed costs', mixed],
  ])) {
    const document = new URL(`../../${name}`, import.meta.url);
    const text = readFileSync(document, 'utf8');
    writeFileSync(document, withFigures(name, text, command, table(rows)));
  }
}

/** @returns {Promise<string[][]>} */
async function botRows() {
  const rows = [];
  for await (const { name, refused, banned, bans, loaded, placed, waits } of compare()) {
    const wait = (/** @type {number | undefined} */ ms) => (ms === undefined ? '' : seconds(ms));
    rows.push([
      name,
      ...[refused, banned, bans].map(count),
      ...[loaded, placed].map(percent),
      wait(waits[waits.length >> 1]),
      wait(waits.at(-1)),
    ]);
  }
  return rows;
}

/** @returns {Promise<string[][]>} */
async function mixedRows() {
  /** @type {Map<string, string[]>} */
  const rows = new Map();
  for (const window of /** @type {const} */ (['fixed', 'rolling']))
    for await (const { name, used, refused, sent } of compareMixed(window))
      rows.set(name, [
        ...(rows.get(name) ?? [name]),
        percent(used),
        `${count(refused)} of ${count(sent)}`,
      ]);
  return [...rows.values()];
}

/** @param {string[][]} rows with the head */
function print(rows) {
  const [head = '', ...body] = aligned(rows, 'lr');
  process.stdout.write(`${[head, '─'.repeat(head.length), ...body].join('\n')}\n`);
}
