#!/usr/bin/env bash
# ccxt repeats orders past its own rate limiter, with the option that repeats requests.
#
# Expected: with `maxRetriesOnFailure` set, each attempt passes the rate limiter, as each one
# counts at the exchange; and createOrder is left out, as it is unknown whether the first one was
# executed.
# Observed: the rate limiter is asked once for the first attempt, and then all attempts are sent. A
# market order that is answered with 503 is sent three times at `maxRetriesOnFailure: 2`, without a
# pause between. The client order id stays the same, timestamp and signature are new.
# Why it matters: 503 from an exchange can mean "unknown, perhaps executed". A repeated market
# order may buy twice, because an id is free again once its first order is filled. Attempts that
# the limiter does not count also add to the load for which the exchange bans.
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
import { createServer } from 'node:http';
import ccxt from 'ccxt';

const filled = {
  symbol: 'BTCUSDT',
  orderId: 1,
  status: 'FILLED',
  price: '1',
  origQty: '1',
  side: 'BUY',
  type: 'MARKET',
};
const unknown = { msg: 'Unknown error, please check your request.' };
const seen = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    const fields = new URLSearchParams(body);
    seen.push({
      at: performance.now(),
      id: fields.get('newClientOrderId'),
      sign: fields.get('signature'),
    });
    response.writeHead(seen.length < 3 ? 503 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(seen.length < 3 ? unknown : filled));
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const host = `http://127.0.0.1:${server.address().port}`;

const exchange = new ccxt.binance({ apiKey: 'key', secret: 'secret' });
exchange.options.maxRetriesOnFailure = 2;
exchange.urls.api.private = `${host}/api/v3`;
exchange.setMarkets([
  {
    id: 'BTCUSDT',
    symbol: 'BTC/USDT',
    base: 'BTC',
    quote: 'USDT',
    baseId: 'BTC',
    quoteId: 'USDT',
    type: 'spot',
    spot: true,
    precision: { amount: 0.001, price: 0.01 },
    limits: { amount: {}, price: {}, cost: {} },
    info: { orderTypes: ['LIMIT', 'MARKET'] },
  },
]);
let throttled = 0;
const throttle = exchange.throttle.bind(exchange);
exchange.throttle = (cost) => {
  throttled += 1;
  return throttle(cost);
};

const order = await exchange.createOrder('BTC/USDT', 'market', 'buy', 1);
server.closeAllConnections();
server.close();

const ids = new Set(seen.map(({ id }) => id)).size;
const signatures = new Set(seen.map(({ sign }) => sign)).size;
const { version } = JSON.parse(readFileSync('node_modules/ccxt/package.json', 'utf8'));
console.log('ccxt', version);
console.log(
  `order ${order.id}: rate limiter asked ${throttled} time, request sent ${seen.length} times`,
);
const span = Math.round(seen.at(-1).at - seen[0].at);
console.log(`  within ${span} ms, ${ids} client order id, ${signatures} signatures`);
console.log('expected: one order sent, or the rate limiter asked for each attempt');
const same = throttled === 1 && seen.length === 3 && ids === 1 && signatures === 3;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
