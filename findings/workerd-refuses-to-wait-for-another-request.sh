#!/usr/bin/env bash
# workerd answers 500 to a request that waits for another request and for nothing else.
#
# Expected: a queue in module scope works in a Worker as in any server: one request waits for a
# promise, a later request resolves it, as when it hands on its turn at a shared limit.
# Observed: workerd looks only at what the waiting request itself has pending. With neither a timer
# nor a subrequest of its own it counts as hung, and is answered with 500 within milliseconds,
# although another request that is already running would resolve the promise 300 ms later. A timer
# that does nothing, kept until the promise is resolved, is enough to be served.
# Why it matters: a rate limiter shared by the requests of a Worker passes every test in Node, then
# refuses those orders in production that have to wait for a place held by another request.
#
# Package: workerd 1.20261117.1, the runtime of Cloudflare Workers. Date: 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  workerd@1.20261117.1

cat >probe.mjs <<'PROBE'
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import runtime from 'workerd';

// A free port of the loopback interface.
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address();
    server.close(() => resolve(free));
  });
});
const origin = `http://127.0.0.1:${port}`;

writeFileSync(
  'worker.mjs',
  `
let handOn;
const turn = () => new Promise((resolve) => { handOn = resolve; });
const paths = {
  '/ready': async () => 'ready',
  '/waits': async () => { await turn(); return 'served'; },
  '/waits-beside-a-timer': async () => {
    const timer = setInterval(() => {}, 50);
    await turn();
    clearInterval(timer);
    return 'served';
  },
  '/hands-on': async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    handOn();
    return 'handed on';
  },
};
export default {
  async fetch(request) {
    return new Response(await paths[new URL(request.url).pathname]());
  },
};
`,
);
writeFileSync(
  'worker.capnp',
  `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .mainWorker) ],
  sockets = [ (name = "http", address = "127.0.0.1:${port}", http = (), service = "main") ]
);
const mainWorker :Workerd.Worker = (
  modules = [ (name = "worker.mjs", esModule = embed "worker.mjs") ],
  compatibilityDate = "2026-11-01"
);
`,
);

const workerd = spawn(runtime.default, ['serve', 'worker.capnp'], { stdio: 'ignore' });
const get = async (path) => {
  const start = performance.now();
  const response = await fetch(origin + path, { signal: AbortSignal.timeout(5000) });
  await response.text();
  return { status: response.status, took: Math.round(performance.now() - start) };
};
const results = {};
try {
  for (let tries = 0; ; tries += 1) {
    const ready = await get('/ready').catch(() => undefined);
    if (ready?.status === 200) break;
    if (tries === 50) throw new Error('workerd did not start');
    await delay(100);
  }
  for (const path of ['/waits', '/waits-beside-a-timer']) {
    const handsOn = get('/hands-on');
    await delay(100);
    results[path] = await get(path);
    await handsOn;
  }
} finally {
  workerd.kill();
}

const { version } = JSON.parse(readFileSync('node_modules/workerd/package.json', 'utf8'));
console.log('workerd', version);
for (const [path, { status, took }] of Object.entries(results)) {
  console.log(`${path}: ${status} after ${took} ms; expected 200 after some 200 ms`);
}
const same = results['/waits'].status === 500 && results['/waits-beside-a-timer'].status === 200;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
