#!/usr/bin/env bash
# ccxt sends the same nonce twice under its own rolling-window limiter.
#
# Expected: Kraken takes a request only if its nonce is above that of the request before, so each
# request of an exchange has a nonce of its own.
# Observed: a nonce is the time in milliseconds. With ccxt's default limiter, private calls are
# seconds apart. With `rateLimiterAlgorithm: 'rollingWindow'`, an option of ccxt, those that fit
# into the window leave at once, and two that are signed in the same millisecond have the same
# nonce.
# Why it matters: Kraken answers the second one with `EAPI:Invalid nonce`. An order is not placed,
# and many such errors lock the key out for a time.
#
# Package: ccxt 4.5.84. Date: 2026-11-30.

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

const PROGRAMS = 10;
const CALLS = 3;

/** Nonces in the order of arrival. */
let nonces = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  nonces.push(Number(new URLSearchParams(body).get('nonce')));
  response.setHeader('content-type', 'application/json');
  response.end('{"error":[],"result":{}}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

let affected = 0;
let repeated = 0;
let requests = 0;
for (let program = 0; program < PROGRAMS; program += 1) {
  nonces = [];
  const exchange = new ccxt.kraken({
    apiKey: 'key',
    secret: Buffer.from('secret').toString('base64'),
    rateLimiterAlgorithm: 'rollingWindow',
  });
  exchange.urls.api.private = `http://127.0.0.1:${server.address().port}`;
  await exchange.sleep(1);
  await Promise.all(Array.from({ length: CALLS }, () => exchange.privatePostBalance()));
  const equal = nonces.length - new Set(nonces).size;
  requests += nonces.length;
  repeated += equal;
  affected += equal > 0 ? 1 : 0;
}
server.closeAllConnections();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/ccxt/package.json', 'utf8'));
console.log('ccxt', version);
console.log(`${PROGRAMS} programs of ${CALLS} private calls at once: ${requests} requests`);
console.log(`  ${repeated} nonces were used before, in ${affected} of the programs`);
console.log('expected: none');
const same = requests === PROGRAMS * CALLS && repeated > 0;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
