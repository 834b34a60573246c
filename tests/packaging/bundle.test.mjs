// The package inside of bundles.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildSync } from 'esbuild';
import * as client from 'multi-throttler/client';
import * as exchange from 'multi-throttler/exchange';
import { install, run } from './project.mjs';

const project = install();
after(project.remove);

/**
 * @param {string} code
 * @param {import('esbuild').BuildOptions} [options]
 */
function bundle(code, options) {
  const { outputFiles, warnings } = buildSync({
    stdin: { contents: code, resolveDir: project.folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
    ...options,
  });
  // esbuild warns that it drops an import without names, which the package intends.
  assert.deepEqual(
    warnings.filter(({ id }) => id !== 'ignored-bare-import'),
    [],
  );
  return outputFiles?.[0]?.text ?? '';
}

test('an unused import leaves no code', () => {
  assert.equal(
    bundle(`import { MultiThrottler, ThrottleRule } from 'multi-throttler';`).trim(),
    '',
  );
  assert.equal(bundle(`import 'multi-throttler';`).trim(), '');
});

test('rules and errors alone do not include the engine', () => {
  for (const name of ['ThrottleRule', 'QueueOverflowError', 'ThrottlerError']) {
    const text = bundle(`import { ${name} } from 'multi-throttler'; console.log(${name});`);
    assert.ok(text.length < 2500, `${name}: ${text.length}`);
    assert.ok(!text.includes('AGFzbQ'), name);
  }
});

const program = (/** @type {string} */ load) => `
  ${load}
  const throttler = new MultiThrottler([new ThrottleRule('requests', 1, 1 / 20)]);
  throttler.throttle({ requests: 1 });
  throttler.throttle({ requests: 1 }).then(() => console.log('granted', throttler.getQueueLength()));
`;

for (const [
  name,
  load,
  options,
] of /** @type {[string, string, import('esbuild').BuildOptions][]} */ ([
  ['modules for a browser', `import { MultiThrottler, ThrottleRule } from 'multi-throttler';`, {}],
  [
    'CommonJS for Node',
    `const { MultiThrottler, ThrottleRule } = require('multi-throttler');`,
    { format: 'cjs', platform: 'node' },
  ],
  [
    'one script, with older syntax',
    `import { MultiThrottler, ThrottleRule } from 'multi-throttler';`,
    { format: 'iife', target: 'es2020' },
  ],
])) {
  test(`a bundle of ${name} runs and has one engine`, () => {
    const file = join(project.folder, `bundle.${options.format === 'cjs' ? 'cjs' : 'mjs'}`);
    const text = bundle(program(load), options);
    assert.equal(text.split('AGFzbQ').length, 2, 'the engine is included once');
    writeFileSync(file, text);
    assert.equal(run(project.folder, process.execPath, file), 'granted 0\n');
  });
}

const lists = Object.entries(client).flatMap(([name, value]) =>
  typeof value === 'object' ? [/** @type {const} */ ([name, value])] : [],
);

for (const [list, value] of lists) {
  test(`a program that uses ${list} carries that one alone`, () => {
    const text = bundle(`import { ${list} } from 'multi-throttler/client'; console.log(${list});`);
    const carried = lists
      .map(([, { package: name }]) => name)
      .filter((name) => new RegExp(`package: ?"${name}"`).test(text));
    assert.deepEqual([...new Set(carried)], [value.package]);
    assert.ok(text.length < 20_000, `${text.length}`);
  });
}

const profiles = Object.entries(exchange).flatMap(([name, value]) =>
  typeof value === 'object' && 'costs' in value ? [name] : [],
);

for (const profile of profiles) {
  test(`a program that uses the profile ${profile} carries that one alone`, () => {
    const text = bundle(
      `import { ${profile} } from 'multi-throttler/exchange'; console.log(${profile});`,
    );
    const carried = profiles.filter((name) => new RegExp(`name:"${name}"`).test(text));
    assert.deepEqual(carried, [profile]);
    const engine = /"AGFzbQ[^"]*"/.exec(text)?.[0].length ?? 0;
    // A third of all profiles together.
    assert.ok(
      text.length - engine < 50_000,
      `${text.length - engine} characters without the engine`,
    );
  });
}
