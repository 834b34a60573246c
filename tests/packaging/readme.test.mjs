// The samples of the README and of the pages for users, unchanged, with the installed package.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { ENTRIES } from '../../scripts/build/entries.mjs';
import { EXPORTS } from './expected.mjs';
import { install, root, run, specifier } from './project.mjs';

const project = install();
after(project.remove);

const PAGES = [
  'docs/concepts',
  'docs/exchanges',
  'docs/guides',
  'docs/migrating',
  'docs/reference',
];

/** The samples in JavaScript and TypeScript, each with its document and its first line. */
const samples = [
  'README.md',
  'docs/comparison.md',
  'docs/performance.md',
  ...PAGES.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
].flatMap((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)].map(({ 1: code = '', index }) => ({
    document: basename(path, '.md'),
    line: text.slice(0, index).split('\n').length + 1,
    code,
  }));
});

/**
 * Returns the exports of an entry point that have types: others are for the package's own files.
 * @param {string} entry
 * @returns {string[]}
 */
function publicNames(entry) {
  const types = readFileSync(join(root, 'pkg', `${entry}.d.mts`), 'utf8');
  return (EXPORTS[entry] ?? []).filter((/** @type {string} */ name) =>
    new RegExp(`\\b${name}\\b`).test(types),
  );
}

/** The entry point of each public name: the last one, for a name that several export. */
function owners() {
  return new Map(ENTRIES.flatMap((entry) => publicNames(entry).map((name) => [name, entry])));
}

/** Declarations that samples rely on: all exports, and surroundings of a bot. */
const ambient = `
${[...owners()]
  .map(([name, entry]) => `declare const ${name}: typeof import('${specifier(entry)}').${name};`)
  .join('\n')}
type ThrottleRule = import('multi-throttler').ThrottleRule;
declare const throttler: import('multi-throttler').MultiThrottler;
declare const rules: ThrottleRule[];
declare const [url, apiKey, secret]: string[];
declare const changedMyMind: boolean;
declare function fetchBook(symbol: string): Promise<object>;
declare function fetchDepth(symbol: string, limit: number): Promise<object>;
declare function readFile(path: string, encoding: string): Promise<string>;
declare function writeFile(path: string, text: string): Promise<void>;
declare const socket: WebSocket;
/** A tool for tests. */
declare const vi: any;
declare module 'ccxt';
declare module 'ioredis';
declare const process: { env: Record<string, string | undefined> };
declare module 'prom-client';
declare module '@opentelemetry/api';
declare module 'node:http';
/** Clients of exchanges and of HTTP. */
declare module 'axios';
declare module 'binance';
declare module 'got';
declare module 'ky';
declare const client: any;
declare const nodeFetch: typeof fetch;
declare const [address, txid]: string[];
/** Other limiters, and the request that samples throttle. */
declare module 'async-sema';
declare module 'bottleneck';
declare module 'limiter';
declare module 'p-queue';
declare module 'p-throttle';
declare function send(what: any): Promise<any>;
declare function sign(text: string): string;
declare const cascade: boolean;
/** Of examples/aster-limiter. */
declare const limiter: any;
declare const hummingbot: import('multi-throttler/compat').AsyncThrottler;
declare const ccxt: any;
declare const exchange: any;
declare module 'node:crypto' {
  export function createHmac(algorithm: string, key: string): any;
}
`;

test('every sample fits the types', () => {
  assert.ok(samples.length > 15, `${samples.length} samples`);
  const folder = join(project.folder, 'readme');
  mkdirSync(folder);
  cpSync(join(root, 'examples', 'aster-limiter'), join(folder, 'aster-limiter'), {
    recursive: true,
  });
  writeFileSync(join(folder, 'ambient.d.ts'), ambient);
  for (const { document, line, code } of samples) {
    writeFileSync(
      join(folder, `${document}-line-${line}.ts`),
      `${'\n'.repeat(line - 1)}${code}export {};\n`,
    );
  }
  const compilerOptions = {
    target: 'ES2022',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    module: 'ESNext',
    moduleResolution: 'Bundler',
    types: [],
    strict: true,
    // Samples are JavaScript, without types of parameters.
    noImplicitAny: false,
    noEmit: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  run(
    folder,
    process.execPath,
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '--project',
    '.',
  );
});

test('the first sample runs', () => {
  const file = join(project.folder, 'first.mjs');
  writeFileSync(
    file,
    `${samples[0]?.code}console.log(Object.keys(throttler.getStatus()).join(' '));`,
  );
  assert.equal(run(project.folder, process.execPath, file), 'REQUEST_WEIGHT ORDERS\n');
});

test('the sample of a clock runs without real time', () => {
  const sample = samples.find(({ code }) => code.includes('class ManualClock'));
  const file = join(project.folder, 'clock.mjs');
  const imports = "import { MultiThrottler, rollingWindow } from 'multi-throttler';";
  writeFileSync(file, `${imports}${sample?.code}console.log(clock.now(), throttler.isRunning());`);
  assert.equal(run(project.folder, process.execPath, file), '1001 false\n');
});
