#!/usr/bin/env bash
# The limiter inside of the package hyperliquid lets later requests pass an earlier one.
#
# Expected: who waits first is served first, or at least at some time.
# Observed: a request for 20 tokens sleeps until there should be 20, and looks again. Requests for
# 2 that come meanwhile take tokens as soon as there are 2, so the first one finds too few, sleeps
# again, and comes last. While small requests keep coming, it never comes.
# Why it matters: the heavy reads, of fills and open orders, tell a program where it stands. They
# stall behind a flow of cheap ones, though they were asked for before.
#
# Package: hyperliquid 1.7.7. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  hyperliquid@1.7.7

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { Hyperliquid } from 'hyperliquid';

const client = new Hyperliquid({ enableWs: false, disableAssetMapRefresh: true });
const limiter = client.getRateLimiter();
await limiter.waitForToken(100);

const order = [];
const heavy = limiter.waitForToken(20).then(() => order.push('heavy'));
const light = Array.from({ length: 10 }, async (_, number) => {
  await new Promise((resolve) => setTimeout(resolve, 10 * number));
  await limiter.waitForToken(2);
  order.push('light');
});
await Promise.all([heavy, ...light]);
client.disconnect();

const { version } = JSON.parse(readFileSync('node_modules/hyperliquid/package.json', 'utf8'));
const place = order.indexOf('heavy') + 1;
console.log(`hyperliquid ${version}, one request for 20 tokens, then ten for 2, of 10 a second`);
console.log(`  the first was served as number ${place} of ${order.length}; expected 1`);
const same = place > 5;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
