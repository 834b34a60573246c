#!/usr/bin/env bash
# ccxt signs orders over WebSockets before its own throttler holds them back.
#
# Expected: an order that waits for the throttler of its connection gets its timestamp when it
# leaves, as an order over REST does. The exchange accepts it.
# Observed: `createOrderWs` signs at the call and then waits. The throttler of a connection to
# Binance lets one order pass in 250 ms. Of 45 orders that are placed at once, the last ones leave
# more than ten seconds later, with the timestamp of the call. Binance refuses timestamps that are
# older than the `recvWindow` of the request (-1021), in which ccxt asks for 10 s.
# Why it matters: orders of a burst are refused for their age, the later the more certainly. The
# same orders over REST are accepted.
#
# Packages: ccxt 4.5.84, ws 8.18.3 (the server). Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  ccxt@4.5.84 ws@8.18.3

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import ccxt from 'ccxt';
import { WebSocketServer } from 'ws';

const ORDERS = 45;

/** Ages of the orders, in milliseconds, when the server has them. */
const ages = [];
const windows = new Set();
let late = 0;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
await once(server, 'listening');
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { id, params } = JSON.parse(String(data));
    const age = Date.now() - params.timestamp;
    ages.push(age);
    windows.add(params.recvWindow);
    late += age > params.recvWindow ? 1 : 0;
    const result = { symbol: 'BTCUSDT', orderId: ages.length, status: 'NEW', transactTime: 1 };
    socket.send(JSON.stringify({ id, status: 200, result }));
  });
});

const exchange = new ccxt.pro.binance({ apiKey: 'key', secret: 'secret' });
await exchange.loadHttpProxyAgent(); // for a socket without TLS
exchange.urls.api.ws['ws-api'].spot = `ws://127.0.0.1:${server.address().port}/ws-api/v3`;
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
    active: true,
    precision: { amount: 0.0001, price: 0.01 },
    limits: {},
    info: { orderTypes: ['LIMIT'] },
  },
]);

const place = () => exchange.createOrderWs('BTC/USDT', 'limit', 'buy', 0.01, 64_000);
await Promise.all(Array.from({ length: ORDERS }, place));
await exchange.close();
for (const socket of server.clients) socket.terminate();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/ccxt/package.json', 'utf8'));
console.log('ccxt', version);
console.log(`${ages.length} orders at once, recvWindow ${[...windows]}`);
console.log(`age of the timestamps on arrival: ${Math.min(...ages)} to ${Math.max(...ages)} ms`);
console.log(`${late} of them are older than that, which Binance refuses`);
console.log('expected: none');
const same = ages.length === ORDERS && late > 0;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
