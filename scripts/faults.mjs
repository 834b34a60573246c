// `npm run faults`: all faults of processes that share a limit on a server of Redis, 10 000 random
// sequences of calls, and a hundred kills of a local hub. `npm test -- shared exchange` has a part.

import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

await setup(['node', 'wasm', 'redis', 'redisClients']);
const { build } = await import('./build.mjs');
await build();
const files = [
  'tests/shared/faults.test.mjs',
  'tests/shared/ledger.test.mjs',
  'tests/exchange/safety/local-kills.test.mjs',
];
const { code } = await run([process.execPath, '--test', '--test-reporter=spec', ...files], {
  env: { ALL_FAULTS: '1', SEQUENCES: process.env.SEQUENCES ?? '10000' },
  echo: true,
  minutes: 60,
});
process.exitCode = code;
