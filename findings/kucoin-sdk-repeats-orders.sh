#!/usr/bin/env bash
# KuCoin's own SDK sends a market order four times although retries are switched off.
#
# Expected: `maxRetries: 0` sends each request once, and a POST that places an order is never
# repeated by the library, because the first one may have been executed before the answer got lost.
# Observed: 0 counts as "not set", so the default of 3 applies: an order that the server answers
# with 500 is sent four times, with the same signature and clientOid. A GET refused with 429 is
# also repeated after the fixed delay, whatever its Retry-After asks for.
# Why it matters: a trading program that counts one order has sent four. Whether they are four
# fills depends on the exchange's check of clientOid alone. The repeats also spend quota that the
# program does not know of, right when the exchange asks for silence.
#
# Package: kucoin-universal-sdk 1.3.0. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  kucoin-universal-sdk@1.3.0

cat >probe.mjs <<'PROBE'
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const sdk = require('kucoin-universal-sdk');

const seen = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    seen.push({
      at: performance.now(),
      id: body ? JSON.parse(body).clientOid : undefined,
      sign: request.headers['kc-api-sign'],
    });
    response.writeHead(request.method === 'POST' ? 500 : 429, {
      'content-type': 'application/json',
      'retry-after': '5',
    });
    response.end('{"code":"429000","msg":"not now"}');
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${server.address().port}`;

const transport = new sdk.TransportOptionBuilder().setMaxRetries(0).setRetryDelay(50).build();
const options = new sdk.ClientOptionBuilder()
  .setKey('key')
  .setSecret('secret')
  .setPassphrase('passphrase')
  .setSpotEndpoint(endpoint)
  .setFuturesEndpoint(endpoint)
  .setBrokerEndpoint(endpoint)
  .setTransportOption(transport)
  .build();
const spot = new sdk.DefaultClient(options).restService().getSpotService();

const order = { clientOid: 'one', side: 'buy', symbol: 'BTC-USDT', type: 'market', size: '1' };
const first = await spot
  .getOrderApi()
  .addOrder(sdk.Spot.Order.AddOrderReq.create(order))
  .catch((e) => e);
const orders = seen.splice(0);
const second = await spot
  .getMarketApi()
  .getAllCurrencies()
  .catch((e) => e);
const reads = seen.splice(0);
server.closeAllConnections();
server.close();

const signatures = new Set(orders.map(({ sign }) => sign)).size;
const ids = new Set(orders.map(({ id }) => id)).size;
const span = reads.at(-1).at - reads[0].at;
console.log('kucoin-universal-sdk', require('kucoin-universal-sdk/package.json').version);
console.log(`order, server answers 500: ${first.message}`);
console.log(
  `  sent ${orders.length} times (${ids} clientOid, ${signatures} signature); expected 1`,
);
console.log(`read, server answers 429 and Retry-After: 5: ${second.message}`);
console.log(`  sent ${reads.length} times within ${Math.round(span)} ms; expected 1`);
const same =
  orders.length === 4 && ids === 1 && signatures === 1 && reads.length === 4 && span < 5000;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
