#!/usr/bin/env bash
# The package hyperliquid signs an action that nobody asked for, with the trader's key.
#
# Expected: an SDK signs what its caller tells it to. One cancel is one action.
# Observed: the first order or cancel of a client starts a timer that signs and sends a second
# action in the background: setReferrer, with a code from the package. No option turns it off, and
# the only trace of it in the code is in a look-up of assets.
# Why it matters: a referrer gets a share of the fees. The action also takes a nonce and counts
# against the limit of actions of the address. In this version the code reads PLACEHOLDER.
#
# Package: hyperliquid 1.7.7. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  hyperliquid@1.7.7

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { BASE_URLS, Hyperliquid } from 'hyperliquid';

const ANSWERS = {
  metaAndAssetCtxs: [{ universe: [{ name: 'BTC' }] }, []],
  spotMetaAndAssetCtxs: [{ tokens: [], universe: [] }, []],
};
const actions = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { type, action, signature } = JSON.parse(body);
  if (action) actions.push({ action, signed: signature !== undefined });
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(ANSWERS[type] ?? { status: 'ok', response: { type: 'default' } }));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
BASE_URLS.PRODUCTION = `http://127.0.0.1:${server.address().port}`;

const privateKey = '11'.repeat(32);
const client = new Hyperliquid({ enableWs: false, privateKey, disableAssetMapRefresh: true });
await client.exchange.cancelOrder({ coin: 'BTC-PERP', o: 1 });
for (let i = 0; i < 50 && actions.length < 2; i++) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
server.closeAllConnections();
server.close();
client.disconnect();

const { version } = JSON.parse(readFileSync('node_modules/hyperliquid/package.json', 'utf8'));
console.log(`hyperliquid ${version}, after one call of cancelOrder; expected: cancel`);
for (const { action, signed } of actions) {
  console.log(`  ${signed ? 'signed' : 'unsigned'}: ${JSON.stringify(action)}`);
}
const same =
  actions.length === 2 &&
  actions[0].action.type === 'cancel' &&
  actions[1].action.type === 'setReferrer' &&
  actions[1].signed;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
