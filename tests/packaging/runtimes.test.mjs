// The package under runtimes other than browsers.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { runtime } from '../../scripts/setup/runtimes.mjs';
import { assertWaited } from './expected.mjs';
import { install, run, runAsync } from './project.mjs';
import { bundleForEdge, engineOf, serveWorker } from './workerd.mjs';

const project = install();
after(project.remove);
const app = project.app('app');

/** @type {[string, string][]} */
const NODES = [
  ['this Node', process.execPath],
  ['Node 22', runtime('NODE22')],
  ['Node 24', runtime('NODE24')],
];

/** @type {[string, string, ...string[]][]} */
const RUNTIMES = [
  ...NODES,
  ['Bun', runtime('BUN')],
  // Deno needs permission to read for `require`.
  ['Deno', runtime('DENO'), 'run', '--allow-read'],
];

for (const [name, program, ...args] of RUNTIMES) {
  for (const file of ['print.js', 'print.cjs']) {
    test(`${name}: ${file}`, () => {
      assertWaited(JSON.parse(run(app, program, ...args, file)));
    });
  }
}

for (const [name, program, ...args] of RUNTIMES) {
  test(`${name}: console.log shows rules and waiting requests`, () => {
    const text = run(app, program, ...args, 'console.js').replaceAll(/[\s"',]+/g, ' ');
    assert.equal(
      text.trim(),
      'MultiThrottler { mode: normal waiting: { critical: 0 normal: 1 low: 0 } ' +
        'rules: { orders: { tokens: 1 capacity: 4 utilization: 0.75 } } }',
    );
  });
}

for (const [name, program, ...args] of RUNTIMES) {
  const isNode = NODES.some(([node]) => node === name);
  const permission = name === 'Deno' ? ['--allow-net', '--allow-env', '--allow-sys'] : [];
  for (const thread of isNode ? ['main', 'worker'] : ['main']) {
    test(`${name}: answers of a gated client find their calls, ${thread} thread`, () => {
      const argv = [...args, ...permission, 'client.js', thread];
      const seen = { reports: 50, own: 50, paid: 51, isPaused: true, held: 0, isGated: false };
      // Other runtimes publish nothing of their `fetch`, whose results have no headers here.
      const fetched = isNode ? seen : { ...seen, own: 0 };
      assert.deepEqual(JSON.parse(run(app, program, ...argv)), { http: seen, fetch: fetched });
    });
  }
}

for (const [name, program] of NODES) {
  test(`${name}: 100 000 aborted waits keep no composite signal alive`, () => {
    assert.equal(run(app, program, '--expose-gc', 'composite-signals.js'), '0\n');
  });
}

test('Bun installs and runs the package', async () => {
  const folder = mkdtempSync(join(project.folder, 'bun-'));
  writeFileSync(
    join(folder, 'package.json'),
    '{ "name": "bun", "private": true, "type": "module" }',
  );
  await runAsync(folder, [runtime('BUN'), 'add', project.packed.tarball], {
    BUN_INSTALL_CACHE_DIR: join(folder, 'cache'),
  });
  writeFileSync(
    join(folder, 'main.ts'),
    `import { MultiThrottler, ThrottleRule } from 'multi-throttler';
    using throttler = new MultiThrottler([new ThrottleRule('a', 1, 1 / 20)]);
    await throttler.throttle({ a: 1 });
    await throttler.throttle({ a: 1 });
    console.log(Bun.resolveSync('multi-throttler', '.'));`,
  );
  assert.ok(run(folder, runtime('BUN'), 'main.ts').startsWith(folder));
});

const edge = join(app, 'edge.js');

// The earlier date has no `WeakRef`, which workerd has since May 2025.
for (const date of ['2025-01-01', '2026-01-01']) {
  test(`workerd of ${date}`, async () => {
    const { url, close } = await serveWorker(edge, { project: project.folder, date });
    try {
      const response = await fetch(url);
      assertWaited(await response.json());
    } finally {
      await close();
    }
  });
}

/**
 * Handles a request as an edge runtime does: in a realm that compiles neither text nor bytes.
 * @param {string} code of a CommonJS module
 * @param {object} [globals]
 */
function respond(code, globals) {
  const module = { exports: { default: { fetch: () => Promise.resolve(new Response()) } } };
  const usual = { performance, setTimeout, clearTimeout, atob, Response, TextDecoder, TextEncoder };
  const context = createContext(
    { module, ...usual, ...globals },
    { codeGeneration: { strings: false, wasm: false } },
  );
  runInContext(code, context);
  return module.exports.default.fetch();
}

test('an edge runtime', async () => {
  const module = new WebAssembly.Module(readFileSync(engineOf(project.folder)));
  const globals = {
    require: (/** @type {string} */ path) => (path === './engine.wasm?module' ? module : undefined),
    // Constructors of the realm that compiled the module.
    WebAssembly: { Module: WebAssembly.Module, Instance: WebAssembly.Instance },
  };
  const response = await respond(await bundleForEdge(edge, ['edge-light'], 'cjs'), globals);
  assertWaited(await response.json());
});

test('an edge runtime without its conditions reports the remedy', async () => {
  await assert.rejects(
    respond(await bundleForEdge(edge, [], 'cjs')).then(),
    (/** @type {any} */ error) => {
      assert.equal(error.code, 'WASM_UNAVAILABLE');
      assert.match(error.message, /`workerd` or `edge-light`/);
      return true;
    },
  );
});

for (const [without, prelude] of Object.entries({
  WebAssembly: '',
  'WebAssembly, encoder and decoder of text':
    'delete globalThis.TextEncoder; delete globalThis.TextDecoder;',
})) {
  test(`Node without ${without} reports the remedy`, () => {
    const script = `
      ${prelude}
      const { MultiThrottler, ThrottlerError } = require('multi-throttler');
      try { new MultiThrottler([]) } catch (error) {
        console.log(JSON.stringify([error instanceof ThrottlerError, error.code, error.message]));
      }`;
    const answer = JSON.parse(run(app, process.execPath, '--jitless', '--eval', script));
    assert.deepEqual(answer.slice(0, 2), [true, 'WASM_UNAVAILABLE']);
    assert.match(answer[2], /--jitless/);
  });
}
