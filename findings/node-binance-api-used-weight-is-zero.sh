#!/usr/bin/env bash
# node-binance-api says that no weight was ever used.
#
# Expected: `usedWeight()` returns the weight that Binance reported in the last answer.
# Observed: it is always 0. The library reads the `Headers` object of fetch like a plain object, by
# `headers['x-mbx-used-weight-1m']` instead of `headers.get(...)`, and 0 replaces the undefined.
# The four order counts of `getInfo()` are read in the same way.
# Why it matters: a program that slows down at, say, 80 % of the limit never does, and learns of
# the limit by a ban. A 0 looks like a reading; an undefined would have been noticed.
#
# Package: node-binance-api 1.0.33. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  node-binance-api@1.0.33

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import Binance from 'node-binance-api';

const server = createServer((_request, response) => {
  response.writeHead(200, {
    'content-type': 'application/json',
    'x-mbx-used-weight-1m': '777',
    'x-mbx-order-count-1d': '42',
  });
  response.end('{"symbol":"BTCUSDT","price":"1"}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}/api/`;

const binance = new Binance({ APIKEY: 'key', APISECRET: 'secret', urls: { base } });
const prices = await binance.prices('BTCUSDT');
server.closeAllConnections();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/node-binance-api/package.json', 'utf8'));
const { orderCount1d, statusCode } = binance.getInfo();
console.log('node-binance-api', version);
console.log(`answer ${statusCode} ${JSON.stringify(prices)}`);
console.log(`usedWeight() is ${binance.usedWeight()}, the server said 777`);
console.log(`getInfo().orderCount1d is ${orderCount1d}, the server said 42`);
const same = statusCode === 200 && binance.usedWeight() === 0 && orderCount1d === 0;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
