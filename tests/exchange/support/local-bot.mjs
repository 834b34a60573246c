// A process that shares its limits with others of this machine. It logs the instant of each request
// on its output, in milliseconds of the machine's clock.
//
//   node local-bot.mjs <folder> <callers> <rules as JSON> <cost as JSON>

import { writeSync } from 'node:fs';
import { localThrottler } from 'multi-throttler/local';

const [, , folder = '', callers = '1', rules = '[]', cost = '{}'] = process.argv;
const throttler = localThrottler({ key: 'kills', folder, rules: JSON.parse(rules) });
const costs = JSON.parse(cost);

async function send() {
  for (;;) {
    await throttler.throttle(costs);
    writeSync(1, `${Number(process.hrtime.bigint()) / 1e6}\n`);
  }
}

await throttler.ready;
await Promise.all(Array.from({ length: Number(callers) }, send));
