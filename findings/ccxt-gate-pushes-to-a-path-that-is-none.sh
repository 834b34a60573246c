#!/usr/bin/env bash
# ccxt sends Gate's transfer to another user to a path that Gate does not have.
#
# Expected: `privateWithdrawalsPostPush` posts to `/api/v4/withdrawals/push`, the path of "UID
# transfer" in Gate's documentation (gate.com/docs/developers/apiv4, "Withdrawal") and in its SDK
# (gate-api 7.2.144, `withdrawalApi.js`).
# Observed: it posts to `/api/v4/push`. ccxt leaves the name of the section out of the paths of
# withdrawals, as the path of a withdrawal is just `/api/v4/withdrawals`.
# Why it matters: a transfer that a program makes by this method fails with 404 each time. A cost
# table by path, such as that of a rate limiter, does not find the endpoint either.
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

const paths = [];
const server = createServer((request, response) => {
  paths.push(`${request.method} ${request.url}`);
  response.setHeader('content-type', 'application/json');
  response.end('{}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

const exchange = new ccxt.gate({ apiKey: 'key', secret: 'secret' });
exchange.urls.api.private.withdrawals = `http://127.0.0.1:${server.address().port}/api/v4`;
const transfer = { currency: 'USDT', amount: '1', receive_uid: 2 };
await exchange.privateWithdrawalsPostPush(transfer);
await exchange.privateWithdrawalsPostWithdrawals({ currency: 'USDT', amount: '1' });
server.closeAllConnections();
server.close();

const { version } = JSON.parse(readFileSync('node_modules/ccxt/package.json', 'utf8'));
console.log('ccxt', version);
console.log(`a transfer goes to ${paths[0]}, a withdrawal to ${paths[1]}`);
console.log('expected: POST /api/v4/withdrawals/push, POST /api/v4/withdrawals');
const same = paths.join() === 'POST /api/v4/push,POST /api/v4/withdrawals';
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
