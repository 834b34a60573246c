#!/usr/bin/env bash
# A union of two limits uses one up for calls that the other refuses.
#
# Expected: RateLimiterUnion asks several limits at once, for instance orders and request weight. A
# call that one of them refuses is not made, so no limit is charged for it.
# Observed: the limits that agreed keep the points of the refused call. Eight attempts against 2
# orders and 6 points of weight a minute: two calls are made, and yet all the weight is gone, so
# that an unrelated read is refused as well. The refusal does not name the limits that were
# charged, so the caller cannot give the points back by it.
# Why it matters: a program that asks again each second for its next order blocks its own cancels
# and position reads, though the exchange has counted next to nothing.
#
# Package: rate-limiter-flexible 11.4.0. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  rate-limiter-flexible@11.4.0

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { RateLimiterMemory, RateLimiterUnion } from 'rate-limiter-flexible';

const orders = new RateLimiterMemory({ keyPrefix: 'orders', points: 2, duration: 60 });
const weight = new RateLimiterMemory({ keyPrefix: 'weight', points: 6, duration: 60 });
const both = new RateLimiterUnion(orders, weight);

let made = 0;
const named = new Set();
for (let attempt = 0; attempt < 8; attempt += 1) {
  await both.consume('account').then(
    () => {
      made += 1;
    },
    (refusal) => {
      if (attempt < 6) for (const limit of Object.keys(refusal)) named.add(limit);
    },
  );
}
const { consumedPoints } = await weight.get('account');
const read = await weight.consume('account').then(
  () => 'allowed',
  () => 'refused',
);

const { version } = JSON.parse(
  readFileSync('node_modules/rate-limiter-flexible/package.json', 'utf8'),
);
console.log('rate-limiter-flexible', version);
console.log(`8 attempts, ${made} made; the first refusals name: ${[...named].join()}`);
console.log(`weight used: ${consumedPoints}; expected ${made}`);
console.log(`a read that needs weight alone is ${read}; expected: allowed`);
const same =
  made === 2 && consumedPoints === 8 && read === 'refused' && [...named].join() === 'orders';
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
