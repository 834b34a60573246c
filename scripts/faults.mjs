// `npm run faults`: all faults of processes that share a limit on a server of Redis, and 10 000
// random sequences of calls. `npm test -- shared` runs a part of them.

import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

await setup(['node', 'wasm', 'redis', 'redisClients']);
const { build } = await import('./build.mjs');
await build();
const files = ['faults', 'ledger'].map((name) => `tests/shared/${name}.test.mjs`);
const { code } = await run([process.execPath, '--test', '--test-reporter=spec', ...files], {
  env: { ALL_FAULTS: '1', SEQUENCES: process.env.SEQUENCES ?? '10000' },
  echo: true,
  minutes: 60,
});
process.exitCode = code;
