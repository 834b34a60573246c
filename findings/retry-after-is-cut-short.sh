#!/usr/bin/env bash
# ky and undici send a refused request again before Retry-After allows it.
#
# Expected: after a 429 with Retry-After: 120 a client waits 120 s or gives up. `maxRetryAfter`
# (ky, got) and `maxTimeout` (undici, 30 s by default) bound how long the caller is ready to wait.
# Observed: got gives up when Retry-After exceeds the bound. ky and undici use the bound in place
# of Retry-After and send the request again too early. The same option name, `maxRetryAfter`, has
# these two opposite effects in got and ky. In undici the default does it: a pause of two minutes
# becomes one of 30 s. This script sets bounds of 1 s against a Retry-After of 3 s.
# Why it matters: Binance bans IP addresses (418) that go on sending after a 429, for two minutes
# to three days. A retry option that looks careful leads there.
#
# Packages: ky 1.14.3 (2.1.0 alike), undici 7.30.2, for comparison got 14.6.6. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  ky@1.14.3 \
  undici@7.30.2 \
  got@14.6.6

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import got from 'got';
import ky from 'ky';
import { Agent, interceptors, request } from 'undici';

let hits = [];
const server = createServer((_request, response) => {
  hits.push(performance.now());
  response.writeHead(429, { 'retry-after': '3' });
  response.end();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

const dispatcher = new Agent().compose(interceptors.retry({ maxRetries: 1, maxTimeout: 1000 }));
const clients = {
  ky: () => ky(url, { retry: { limit: 1, maxRetryAfter: 1000 } }),
  undici: () => request(url, { dispatcher }),
  got: () => got(url, { retry: { limit: 1, maxRetryAfter: 1000 } }),
};
const early = {};
for (const [name, send] of Object.entries(clients)) {
  hits = [];
  const outcome = await send().then(
    () => 'answered',
    (error) => error.name,
  );
  const gaps = hits.slice(1).map((at, index) => Math.round(at - hits[index]));
  early[name] = gaps.length > 0 && gaps.every((gap) => gap >= 900 && gap < 2500);
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  const sent = gaps.length > 0 ? `sent again after ${gaps.join(', ')} ms` : 'not sent again';
  console.log(`${name} ${version}: ${sent} (Retry-After: 3000 ms), then ${outcome}`);
}
await dispatcher.close();
server.closeAllConnections();
server.close();

console.log('expected: not sent again before 3000 ms');
const same = early.ky && early.undici && hits.length === 1;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
