// The samples of docs/guides/several-machines.md, on a real server.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load, startRedis } from './support/server.mjs';

const PAGE = new URL('../../docs/guides/several-machines.md', import.meta.url);

test('the sample of several machines pays at the server', async (context) => {
  const server = await startRedis();
  context.after(() => server.stop());
  const [, code = ''] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(PAGE, 'utf8')) ?? [];
  assert.match(code, /sharedThrottler/);
  const { Redis } = await load('ioredis');
  /** @type {any} */
  let client;
  class Kept extends Redis {
    /** @param {string} url */
    constructor(url) {
      super(url);
      client = this;
    }
  }
  const modules = /** @type {Record<string, () => Promise<unknown>>} */ ({
    ioredis: async () => ({ Redis: Kept }),
    'multi-throttler': () => import('multi-throttler'),
    'multi-throttler/redis': () => import('multi-throttler/redis'),
  });
  const process = {
    env: { REDIS_URL: `redis://:${server.password}@127.0.0.1:${server.port}` },
  };
  const AsyncFunction = /** @type {any} */ ((async () => {}).constructor);
  const body = code.replace(
    /^import (\{.*\}) from '(.*)';$/gm,
    (_, names, from) => `const ${names} = await modules['${from}']();`,
  );
  const run = new AsyncFunction('modules', 'process', `${body}\nreturn throttler;`);
  const throttler = await run(modules, process);
  const [key = ''] = /(?<=key: ').*(?=')/.exec(code) ?? [];
  const keys = await client.keys(`*${key}*`);
  assert.ok(keys.length > 0, `${await client.keys('*')}`);
  assert.equal(throttler.getStats().granted, 1);
  await throttler.close();
  client.disconnect();
});
