// A bot that is killed at any instant: sends requests as fast as its rules allow, three at a time,
// and ends when they allow no more. `killed-bot.mjs <url> <file> <limit> <how> <requests>`, where
// `how` is `persist`, or `snapshots` for snapshots written by hand at the same interval.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fixedWindow, MultiThrottler, rollingWindow, ThrottleRule } from 'multi-throttler';
import { fileStore, persist } from 'multi-throttler/persist';
import { HOUR } from './killed-venue.mjs';

const [url = '', path = '', most, how, requests] = process.argv.slice(2);
const limit = Number(most);
// Longer than a busy machine takes to send a request.
const jitter = 10_000;
const EVERY = 15;

const throttler = new MultiThrottler([
  fixedWindow({ id: 'fixed', limit, interval: HOUR, jitter }),
  fixedWindow({ id: 'first', limit, interval: HOUR, anchor: 'first-request', jitter }),
  rollingWindow({ id: 'rolling', limit, interval: HOUR, jitter }),
  new ThrottleRule('bucket', limit, 1e-9),
]);

if (how === 'persist') {
  await persist(throttler, fileStore(path), {
    every: EVERY,
    onError(error) {
      console.error(error);
      process.exit(3);
    },
  });
} else {
  if (existsSync(path)) throttler.restore(JSON.parse(readFileSync(path, 'utf8')));
  setInterval(() => {
    writeFileSync(`${path}.next`, JSON.stringify(throttler.snapshot()));
    renameSync(`${path}.next`, path);
  }, EVERY).unref();
}

let left = Number(requests);

async function send() {
  while (left > 0) {
    left -= 1;
    await throttler.throttle({ fixed: 1, first: 1, rolling: 1, bucket: 1 }, { maxWait: 0 });
    await (await fetch(url)).text();
  }
}

try {
  await Promise.all([send(), send(), send()]);
} catch (error) {
  if (/** @type {{ code?: string }} */ (error).code !== 'WAIT_TIMEOUT') throw error;
}
// Without `stop`: the last save is that of the event `exit`.
process.exit(0);
