#!/usr/bin/env bash
# node-binance-api gives up on an order after recvWindow, while the order goes on.
#
# Expected: `recvWindow` tells the exchange up to which age it may accept a request. The time for
# which the client waits for the answer is another setting.
# Observed: `recvWindow` is also the timeout of the HTTP request. With `recvWindow: 500` an order
# whose answer takes 1 s is aborted after 500 ms with an error, although the server had read it in
# time. The signed requests of the client have no other timeout.
# Why it matters: a small recvWindow is the advice against stale orders. Here it turns slow answers
# into orders of unknown state: the program sees a failure, and the exchange a valid order. A rate
# limiter around the global fetch makes it worse, as its wait counts against recvWindow too.
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

let accepted = 0;
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    accepted += 1;
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"symbol":"BTCUSDT","orderId":1,"status":"NEW"}');
    }, 1000);
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}/api/`;

async function order(recvWindow) {
  const binance = new Binance({ APIKEY: 'key', APISECRET: 'secret', recvWindow, urls: { base } });
  const start = performance.now();
  const outcome = await binance.order('LIMIT', 'BUY', 'BTCUSDT', 1, 1).then(
    ({ orderId }) => `order ${orderId}`,
    ({ message }) => message.replace(base, '/'),
  );
  return { outcome, took: performance.now() - start };
}

const short = await order(500);
const long = await order(5000);
server.closeAllConnections();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/node-binance-api/package.json', 'utf8'));
console.log('node-binance-api', version);
console.log(`recvWindow 500: "${short.outcome}" after ${Math.round(short.took)} ms`);
console.log(`recvWindow 5000: "${long.outcome}" after ${Math.round(long.took)} ms`);
console.log(`the server read ${accepted} orders in full and answered both after 1000 ms`);
const same =
  /timeout/i.test(short.outcome) &&
  short.took < 900 &&
  long.outcome === 'order 1' &&
  accepted === 2;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
