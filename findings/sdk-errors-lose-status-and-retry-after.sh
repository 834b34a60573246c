#!/usr/bin/env bash
# Errors of three exchange SDKs do not say how long a refusal or a ban lasts.
#
# Expected: the error of a call that was answered with 429 or 418 has the HTTP status and
# Retry-After, since Binance asks to wait that long, and bans for up to three days those who do
# not.
# Observed: Binance's own @binance/spot throws an error class for each status, but without any
# header: neither in the error nor below it. okx-api throws the bare body, so a 429 cannot be told
# from a refusal in a 200. The package binance keeps the headers and drops the status: 429 (slow
# down) and 418 (banned) come out as equal objects.
# Why it matters: without these two figures a program can only guess a pause. Too short, and a ban
# grows; too long, and open positions are left alone.
#
# Packages: @binance/spot 32.0.4, okx-api 3.2.3, binance 3.6.5. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  @binance/spot@32.0.4 \
  okx-api@3.2.3 \
  binance@3.6.5

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { Spot } from '@binance/spot';
import { MainClient } from 'binance';
import { RestClient } from 'okx-api';

let status = 429;
const server = createServer((request, response) => {
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '120' });
  const okx = request.url.includes('/v5/');
  response.end(
    okx
      ? '{"code":"50011","msg":"Too Many Requests","data":[]}'
      : '{"code":-1003,"msg":"Too much"}',
  );
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}`;

const spot = new Spot({
  configurationRestAPI: { apiKey: 'key', apiSecret: 'secret', basePath: url },
});
const okx = new RestClient({ baseUrl: url });
const binance = new MainClient({ baseUrl: url });
const calls = {
  '@binance/spot': () => spot.restAPI.ticker24hr({ symbol: 'BTCUSDT' }),
  'okx-api': () => okx.getTicker({ instId: 'BTC-USDT' }),
  binance: () => binance.get24hrChangeStatistics({ symbol: 'BTCUSDT' }),
};

/** Whether a value or anything below it, hidden fields included, shows the given figure. */
const shows = (error, figure) =>
  new RegExp(`(?<![\\w.:])${figure}(?![\\w.:])`).test(
    inspect(error, { depth: 9, showHidden: true }),
  );

const found = {};
for (status of [429, 418]) {
  for (const [name, call] of Object.entries(calls)) {
    const error = await call().then(
      () => undefined,
      (thrown) => thrown,
    );
    const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    const facts = [error.constructor.name, shows(error, status), shows(error, 120)];
    found[`${name} ${status}`] = facts.join();
    console.log(`${name} ${version}, answer ${status} with Retry-After: 120`);
    console.log(
      `  thrown: ${facts[0]}, with the status: ${facts[1]}, with Retry-After: ${facts[2]}`,
    );
  }
}
server.closeAllConnections();
server.close();

const expected = {
  '@binance/spot 429': 'TooManyRequestsError,false,false',
  'okx-api 429': 'Object,false,false',
  'binance 429': 'Object,false,true',
  '@binance/spot 418': 'RateLimitBanError,false,false',
  'okx-api 418': 'Object,false,false',
  'binance 418': 'Object,false,true',
};
const same = JSON.stringify(found) === JSON.stringify(expected);
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
