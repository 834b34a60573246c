// `npm run compare`: the same job on the simulated Binance with multi-throttler, ccxt's own
// throttling and other limiters.

import { build } from './build.mjs';
import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

await setup(['node', 'wasm']);
await build();
// Runs in a separate process, whose clock is replaced.
const { code } = await run([process.execPath, 'examples/compare/main.mjs'], {
  echo: true,
  minutes: 10,
});
process.exitCode = code;
