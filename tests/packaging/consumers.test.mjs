// Projects of various kinds; each waits for one grant.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { install, root, run } from './project.mjs';

const project = install();
after(project.remove);

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/**
 * @param {string} file
 * @param {string[]} flags
 */
const node = (file, ...flags) => JSON.parse(run(project.folder, process.execPath, ...flags, file));

const EXPORTS = [
  'CostExceedsCapacityError',
  'HoldTimeoutError',
  'InvalidConfigError',
  'InvalidCostError',
  'InvalidRuleError',
  'MultiThrottler',
  'QueueOverflowError',
  'ThrottleRule',
  'ThrottlerClosedError',
  'ThrottlerError',
  'TooManyKeysError',
  'UnknownRuleError',
  'WaitTimeoutError',
  // Internal: the other entry points are products of their own and import it from here.
  'checkFields',
  'checkPriority',
  'concurrency',
  'fixedWindow',
  'invalidConfig',
  'rollingWindow',
  'runTask',
  'spacing',
  'toThrottlerError',
  'tokenBucket',
  'wrapped',
];

test('import', () => {
  assert.deepEqual(node(join(project.fixture('esm'), 'main.js')), { waiting: 1, exports: EXPORTS });
});

test('require', () => {
  assert.deepEqual(node(join(project.fixture('cjs'), 'main.js')), { waiting: 1, exports: EXPORTS });
});

/** @param {string} name */
function compiled(name) {
  const folder = project.fixture(name);
  run(folder, process.execPath, tsc, '--project', '.');
  return node(join(folder, 'out', 'main.js'));
}

test('strict TypeScript, modules', () => {
  assert.deepEqual(compiled('ts-esm'), { waiting: 2, overflow: 1, capacity: 1 });
});

test('strict TypeScript, CommonJS', () => {
  assert.deepEqual(compiled('ts-cjs'), { waiting: 1, capacity: 1 });
});

test('TypeScript written for ccxt', () => {
  assert.deepEqual(compiled('ts-ccxt'), {
    waiting: 1,
    configured: true,
    refused:
      'Throttle queue is over maxCapacity (2), see https://github.com/ccxt/ccxt/issues/11645#issuecomment-1195695526',
    rules: ['weight', 'requests'],
  });
});

test('TypeScript rejects a program with wrong types', () => {
  const folder = project.fixture('ts-esm');
  const broken = `import { MultiThrottler } from 'multi-throttler';\nnew MultiThrottler([{ id: 1 }]);\n`;
  run(
    folder,
    process.execPath,
    '--eval',
    `require('fs').writeFileSync('main.ts', ${JSON.stringify(broken)})`,
  );
  assert.throws(
    () => run(folder, process.execPath, tsc, '--project', '.'),
    /main\.ts\(2,\d+\): error TS/,
  );
});

test('only exported paths can be imported', () => {
  const attempt = (/** @type {string} */ path) =>
    run(
      project.folder,
      process.execPath,
      '--eval',
      `try { require('${path}'); console.log('found') } catch (error) { console.log(error.code) }`,
    ).trim();
  assert.equal(attempt('multi-throttler/package.json'), 'found');
  assert.equal(attempt('multi-throttler/index.cjs'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
  assert.equal(attempt('multi-throttler/wasm'), 'ERR_PACKAGE_PATH_NOT_EXPORTED');
});

for (const code of [
  'new MultiThrottler([{ id: 1 }])',
  'new MultiThrottler([]).throttle({ a: 1 })',
]) {
  test(`an uncaught error prints only a few lines: ${code}`, () => {
    const script = `const { MultiThrottler } = require('multi-throttler'); ${code};`;
    assert.throws(
      () => run(project.folder, process.execPath, '--eval', script),
      ({ message }) => {
        assert.match(message, /^(InvalidRule|UnknownRule)Error: /m);
        assert.ok(message.length < 3000, `${message.length} characters`);
        return true;
      },
    );
  });
}

test('consoles print class names although code is minified', () => {
  const script = `
    const { inspect } = require('util');
    const { MultiThrottler, ThrottleRule } = require('multi-throttler');
    class Mine extends MultiThrottler {}
    const values = [new ThrottleRule('a', 1, 1), new MultiThrottler([]), new Mine([])];
    values[1].acquire({}).then((permit) => {
      console.log(JSON.stringify([...values, permit].map((value) => inspect(value).split(' ')[0])));
    });`;
  assert.deepEqual(JSON.parse(run(project.folder, process.execPath, '--eval', script)), [
    'ThrottleRule',
    'MultiThrottler',
    'Mine',
    'Permit',
  ]);
});

/** Runs `script` while counting all compilations and instantiations of wasm. */
const counted = (/** @type {string} */ script) => `
  const counts = { Module: 0, Instance: 0, compile: 0, instantiate: 0, instantiateStreaming: 0 };
  for (const name of Object.keys(counts)) {
    const original = WebAssembly[name];
    WebAssembly[name] = function (...args) {
      counts[name]++;
      return new.target ? Reflect.construct(original, args) : original.apply(WebAssembly, args);
    };
    if (original.prototype) WebAssembly[name].prototype = original.prototype;
  }
  const total = () => Object.values(counts).reduce((a, b) => a + b);
  const seen = [];
  (async () => {
    ${script}
    console.log(JSON.stringify({ seen, ...counts }));
  })();
`;

for (const load of [`await import('multi-throttler')`, `require('multi-throttler')`]) {
  test(`wasm is instantiated by the first throttler, once and synchronously: ${load}`, () => {
    const script = counted(`
      const { MultiThrottler, ThrottleRule } = ${load};
      new ThrottleRule('requests', 1, 1 / 20);
      seen.push(total());
      const throttler = new MultiThrottler([new ThrottleRule('requests', 1, 1 / 20)]);
      seen.push(throttler.getStatus().requests.tokens);
      const other = new MultiThrottler([]);
      throttler.throttle({ requests: 1 });
      await throttler.throttle({ requests: 1 });
    `);
    // Two modules: the decoder of the text, then the engine.
    assert.deepEqual(JSON.parse(run(project.folder, process.execPath, '--eval', script)), {
      seen: [0, 1],
      Module: 2,
      Instance: 2,
      compile: 0,
      instantiate: 0,
      instantiateStreaming: 0,
    });
  });
}

for (const [where, missing] of Object.entries({
  'as in a browser': ['Buffer'],
  'as under Jest with jsdom': ['Buffer', 'TextEncoder', 'TextDecoder'],
})) {
  test(`the engine works without ${missing}, ${where}`, () => {
    const script = `
      for (const name of ${JSON.stringify(missing)}) delete globalThis[name];
      const { MultiThrottler, ThrottleRule } = require('multi-throttler');
      const id = 'öäü € 😀';
      const throttler = new MultiThrottler([new ThrottleRule(id, 1, 1 / 20)]);
      throttler.throttle({ [id]: 1 });
      throttler.throttle({ [id]: 1 }).then(() =>
        throttler.throttle({ ['ä' + id.at(-1)]: 1 }).catch(({ message }) => console.log(JSON.stringify(message))),
      );`;
    assert.equal(
      JSON.parse(run(project.folder, process.execPath, '--eval', script)),
      // A lone surrogate becomes the replacement character.
      'Unknown throttle rule: ä\ufffd. Available rules: öäü € 😀',
    );
  });
}
