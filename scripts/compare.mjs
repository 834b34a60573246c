// `npm run compare`: two jobs on simulated exchanges with multi-throttler, ccxt's own throttling
// and other limiters. `--write` puts the figures into README.md
// and docs/comparison.md.

import { build } from './build.mjs';
import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

await setup(['node', 'wasm']);
await build();
// Runs in a separate process, whose clock is replaced.
const argv = [process.execPath, 'examples/compare/main.mjs', ...process.argv.slice(2)];
const { code } = await run(argv, { echo: true, minutes: 10 });
process.exitCode = code;
