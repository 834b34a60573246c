// A process that shares its limits with others of this machine. It logs each request on its output:
// the instant of its grant in milliseconds of the machine's clock, and the number of the caller.
//
//   node local-bot.mjs <folder> <callers> <rules as JSON> <cost as JSON> [loses]
//
// With `loses`, the first request of the first caller is never answered.

import { writeSync } from 'node:fs';
import { localThrottler } from 'multi-throttler/local';

const [, , folder = '', callers = '1', rules = '[]', cost = '{}', loses] = process.argv;
const throttler = localThrottler({ key: 'kills', folder, rules: JSON.parse(rules) });
const costs = JSON.parse(cost);

/**
 * The instants of grants that are not logged yet. Each is noted when the throttler takes the grant,
 * as a process that has just written a line is often stalled before its next caller continues.
 * @type {number[]}
 */
const grants = [];
throttler.on('grant', () => grants.push(Number(process.hrtime.bigint()) / 1e6));

/** @param {number} caller */
async function send(caller) {
  for (;;) {
    await throttler.throttle(costs);
    const at = grants.shift();
    if (loses && caller === 0) await new Promise(() => {});
    writeSync(1, `${at} ${caller}\n`);
  }
}

await throttler.ready;
await Promise.all(Array.from({ length: Number(callers) }, (_, caller) => send(caller)));
