#!/usr/bin/env bash
# ccxt subscribes at Deribit faster than Deribit allows, which closes the session.
#
# Expected: a program that watches 40 tickers is paced as Deribit counts. A subscription costs 3000
# of 30 000 credits, which refill by 10 000 a second: 10 at once, then 3.3 a second. When they are
# used up, Deribit refuses the request (10028) and closes the session.
# Observed: ccxt sends one subscription each 50 ms, the pace of its REST calls that do not reach the
# matching engine. Of 40 subscriptions in 2 s, about half come without credits; the first of those
# ends the session.
# Why it matters: the program loses all its streams at the start, and again after each reconnect, as
# ccxt subscribes at the same pace. A market maker then quotes without prices.
#
# Package: ccxt 4.5.84. Credits: docs.deribit.com/articles/rate-limits. Date: 2026-11-30.

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

const COUNT = 40;
const markets = Array.from({ length: COUNT }, (_, i) => ({
  id: `A${i}-PERPETUAL`,
  symbol: `A${i}/USD:A${i}`,
  base: `A${i}`,
  quote: 'USD',
  settle: `A${i}`,
  type: 'swap',
  swap: true,
  contract: true,
  active: true,
  precision: { amount: 1, price: 1 },
  limits: {},
}));

const exchange = new ccxt.pro.deribit();
exchange.setMarkets(markets);
// A connection that leads nowhere, and keeps when each message was sent.
const client = exchange.client(exchange.urls.api.ws);
client.connect = async () => {};
const sent = [];
client.send = async (message) => void sent.push({ at: performance.now(), ...message });

for (const { symbol } of markets) void exchange.watchTicker(symbol).catch(() => {});
while (sent.length < COUNT) await new Promise((resolve) => setTimeout(resolve, 20));

// The credits of a session, by the times of the messages.
let credits = 30_000;
let last = sent[0].at;
const refused = sent.filter(({ at }) => {
  credits = Math.min(30_000, credits + (at - last) * 10);
  last = at;
  if (credits < 3000) return true;
  credits -= 3000;
  return false;
});
const seconds = (sent.at(-1).at - sent[0].at) / 1000;
const { version } = JSON.parse(readFileSync('node_modules/ccxt/package.json', 'utf8'));
console.log('ccxt', version);
console.log(`${sent.length} messages ${sent[0].method} in ${seconds.toFixed(1)} s`);
console.log(`the first without credits is number ${sent.indexOf(refused[0]) + 1}; ${refused.length} in all`);
console.log('expected: none without credits, so at least 9 s');
const same = refused.length > 10 && seconds < 4;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
