#!/usr/bin/env bash
# papiUmOrder of binance-api-node, which is to place an order, sends a query for one.
#
# Expected: papiUmOrder places a USD-M order in a portfolio margin account, by POST
# /papi/v1/um/order, as papiCmOrder does for COIN-M.
# Observed: it sends GET /papi/v1/um/order, which asks for the state of an order. An answer with an
# order in it, to a payload that names one, looks like a placed order.
# Why it matters: a hedge or a stop that a program believes to be placed does not exist.
#
# Package: binance-api-node 0.13.10. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  binance-api-node@0.13.10

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import binance from 'binance-api-node';

const seen = [];
const server = createServer((request, response) => {
  seen.push(`${request.method} ${request.url.split('?')[0]}`);
  response.setHeader('content-type', 'application/json');
  response.end('{"orderId":1,"status":"NEW"}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const httpPortfolioMargin = `http://127.0.0.1:${server.address().port}`;
const make = binance.default ?? binance;
const client = make({ apiKey: 'key', apiSecret: 'secret', httpPortfolioMargin });

const order = { symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: 1 };
await client.papiUmOrder({ ...order });
await client.papiCmOrder({ ...order, symbol: 'BTCUSD_PERP' });
server.closeAllConnections();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/binance-api-node/package.json', 'utf8'));
console.log(`binance-api-node ${version}`);
console.log(`  papiUmOrder sent ${seen[0]}; expected POST /papi/v1/um/order`);
console.log(`  papiCmOrder sent ${seen[1]}`);
const same = seen.join() === 'GET /papi/v1/um/order,POST /papi/v1/cm/order';
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
