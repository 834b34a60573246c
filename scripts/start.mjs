// `npm start`: a simulated exchange and two bots on it, one with multi-throttler and one without, then the table of
// `npm run compare`. `npm start -- --help` lists what can be set.

import { HELP, OptionError, readOptions } from '../examples/bot/demo/options.mjs';
import { build } from './build.mjs';
import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

// Options come first: a mistake in one should not cost a build.
const options = optionsOrExit();
if (options.help) {
  process.stdout.write(HELP);
} else {
  await setup(['node', 'wasm']);
  await build();
  // Until here Ctrl-C ends everything at once. The demo ends its bots and prints its figures.
  process.removeAllListeners('SIGINT');
  // Whoever read the output has gone, as `head` does: nobody is left to run the demo for.
  process.stdout.once('error', (error) => {
    if (!('code' in error && error.code === 'EPIPE')) throw error;
    process.exit(0);
  });
  const { runDemo } = await import('../examples/bot/demo/run.mjs');
  process.exitCode = await runDemo(options, process.stdout);
  process.stdout.write('\n');
  // In a process of its own, whose clock is replaced.
  const { code } = await run([process.execPath, 'examples/compare/main.mjs'], { echo: true, minutes: 10 });
  process.exitCode ||= code;
}

function optionsOrExit() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
