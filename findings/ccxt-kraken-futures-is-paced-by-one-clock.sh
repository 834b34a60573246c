#!/usr/bin/env bash
# ccxt sends every request to Kraken Futures 600 ms after the last, whatever the request costs.
#
# Expected: requests are paced as Kraken counts. An account has 500 of cost each 10 s: an order
# costs 10, a withdrawal 100, the queue of unwound positions 200. The account log has a pool of its
# own, of 100 that refill in 10 minutes; a page of 5000 entries costs 10.
# Observed: each request costs 1 in ccxt, and waits 600 ms. Orders leave at a third of the pace that
# Kraken allows. Withdrawals leave 3 times too fast, queries of the unwind queue 7 times, and pages
# of the account log 100 times.
# Why it matters: a market maker cancels and quotes three times slower than it may. A program that
# sweeps profits, or reads its ledger for taxes, is refused (apiLimitExceeded) after five requests
# or ten pages, and its orders with it, as they share the 500.
#
# Package: ccxt 4.5.84. Costs: docs.kraken.com, "Derivatives Rate Limits". Date: 2026-11-30.

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

const COUNT = 8;
// The cost by Kraken, and the allowance for each second.
const REQUESTS = [
  { name: 'orders', method: 'privatePostSendorder', cost: 10, each: 500 / 10 },
  { name: 'withdrawals', method: 'privatePostWithdrawal', cost: 100, each: 500 / 10 },
  { name: 'unwind queues', method: 'privateGetUnwindqueue', cost: 200, each: 500 / 10 },
  { name: 'pages of the log', method: 'historyGetAccountLog', cost: 10, each: 100 / 600 },
];

async function paceOf({ method }) {
  const exchange = new ccxt.krakenfutures({ apiKey: 'key', secret: btoa('secret') });
  const at = [];
  // An exchange that answers at once.
  exchange.fetch = async () => {
    at.push(performance.now());
    return { result: 'success' };
  };
  await Promise.all(Array.from({ length: COUNT }, () => exchange[method]({})));
  return (at.at(-1) - at[0]) / (COUNT - 1);
}

const paces = await Promise.all(REQUESTS.map(paceOf));
const { version } = JSON.parse(readFileSync('node_modules/ccxt/package.json', 'utf8'));
console.log('ccxt', version);
const ratios = REQUESTS.map(({ name, cost, each }, i) => {
  const ratio = (cost * 1000) / paces[i] / each;
  console.log(`${name}: one each ${Math.round(paces[i])} ms, ${ratio.toFixed(1)} times the allowance`);
  return ratio;
});
console.log('expected: 1.0 times, or a little less');
const [orders, withdrawals, queues, pages] = ratios;
const same = orders < 0.4 && withdrawals > 3 && queues > 6 && pages > 90;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
