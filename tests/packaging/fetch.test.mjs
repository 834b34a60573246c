// throttledFetch with the fetch of each runtime, over HTTP.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { build } from 'esbuild';
import { runtime } from '../../scripts/setup/runtimes.mjs';
import { install, runAsync } from './project.mjs';

const project = install();
const app = project.app('app');
const socket = join(app, 'server.sock');

/** @type {Map<string, number>} requests by method and path */
const requests = new Map();

/** @type {import('node:http').RequestListener} */
const answer = async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { pathname, search } = new URL(request.url ?? '', 'http://server');
  const count = (requests.get(pathname) ?? 0) + 1;
  requests.set(pathname, count);
  if (pathname === '/never') return;
  if (pathname === '/204') return void response.writeHead(204).end();
  if (pathname === '/head') return void response.end();
  if (pathname === '/stream' || pathname === '/events') {
    const type = pathname === '/stream' ? 'application/json' : 'text/event-stream';
    response.writeHead(200, { 'content-type': type });
    response.write(pathname === '/stream' ? `{"a":${' '.repeat(20_000)}` : 'data: 1\n\n');
    return;
  }
  const { 'content-type': type = '', 'content-length': length, 'x-key': key } = request.headers;
  const through = request.url?.startsWith('http:')
    ? 'proxy'
    : search || (request.socket.remoteAddress ? '' : 'unix');
  response.writeHead(count === 1 ? 429 : 200, {
    'retry-after': '0',
    'content-type': 'application/json',
  });
  response.end(
    JSON.stringify({ body: String(Buffer.concat(chunks)), type, length, key, through, count }),
  );
};

const servers = [createServer(answer), createServer(answer)];
let url = '';

before(async () => {
  const listening = servers.map(
    (server) => new Promise((resolve) => server.once('listening', resolve)),
  );
  servers[0]?.listen(0, '127.0.0.1');
  servers[1]?.listen(socket);
  await Promise.all(listening);
  const address = /** @type {import('node:net').AddressInfo} */ (servers[0]?.address());
  url = `http://127.0.0.1:${address.port}`;
});
beforeEach(() => requests.clear());
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  project.remove();
});

/**
 * @param {any} results
 * @param {string} through the way that the runtime's own member of `init` makes a request take
 */
function assertResults(results, through) {
  const { bareText, bareRequest, text, bytes, blob, form, request, own, ...others } = results;
  for (const { body, length, count } of [text, bytes, blob, own]) {
    assert.deepEqual({ body, length, count }, { body: 'a=1', length: '3', count: 2 });
  }
  assert.equal(text.type, bareText.type);
  assert.equal(own.through, through);
  const boundary = /boundary="?([^"]+)"?$/.exec(form.type)?.[1] ?? '?';
  assert.equal(form.body.split(`--${boundary}`).length, 4);
  assert.match(form.body, /filename="a.txt"/);
  assert.equal(form.count, 2);
  assert.deepEqual(
    { body: request.body, key: request.key, count: request.count },
    { body: '{"side":"BUY"}', key: 'k', count: 2 },
  );
  assert.equal(request.type, bareRequest.type);
  assert.deepEqual(others, {
    isUsed: true,
    timeout: 'TimeoutError',
    timeoutOfRequest: 'TimeoutError',
    stream: '{"a":',
    events: 'data:',
    status204: 204,
    head: 200,
  });
}

for (const [
  name,
  through,
  program,
  ...args
] of /** @type {[string, string, string, ...string[]][]} */ ([
  ['this Node', '?dispatched', process.execPath, '--expose-gc'],
  ['Node 22', '?dispatched', runtime('NODE22'), '--expose-gc'],
  ['Node 24', '?dispatched', runtime('NODE24'), '--expose-gc'],
  ['Bun', 'unix', runtime('BUN')],
  ['Deno', 'proxy', runtime('DENO'), 'run', '--allow-all', '--v8-flags=--expose-gc'],
])) {
  test(name, async () => {
    const text = await runAsync(app, [program, ...args, 'fetch-main.js', url, socket], {});
    assertResults(JSON.parse(text), through);
  });
}

test('workerd', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(app, 'fetch-worker.js')],
    bundle: true,
    write: false,
    format: 'esm',
    conditions: ['workerd'],
    external: ['*.wasm?module'],
    logLevel: 'silent',
  });
  writeFileSync(join(app, 'fetch-bundle.js'), outputFiles[0]?.text ?? '');
  const wasm = join(project.folder, 'node_modules', 'multi-throttler', 'edge', 'engine.wasm');
  writeFileSync(join(app, 'engine.wasm'), readFileSync(wasm));
  writeFileSync(
    join(app, 'fetch.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = .app),
        (name = "outbound", worker = .outbound),
        (name = "local", network = (allow = ["private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );
    const app :Workerd.Worker = (
      modules = [
        (name = "worker.mjs", esModule = embed "fetch-bundle.js"),
        (name = "engine.wasm?module", wasm = embed "engine.wasm"),
      ],
      bindings = [(name = "TARGET", text = "${url}")],
      globalOutbound = "outbound",
      compatibilityDate = "2026-01-01",
    );
    const outbound :Workerd.Worker = (
      modules = [(name = "outbound.mjs", esModule = embed "fetch-outbound.js")],
      globalOutbound = "local",
      compatibilityDate = "2026-01-01",
    );`,
  );
  const child = spawn(runtime('WORKERD'), ['serve', 'fetch.capnp', '--control-fd=3'], {
    cwd: app,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  try {
    const port = await new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
      child.stdio[3]?.once('data', (line) => resolve(JSON.parse(line).port));
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assertResults(JSON.parse(text), '?XYZ');
  } finally {
    child.kill();
  }
});
