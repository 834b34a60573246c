// The guide's sample of fake timers, unchanged, in each version of the tools that it names.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { fakeTimersPackage } from '../../scripts/setup/fake-timers.mjs';
import { runtime } from '../../scripts/setup/runtimes.mjs';
import { install, root, run, runAsync } from './project.mjs';

const project = install();
after(project.remove);

const inWorkspace = (/** @type {string} */ name) => join(root, 'node_modules', name);

/**
 * The folder of each version, and the Node that it needs if not the one that runs the tests.
 * @type {Record<'vitest' | 'jest' | 'sinon', { version: string, folder: string, node?: string }[]>}
 */
const TOOLS = {
  vitest: [
    ...['1', '2', '3'].map((version) => ({
      version,
      folder: fakeTimersPackage(`vitest${version}`),
    })),
    { version: '4', folder: inWorkspace('vitest') },
    { version: '5', folder: fakeTimersPackage('vitest5'), node: runtime('NODE22') },
  ],
  jest: [
    { version: '29', folder: fakeTimersPackage('jest29') },
    { version: '30', folder: inWorkspace('jest') },
  ],
  sinon: [
    ...['15', '16', '17', '18', '19', '20', '21'].map((version) => ({
      version,
      folder: fakeTimersPackage(`sinon${version}`),
    })),
    { version: '22', folder: inWorkspace('sinon') },
  ],
};

const guide = readFileSync(join(root, 'docs', 'guides', 'fake-timers.md'), 'utf8');
const sample = [...guide.matchAll(/^```js\n(.*?)^```$/gms)]
  .map(({ 1: code = '' }) => code)
  .find((code) => code.includes('useFakeTimers'));

/**
 * The sample for a tool; comments hold the lines that replace those for Vitest.
 * @param {'Vitest' | 'Jest' | 'Sinon'} tool
 */
function sampleFor(tool) {
  assert.ok(sample, 'the guide has a sample of fake timers');
  const lines = sample.split('\n');
  const kept = tool === 'Vitest' ? lines : lines.filter((line) => !line.includes('vi.'));
  return kept.map((line) => line.replace(`// ${tool}: `, '')).join('\n');
}

/** Wraps the sample into a test, which times out if a grant never comes. */
const wrapped = (/** @type {string} */ head, /** @type {string} */ code) => `
  ${head}
  test('the sample', async () => {
    ${code}
    expect(throttler.isRunning()).toBe(false);
    expect(throttler.getStatus().ORDERS.tokens).toBe(0);
  }, 5000);`;

const MODULES = `import { MultiThrottler, ThrottleRule } from 'multi-throttler';`;

/** Runs the sample with a tool; throws the tool's output if it fails. */
const runWith = {
  vitest(/** @type {string} */ folder, /** @type {string} */ tool, node = process.execPath) {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(tool, join(folder, 'node_modules', 'vitest'));
    const head = `import { expect, test, vi } from 'vitest'; ${MODULES}`;
    writeFileSync(join(folder, 'sample.test.mjs'), wrapped(head, sampleFor('Vitest')));
    return run(folder, node, join(tool, 'vitest.mjs'), 'run', '--root', folder);
  },
  jest(/** @type {string} */ folder, /** @type {string} */ tool) {
    writeFileSync(
      join(folder, 'package.json'),
      '{ "jest": { "haste": { "forceNodeFilesystemAPI": true } } }',
    );
    const head = `const { MultiThrottler, ThrottleRule } = require('multi-throttler');`;
    writeFileSync(join(folder, 'sample.test.js'), wrapped(head, sampleFor('Jest')));
    return run(
      folder,
      process.execPath,
      join(tool, 'bin', 'jest.js'),
      '--ci',
      '--runInBand',
      '--no-cache',
    );
  },
  sinon(/** @type {string} */ folder, /** @type {string} */ tool) {
    const sinon = JSON.stringify(pathToFileURL(join(tool, 'lib', 'sinon.js')).href);
    const check = 'if (throttler.isRunning()) throw new Error("still waiting"); clock.restore();';
    writeFileSync(
      join(folder, 'sample.mjs'),
      `import sinon from ${sinon}; ${MODULES}\n${sampleFor('Sinon')}\n${check}`,
    );
    // A promise that never settles ends the program with exit code 13.
    return run(folder, process.execPath, 'sample.mjs');
  },
};

describe('the versions that the guide names', () => {
  const named =
    /Vitest \((\d+) to (\d+)\), Jest \((\d+)\.5 and (\d+)\) and Sinon \((\d+) to (\d+)\)/.exec(
      guide,
    );
  const ends = Object.values(TOOLS).flatMap((versions) => [
    versions[0]?.version,
    versions.at(-1)?.version,
  ]);

  test('are the tested ones', () => {
    assert.deepEqual(named?.slice(1), ends);
  });

  for (const [name, versions] of Object.entries(TOOLS)) {
    for (const { version, folder, node } of versions) {
      test(`${name} ${version}`, () => {
        const installed = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
        assert.deepEqual([installed.name, installed.version.split('.')[0]], [name, version]);
        const place = mkdtempSync(join(project.folder, `${name}-${version}-`));
        runWith[/** @type {keyof typeof TOOLS} */ (name)](place, folder, node);
      });
    }
  }
});

test('Bun, with a throttler that was made before them', () => {
  const folder = mkdtempSync(join(project.folder, 'bun-'));
  writeFileSync(
    join(folder, 'sample.test.js'),
    `import { expect, jest, test } from 'bun:test';
    import { MultiThrottler, ThrottleRule } from 'multi-throttler';
    const throttler = new MultiThrottler([new ThrottleRule('ORDERS', 1, 1 / 1000)]);
    for (const turn of [1, 2]) {
      test('turn ' + turn, async () => {
        jest.useFakeTimers();
        throttler.setTokens('ORDERS', 1);
        await throttler.throttle({ ORDERS: 1 });
        let granted = false;
        const second = throttler.throttle({ ORDERS: 1 }).then(() => (granted = true));
        jest.advanceTimersByTime(999);
        await null;
        expect(granted).toBe(false);
        jest.advanceTimersByTime(1);
        await second;
        jest.useRealTimers();
      }, 5000);
    }`,
  );
  run(folder, runtime('BUN'), 'test', 'sample.test.js');
});

describe('the clock of the guide, which reads Date, with mock.timers of node:test', () => {
  const guide = readFileSync(join(root, 'docs', 'guides', 'fake-timers.md'), 'utf8');
  const clock = /^```js\n(const clock = .*?)^```$/ms.exec(guide)?.[1];

  for (const [name, node] of Object.entries({
    'this Node': process.execPath,
    'Node 22': runtime('NODE22'),
    'Node 24': runtime('NODE24'),
  })) {
    test(name, async () => {
      assert.ok(clock, 'the guide has a clock');
      const folder = mkdtempSync(join(project.folder, 'node-test-'));
      writeFileSync(
        join(folder, 'sample.test.mjs'),
        `import assert from 'node:assert/strict';
        import { test } from 'node:test';
        ${MODULES}
        test('the clock', { timeout: 5000 }, async (t) => {
          t.mock.timers.enable({ apis: ['Date', 'setTimeout'] });
          ${clock}
          await throttler.throttle({ ORDERS: 1 });
          let granted = false;
          const second = throttler.throttle({ ORDERS: 1 }).then(() => (granted = true));
          t.mock.timers.tick(999);
          await null;
          assert.equal(granted, false);
          t.mock.timers.tick(1);
          await second;
        });`,
      );
      // Node skips tests that it runs within a test.
      await runAsync(folder, [node, 'sample.test.mjs'], { NODE_TEST_CONTEXT: undefined });
    });
  }
});
