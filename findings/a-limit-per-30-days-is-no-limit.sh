#!/usr/bin/env bash
# Three limiters let everything pass when the window is longer than 24.8 days.
#
# Expected: a limit of one call per 30 days lets one call pass, or is refused as not possible.
# Observed: p-throttle (with `strict` too), async-sema's RateLimit and rate-limiter-flexible in
# memory let all calls pass within milliseconds. They pass the duration to setTimeout, which takes
# at most 2^31 - 1 ms and replaces a larger value by 1 ms. rate-limiter-flexible forgets its count
# by such a timer even if no caller waits. limiter holds the calls back, as it should.
# Why it matters: data plans and withdrawal quotas are counted by month. No error is thrown; the
# only trace is a TimeoutOverflowWarning of the runtime, and the month's quota is gone in seconds.
#
# Packages: p-throttle 8.1.1, async-sema 3.1.1, rate-limiter-flexible 11.4.0, for comparison
# limiter 4.1.0. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  p-throttle@8.1.1 \
  async-sema@3.1.1 \
  rate-limiter-flexible@11.4.0 \
  limiter@4.1.0

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { RateLimit } from 'async-sema';
import { RateLimiter } from 'limiter';
import pThrottle from 'p-throttle';
import { RateLimiterMemory } from 'rate-limiter-flexible';

let warnings = 0;
process.removeAllListeners('warning');
process.on('warning', ({ name }) => {
  if (name === 'TimeoutOverflowWarning') warnings += 1;
});

const month = 30 * 24 * 60 * 60 * 1000;
const memory = new RateLimiterMemory({ points: 1, duration: month / 1000 });
const limiter = new RateLimiter({ tokensPerInterval: 1, interval: month });
const limiters = {
  'p-throttle': pThrottle({ limit: 1, interval: month })(async () => {}),
  'p-throttle, strict': pThrottle({ limit: 1, interval: month, strict: true })(async () => {}),
  'async-sema': RateLimit(1, { timeUnit: month }),
  'rate-limiter-flexible': () => memory.consume('key'),
  limiter: () => limiter.removeTokens(1),
};

const counts = [];
for (const [name, call] of Object.entries(limiters)) {
  let passed = 0;
  for (let calls = 0; calls < 5; calls += 1) {
    call().then(
      () => {
        passed += 1;
      },
      () => {},
    );
    await delay(20);
  }
  await delay(100);
  counts.push(passed);
  const [folder] = name.split(',');
  const { version } = JSON.parse(readFileSync(`node_modules/${folder}/package.json`, 'utf8'));
  console.log(
    `${name} ${version}: ${passed} of 5 calls passed within 200 ms, the limit is 1 per 30 days`,
  );
}
console.log(`warnings of the runtime: ${warnings}`);
const same = counts.join() === '5,5,5,5,1';
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
