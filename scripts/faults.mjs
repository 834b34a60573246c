// `npm run faults`: all faults of processes that share a limit on a server of Redis, 10 000 random
// sequences of calls, and a hundred kills of a local hub; then all tests of shared limits on each
// other server that set-up can install. `npm test -- shared exchange` has a part.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/project.mjs';
import { ask, run } from './lib/run.mjs';
import { otherServers } from './setup/redis-servers.mjs';
import { setup } from './setup.mjs';

await setup(['node', 'wasm', 'redis', 'redisClients', 'redisServers', 'faketime']);
const { build } = await import('./build.mjs');
await build();

/** @param {string[]} files @param {NodeJS.ProcessEnv} env */
async function test(files, env) {
  const argv = [process.execPath, '--test', '--test-reporter=spec', ...files];
  const { code } = await run(argv, { env, echo: true, minutes: 60 });
  if (code !== 0) process.exitCode = code;
}

const files = [
  'tests/shared/faults.test.mjs',
  'tests/shared/failover.test.mjs',
  'tests/shared/ledger.test.mjs',
  'tests/exchange/safety/local-kills.test.mjs',
];
await test(files, { ALL_FAULTS: '1', SEQUENCES: process.env.SEQUENCES ?? '10000' });

const shared = readdirSync(join(root, 'tests', 'shared'))
  .filter((name) => name.endsWith('.test.mjs') && name !== 'servers.test.mjs')
  .map((name) => `tests/shared/${name}`);
for (const server of otherServers()) {
  process.stdout.write(`\n${ask(server, ['--version'])}\n`);
  await test(shared, { REDIS_SERVER: server });
}
