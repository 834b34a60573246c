// The package under runtimes other than browsers.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { runtime } from '../../scripts/setup/runtimes.mjs';
import { assertWaited } from './expected.mjs';
import { install, run, runAsync } from './project.mjs';

const project = install();
after(project.remove);
const app = project.app('app');

for (const [name, program, ...args] of /** @type {[string, string, ...string[]][]} */ ([
  ['this Node', process.execPath],
  ['Node 22', runtime('NODE22')],
  ['Node 24', runtime('NODE24')],
  ['Bun', runtime('BUN')],
  // Deno needs permission to read for `require`.
  ['Deno', runtime('DENO'), 'run', '--allow-read'],
])) {
  for (const file of ['print.js', 'print.cjs']) {
    test(`${name}: ${file}`, () => {
      assertWaited(JSON.parse(run(app, program, ...args, file)));
    });
  }
}

for (const [name, program] of /** @type {[string, string][]} */ ([
  ['this Node', process.execPath],
  ['Node 22', runtime('NODE22')],
  ['Node 24', runtime('NODE24')],
])) {
  test(`${name}: 100 000 aborted waits keep no composite signal alive`, () => {
    assert.equal(run(app, program, '--expose-gc', 'composite-signals.js'), '0\n');
  });
}

test('Bun installs and runs the package', async () => {
  const folder = mkdtempSync(join(project.folder, 'bun-'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "bun", "private": true, "type": "module" }');
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

/**
 * Bundles the app into one file with the conditions of an edge runtime; the wasm stays a separate
 * file.
 * @param {string[]} conditions
 * @param {'esm' | 'cjs'} format
 */
async function bundle(conditions, format = 'esm') {
  const { outputFiles } = await build({
    entryPoints: [join(app, 'edge.js')],
    bundle: true,
    write: false,
    format,
    conditions,
    external: ['*.wasm?module'],
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

const wasm = join(project.folder, 'node_modules', 'multi-throttler', 'edge', 'engine.wasm');

// The earlier date has no `WeakRef`, which workerd has since May 2025.
for (const compatibility of ['2025-01-01', '2026-01-01'])
  test(`workerd of ${compatibility}`, async () => {
    writeFileSync(join(app, 'worker.mjs'), await bundle(['workerd']));
    writeFileSync(join(app, 'engine.wasm'), readFileSync(wasm));
    writeFileSync(
      join(app, 'config.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .app)],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
    );
    const app :Workerd.Worker = (
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "engine.wasm?module", wasm = embed "engine.wasm"),
      ],
      compatibilityDate = "${compatibility}",
    );`,
    );
    const child = spawn(runtime('WORKERD'), ['serve', 'config.capnp', '--control-fd=3'], {
      cwd: app,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
    });
    try {
      const port = await new Promise((resolve, reject) => {
        child.once('exit', (code) => reject(new Error(`workerd ended with ${code}`)));
        // workerd reports its port once.
        child.stdio[3]?.once('data', (line) => resolve(JSON.parse(line).port));
      });
      const response = await fetch(`http://127.0.0.1:${port}/`);
      assertWaited(await response.json());
    } finally {
      child.kill();
    }
  });

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
  const module = new WebAssembly.Module(readFileSync(wasm));
  const globals = {
    require: (/** @type {string} */ path) => (path === './engine.wasm?module' ? module : undefined),
    // Constructors of the realm that compiled the module.
    WebAssembly: { Module: WebAssembly.Module, Instance: WebAssembly.Instance },
  };
  const response = await respond(await bundle(['edge-light'], 'cjs'), globals);
  assertWaited(await response.json());
});

test('an edge runtime without its conditions reports the remedy', async () => {
  await assert.rejects(respond(await bundle([], 'cjs')).then(), (/** @type {any} */ error) => {
    assert.equal(error.code, 'WASM_UNAVAILABLE');
    assert.match(error.message, /`workerd` or `edge-light`/);
    return true;
  });
});

for (const [without, prelude] of Object.entries({
  WebAssembly: '',
  'WebAssembly, encoder and decoder of text': 'delete globalThis.TextEncoder; delete globalThis.TextDecoder;',
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
