// `npm start`: a simulated exchange with two bots, one with multi-throttler and one without, then
// the table of `npm run compare`. A dashboard of the first bot is served meanwhile. With
// `--shared`: four bots in four processes under one limit.
// `npm start -- --help` lists the options.

import { HELP, OptionError, readOptions } from '../examples/bot/demo/options.mjs';
import { build } from './build.mjs';
import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

/** @type {import('./setup.mjs').Part[]} */
const SHARED_PARTS = ['redis', 'redisClients'];

// Options come first: a mistake in one should not cost a build.
const options = optionsOrExit();
if (options.help) {
  process.stdout.write(HELP);
} else {
  await setup(['node', 'wasm', ...(options.shared ? SHARED_PARTS : [])]);
  await build();
  // Before this point Ctrl-C ends the process at once. The demo handles it: it ends its bots and
  // prints its figures.
  process.removeAllListeners('SIGINT');
  // The reader of the output has closed the pipe, as `head` does, so the demo has no audience.
  process.stdout.once('error', (error) => {
    if (!('code' in error && error.code === 'EPIPE')) throw error;
    process.exit(0);
  });
  await (options.shared ? showShared() : showBots());
}

async function showShared() {
  const { DEFAULTS, refusals, runShared } = await import('../examples/shared/run.mjs');
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal);
    process.on(signal, () => ended.abort());
  }
  const { parties } = await runShared(
    { ...DEFAULTS, duration: options.duration },
    process.stdout,
    ended.signal,
  );
  const ours = parties.filter(({ way }) => way === 'multi-throttler');
  process.exit(ours.some((party) => refusals(party) > 0) ? 1 : 0);
}

async function showBots() {
  const { runDemo } = await import('../examples/bot/demo/run.mjs');
  const { machine } = await import('../examples/bot/machine.mjs');
  const { serveDashboard } = await import('../examples/bot/demo/dashboard.mjs');
  const dashboard = serveDashboard();
  try {
    process.exitCode = await runDemo(options, process.stdout, machine, dashboard.show);
  } finally {
    dashboard.close();
  }
  process.stdout.write('\n');
  if (options.stay) process.exit();
  // Runs in a separate process, whose clock is replaced.
  const { code } = await run([process.execPath, 'examples/compare/main.mjs'], {
    echo: true,
    minutes: 10,
  });
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
