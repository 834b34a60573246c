#!/usr/bin/env bash
# Binance's own SDK repeats requests with the signature of the first try.
#
# Expected: a retry is signed anew, as a signature is valid for recvWindow only, 5 s by default.
# Observed: @binance/spot repeats GET and DELETE after a 5xx or a lost connection by itself, with
# the same timestamp and signature. The wait before a retry grows with each (1 s, 2 s by default),
# so behind a slow failure the repetition of a cancel comes too late and is rejected as stale.
# `retries: 3` means three tries in all.
# Why it matters: right when an exchange is slow, a cancel that could have been repeated is not, and
# the weight of the repetitions is spent unseen.
#
# Package: @binance/spot 32.0.4. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  @binance/spot@32.0.4

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Spot } from '@binance/spot';

const seen = [];
const server = createServer((request, response) => {
  const query = new URLSearchParams(request.url.split('?')[1]);
  seen.push({
    method: request.method,
    age: Date.now() - Number(query.get('timestamp')),
    signature: query.get('signature'),
  });
  response.writeHead(503, { 'content-type': 'application/json' });
  response.end('{"code":-1000,"msg":"not now"}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const basePath = `http://127.0.0.1:${server.address().port}`;
const spot = new Spot({
  configurationRestAPI: { apiKey: 'key', apiSecret: 'secret', basePath, retries: 3, backoff: 300 },
});

const error = await spot.restAPI.deleteOrder({ symbol: 'BTCUSDT', orderId: 1 }).catch((e) => e);
server.closeAllConnections();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/@binance/spot/package.json', 'utf8'));
console.log(`@binance/spot ${version}, a cancel that is answered with 503, retries: 3`);
for (const { method, age } of seen) console.log(`  ${method}, signed ${age} ms before`);
const signatures = new Set(seen.map(({ signature }) => signature)).size;
console.log(`  ${signatures} signature for ${seen.length} tries; expected one for each`);
console.log(`  error: ${error.message}`);
const same = seen.length === 3 && signatures === 1 && seen[2].age > 800;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
