// Runs the comparison and prints its table. `npm run compare` and `npm start` run it in a separate
// process.

import { aligned, count, percent, seconds } from '../bot/demo/text.mjs';
import { compare, DELAY, EVERY, MINUTES, ORDERS_PER_SECOND, REQUESTS } from './run.mjs';

const HEAD = [
  '',
  '429',
  '418',
  'bans',
  'market data loaded',
  'orders placed',
  'median wait',
  'longest',
];

process.stdout.write(`Each limiter does the same job for ${MINUTES} virtual minutes, starting in the middle of a minute: every
${EVERY / 1000} s ${REQUESTS} requests for market data, and ${ORDERS_PER_SECOND} orders a second, with delays of up to ${DELAY} ms. Refused requests
are sent again.

`);
const rows = [HEAD];
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
const [head = '', ...body] = aligned(rows, 'lr');
process.stdout.write(`${[head, '─'.repeat(head.length), ...body].join('\n')}\n
429: refused. 418: refused while the address was banned. Waits are those of placed orders.\n`);
