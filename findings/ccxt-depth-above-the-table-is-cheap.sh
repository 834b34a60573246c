#!/usr/bin/env bash
# ccxt charges a fiftieth for Binance's largest order books.
#
# Expected: an order book of more than 5000 levels costs at least as much as one of 5000. Binance
# documents that it cuts a larger `limit` to 5000 levels, and a weight of 250 for so many.
# Observed: ccxt's table of costs ends at 5000. A limit above it falls through to the cost of the
# smallest book: 50 at 5000, 1 at 5001.
# Why it matters: a program that asks for "everything" with `limit: 10000` is paced as if each
# request had weight 5. At a weight of 250 the 6000 of a minute are used up by 24 requests. Then
# the exchange refuses the IP address with 429, and bans it (418) if it goes on.
#
# Package: ccxt 4.5.84 (the newest on npm). Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  ccxt@4.5.84

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import ccxt from 'ccxt';

const exchange = new ccxt.binance();
const table = exchange.api.public.get.depth;
const costs = [100, 500, 1000, 5000, 5001, 10000].map((limit) => [
  limit,
  exchange.calculateRateLimiterCost('public', 'GET', 'depth', { symbol: 'BTCUSDT', limit }, table),
]);
const { version } = JSON.parse(readFileSync('node_modules/ccxt/package.json', 'utf8'));
console.log('ccxt', version);
for (const [limit, cost] of costs) console.log(`depth, limit ${limit}: cost ${cost}`);
console.log('expected: costs that never fall when the limit rises');
const same = JSON.stringify(costs.map(([, cost]) => cost)) === '[1,5,10,50,1,1]';
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
