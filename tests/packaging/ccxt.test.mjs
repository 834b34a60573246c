// The adapter for ccxt, installed: with each kind of module, and with both ends of the peer range.

import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { install, root, run } from './project.mjs';

const project = install();
after(project.remove);

const VERSIONS = ['ccxt', 'ccxt-oldest'];
for (const name of VERSIONS) {
  symlinkSync(join(root, 'node_modules', name), join(project.folder, 'node_modules', name), 'dir');
}

const versionOf = (/** @type {string} */ name) =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;

test('the tested versions are the ends of the peer range', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'pkg', 'package.json'), 'utf8'));
  assert.equal(manifest.peerDependencies.ccxt, '>=4');
  assert.match(versionOf('ccxt-oldest'), /^4\.0\./);
  assert.match(versionOf('ccxt'), /^4\.5\./);
});

/**
 * A program that calls an exchange with responses of its own: two that succeed, and one that is
 * refused. The throttler comes from `require` and the adapter from `import`, or the other way
 * round.
 */
const program = (/** @type {string} */ ccxt, /** @type {string[]} */ [throttlerBy, adapterBy]) => `
import { createRequire } from 'node:module';
const by = { require: createRequire(import.meta.url), import: (name) => import(name) };
const { MultiThrottler, rollingWindow } = await by.${throttlerBy}('multi-throttler');
const { attachThrottler } = await by.${adapterBy}('multi-throttler/ccxt');
const { default: ccxt } = await import('${ccxt}');

const answers = [
  { status: 200, body: '{"serverTime":1}', headers: { 'x-mbx-used-weight-1m': '77' } },
  { status: 200, body: '{}' },
  { status: 429, body: '{"code":-1003}', headers: { 'retry-after': '60' } },
];
const exchange = new ccxt.binance();
exchange.fetchImplementation = async () => {
  const { status, body, headers } = answers.shift();
  return new Response(body, { status, headers });
};
const throttler = new MultiThrottler([rollingWindow({ id: 'REQUEST_WEIGHT', limit: 500, interval: 60_000 })], {
  headers: (headers) => {
    const used = headers.get('x-mbx-used-weight-1m');
    return used ? [{ rule: 'REQUEST_WEIGHT', used: Number(used) }] : [];
  },
});
// A rule that is there, rules that are added, and one that is removed while an answer is awaited.
const { detach } = attachThrottler(exchange, { throttler, maxWait: 1000 });
await exchange.publicGetTime();
const left = throttler.getStatus().REQUEST_WEIGHT.tokens;
throttler.removeRule('ORDERS');
await exchange.publicGetPing();
const refused = await exchange.publicGetPing().catch((error) => error.constructor.name);
const bounded = await exchange.publicGetPing().catch(({ code, name }) => [code, name]);
detach();
console.log(JSON.stringify({ left, refused, bounded, answers: answers.length }));
process.exit();
`;

for (const name of VERSIONS) {
  for (const ways of [
    ['require', 'import'],
    ['import', 'require'],
    ['import', 'import'],
    ['require', 'require'],
  ]) {
    test(`throttler by ${ways[0]}, adapter by ${ways[1]}, ccxt ${versionOf(name)}`, () => {
      const file = join(project.folder, `${name}-${ways.join('-')}.mjs`);
      writeFileSync(file, program(name, ways));
      assert.deepEqual(JSON.parse(run(project.folder, process.execPath, file)), {
        left: 423,
        refused: 'DDoSProtection',
        bounded: ['WAIT_TIMEOUT', 'RateLimitExceeded'],
        answers: 0,
      });
    });
  }
}

test('an exchange takes one throttler, also of two copies of the package', () => {
  const file = join(project.folder, 'two-copies.mjs');
  const script = `
    import { createRequire } from 'node:module';
    import ccxt from 'ccxt';
    import { attachThrottler } from 'multi-throttler/ccxt';
    const other = createRequire(import.meta.url)('multi-throttler/ccxt');
    const exchange = new ccxt.binance();
    const codes = [];
    for (const [first, second] of [[attachThrottler, other.attachThrottler], [other.attachThrottler, attachThrottler]]) {
      const { detach } = first(exchange);
      try { second(exchange); } catch ({ code, message }) { codes.push([code, message]); }
      detach();
    }
    attachThrottler(exchange);
    console.log(JSON.stringify(codes));
    process.exit();`;
  writeFileSync(file, script);
  const error = [
    'INVALID_CONFIG',
    'exchange must be one without a throttler; detach it first, got an object',
  ];
  assert.deepEqual(JSON.parse(run(project.folder, process.execPath, file)), [error, error]);
});
