// The test suites of `npm test`, in order. To add a suite, add an entry.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { read, root, toolsDir } from '../lib/project.mjs';
import { findBrowser } from '../setup/browser.mjs';
import { nodeCounts, rustCounts, vitestCounts } from './counts.mjs';

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {string} about
 * @property {import('../setup.mjs').Part[]} setup parts that it needs
 * @property {string[]} [after] suites it builds upon, which run too if it is selected; they come
 *   before it
 * @property {true} [alone] whether it measures, and so runs by itself
 * @property {() => { argv: string[], env?: NodeJS.ProcessEnv }} command
 * @property {(text: string) => import('./counts.mjs').Counts | undefined} [counts] absent for a
 *   step without tests, which only has to succeed
 */

/**
 * A fixed seed for random cases, so that no result depends on chance; another seed tries other
 * cases.
 */
const SAME_CASES = { PROPTEST_RNG_SEED: process.env.PROPTEST_RNG_SEED ?? '1' };

/** @type {Suite[]} */
export const suites = [
  {
    name: 'rust',
    about: 'the engine on this machine: unit, integration, property and documentation tests',
    setup: ['rust'],
    // Without --release, which would leave out overflow checks and debug assertions. Its link-time
    // optimisation of every test binary would also take longer than the tests.
    command: () => ({
      argv: ['cargo', 'test', '--locked', '--workspace', '--no-fail-fast'],
      env: SAME_CASES,
    }),
    counts: rustCounts,
  },
  {
    name: 'build',
    about: 'the npm package, which the next suites need',
    setup: ['node', 'wasm'],
    command: () => ({ argv: [process.execPath, 'scripts/build.mjs'] }),
  },
  {
    name: 'scripts',
    about: 'set-up, releases, benchmarks and the check of prose',
    setup: ['node'],
    command: () => nodeTests('tests/scripts'),
    counts: nodeCounts,
  },
  {
    name: 'ts',
    about: 'the TypeScript class and its types',
    setup: ['node', 'wasm'],
    after: ['build'],
    command: () => ({ argv: ['vitest', 'run'] }),
    counts: vitestCounts,
  },
  {
    name: 'packaging',
    about:
      'the packed package in projects of many kinds, under many runtimes, and in pages of three browsers',
    setup: ['node', 'wasm', 'browser', 'firefox', 'webkit', 'runtimes', 'fakeTimers', 'react18'],
    after: ['build'],
    command: () => nodeTests('tests/packaging', 3),
    counts: nodeCounts,
  },
  {
    name: 'wasm-node',
    about: 'the Rust class as wasm, in Node',
    setup: ['node', 'wasm', 'wasmPack'],
    command: () => wasmPack(['--node'], 'wasm_node'),
    counts: rustCounts,
  },
  {
    name: 'wasm-browser',
    about: 'the Rust class as wasm, in headless Chromium',
    setup: ['node', 'wasm', 'wasmPack', 'browser'],
    command: browserTests,
    counts: rustCounts,
  },
  {
    name: 'dashboard',
    about: 'the dashboard in pages of three browsers, and its pictures',
    setup: ['node', 'wasm', 'browser', 'firefox', 'webkit'],
    after: ['build'],
    command: () => nodeTests('tests/dashboard'),
    counts: nodeCounts,
  },
  {
    name: 'docs',
    about: 'the site of the documentation: links, search and playground in Chromium',
    setup: ['node', 'wasm', 'browser', 'docs'],
    after: ['build'],
    command: () => nodeTests('tests/docs'),
    counts: nodeCounts,
  },
  {
    name: 'exchange',
    about: 'the package against simulated exchanges',
    setup: ['node', 'wasm'],
    after: ['build'],
    alone: true,
    command: () => nodeTests('tests/exchange'),
    counts: nodeCounts,
  },
  {
    name: 'clients',
    about: 'the package in front of exchange SDKs and HTTP clients',
    setup: ['node', 'wasm', 'clients'],
    after: ['build'],
    alone: true,
    command: () => nodeTests('tests/clients'),
    counts: nodeCounts,
  },
  {
    name: 'shared',
    about: 'one limit for many processes, on a real server of Redis',
    setup: ['node', 'wasm', 'redis', 'redisClients', 'redisServers'],
    after: ['build'],
    alone: true,
    command: () => nodeTests('tests/shared'),
    counts: nodeCounts,
  },
];

/**
 * @param {string[]} where
 * @param {string} target
 * @param {NodeJS.ProcessEnv} [env]
 */
function wasmPack(where, target, env) {
  const forCargo = ['--locked', '--test', target];
  return {
    // In closed networks wasm-pack warns that it cannot look for updates, so only errors are shown.
    argv: [
      'wasm-pack',
      '--log-level',
      'error',
      'test',
      '--mode',
      'no-install',
      ...where,
      '--',
      ...forCargo,
    ],
    env: { WASM_PACK_CACHE: join(toolsDir, 'cache'), ...env },
  };
}

/**
 * Names the browser that fits the driver; by itself the driver takes the first one that it finds.
 */
function browserTests() {
  const found = findBrowser();
  if (!found) throw new Error('no browser with a driver of the same major version');
  const capabilities = JSON.parse(read('webdriver.json'));
  capabilities['goog:chromeOptions'].binary = found.chrome;
  const file = join(toolsDir, 'webdriver.json');
  mkdirSync(toolsDir, { recursive: true });
  writeFileSync(file, JSON.stringify(capabilities));
  return wasmPack(
    ['--headless', '--chrome', '--chromedriver', found.chromedriver],
    'wasm_browser',
    {
      WASM_BINDGEN_TEST_WEBDRIVER_JSON: file,
      // Seconds; the defaults, 20 for all tests and 5 for the driver, are too short on a busy
      // machine.
      WASM_BINDGEN_TEST_TIMEOUT: '300',
      WASM_BINDGEN_TEST_DRIVER_TIMEOUT: '60',
    },
  );
}

/**
 * Runs the tests of a folder with node:test. Files are listed here, as Node 20 does not expand
 * patterns, and without files it would run every test that it finds. Several files run at once even
 * where Node would run one, as on two cores, because these tests mostly wait for other processes.
 * @param {string} folder
 * @param {number} [least] files that run at once at least
 */
function nodeTests(folder, least = 2) {
  const names = /** @type {string[]} */ (readdirSync(join(root, folder), { recursive: true }));
  const files = names.filter(
    (name) => name.endsWith('.test.mjs') && !name.includes('node_modules'),
  );
  if (files.length === 0) throw new Error(`no *.test.mjs in ${folder}`);
  const paths = files.sort().map((name) => `${folder}/${name}`);
  const atOnce = Math.max(least, availableParallelism() - 1);
  return {
    argv: [
      process.execPath,
      '--test',
      `--test-concurrency=${atOnce}`,
      '--test-reporter=spec',
      ...paths,
    ],
  };
}
