// `npm run exchange` starts a simulated exchange for programs of any kind.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../scripts/exchange.mjs', import.meta.url));

/** @param {string} name */
async function start(name) {
  const child = spawn(process.execPath, [script, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  await once(child.stdout, 'data');
  const url = /http:\S+\d/.exec(text)?.[0];
  const stop = async () => {
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    return { code, last: text.trim().split('\n').at(-1) };
  };
  return { url, stop };
}

test('an exchange refuses what exceeds its limit, and tells the number at the end', async () => {
  const { url, stop } = await start('bitmex');
  const statuses = [];
  for (let n = 0; n < 125; n++) statuses.push((await fetch(`${url}/api/v1/instrument`)).status);
  const refused = statuses.filter((status) => status === 429).length;
  assert.ok(refused > 0, 'nothing was refused');
  assert.deepEqual(await stop(), { code: 0, last: `refused: ${refused}` });
});

test('the exchange of Binance spot answers as the real one does', async () => {
  const { url, stop } = await start('binance-spot');
  const response = await fetch(`${url}/api/v3/time`);
  assert.equal(response.headers.get('x-mbx-used-weight-1m'), '1');
  assert.deepEqual(await stop(), { code: 0, last: 'refused: 0' });
});

test('an unknown exchange and a wrong port are named', () => {
  const tried = (/** @type {string[]} */ ...args) => {
    const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
    return { status, stderr };
  };
  const unknown = tried('krakken');
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /must be one of .*kraken.*, got "krakken"/);
  assert.match(tried('kraken', '--port', '70000').stderr, /--port .* got "70000"/);
});

test('a port that is taken is named', async () => {
  const { url, stop } = await start('kraken');
  const { port } = new URL(url ?? '');
  const { status, stderr } = spawnSync(process.execPath, [script, 'kraken', '--port', port], {
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.match(stderr, new RegExp(`^cannot listen on port ${port}: .*EADDRINUSE`));
  await stop();
});
