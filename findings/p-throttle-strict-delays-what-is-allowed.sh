#!/usr/bin/env bash
# p-throttle with `strict` delays calls that are within its limit.
#
# Expected: with a limit of 10 each second, a program that makes 5 calls at once, each 0.55 s, never
# waits: no second has more than 10 of its calls. `strict` is said to ensure "the limit is not
# exceeded for any interval".
# Observed: the first 10 calls start at once. From then on calls start a tenth of a second apart, so
# the last of each batch is 0.4 s late. A queue shows the same: a limit of 2 each second starts
# calls at 0, 0, 1000, 1500 and 2000 ms. A sliding log, here by hand, delays none.
# Why it matters: orders of a batch (the legs of a spread, the cancels of all quotes) leave late
# although the exchange would take them at once. With 100 each minute, batches of 50 take half a
# minute.
#
# Package: p-throttle 8.1.1. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  p-throttle@8.1.1

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import pThrottle from 'p-throttle';

const [LIMIT, INTERVAL, BATCHES] = [10, 1000, 5];

/** Returns the time of each call after the start of its batch. */
async function lateness(call) {
  const late = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const start = performance.now();
    const calls = Array.from({ length: LIMIT / 2 }, () =>
      call(() => performance.now() - start),
    );
    late.push(Math.round(Math.max(...(await Promise.all(calls)))));
    await delay(Math.max(0, start + 0.55 * INTERVAL - performance.now()));
  }
  return late;
}

/** A sliding log: the times of the last calls. */
function byHand() {
  const log = [];
  return async (work) => {
    const at = Math.max(performance.now(), (log.at(-LIMIT) ?? -Infinity) + INTERVAL);
    log.push(at);
    await delay(Math.max(0, at - performance.now()));
    return work();
  };
}

const throttle = pThrottle({ limit: LIMIT, interval: INTERVAL, strict: true });
const results = {
  'p-throttle, strict': await lateness(throttle((work) => work())),
  'sliding log by hand': await lateness(byHand()),
};
const { version } = JSON.parse(readFileSync('node_modules/p-throttle/package.json', 'utf8'));
console.log('p-throttle', version);
for (const [name, late] of Object.entries(results))
  console.log(`${name}: the last call of each batch is ${late.join(', ')} ms late`);
console.log('expected: at most some milliseconds');
const [strict, byLog] = Object.values(results);
const same =
  strict.slice(0, 2).every((ms) => ms < 150) &&
  strict.slice(2).every((ms) => ms > 200) &&
  byLog.every((ms) => ms < 150);
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
