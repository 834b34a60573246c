// Runs the comparison and prints its table; `npm run compare` and `npm start` run this in a process of its own.

import { aligned, count, percent, seconds } from '../bot/demo/text.mjs';
import { compare, DELAY, EVERY, MINUTES, ORDERS_PER_SECOND, REQUESTS } from './run.mjs';

const HEAD = ['', '429', '418', 'bans', 'market data loaded', 'orders placed', 'median wait', 'longest'];

process.stdout.write(`The same job with one limiter after another, ${MINUTES} virtual minutes each, from the middle of a minute on: every
${EVERY / 1000} s ${REQUESTS} requests of market data, ${ORDERS_PER_SECOND} orders a second, up to ${DELAY} ms on the way. What was refused is sent again.

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
429: refused. 418: turned away while the address was banned. The waits are those of the orders that were placed.\n`);
