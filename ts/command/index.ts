#!/usr/bin/env node
/** The command `multi-throttler`. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PlanArguments, readArguments } from './arguments.js';
import { paintFor } from './output/text.js';
import { runLog } from './run-log.js';
import { runPlan } from './run-plan.js';
import { USAGE } from './usage.js';
import { UserError } from './user-error.js';

/** Exit codes: 0 done, 1 the plan breaks the bound of `--p99`, 2 a mistake of the user. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    const { command, ...rest } = readArguments(argv);
    if (command === 'version') process.stdout.write(`${version()}\n`);
    else if (command === 'help') process.stdout.write(USAGE);
    else if ('options' in rest) return await plan(rest.options);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { red } = paintFor(process.stderr.isTTY === true, process.env);
    process.stderr.write(`${red('multi-throttler:')} ${error.message}\n`);
    return 2;
  }
}

async function plan(options: PlanArguments): Promise<number> {
  const { from } = options;
  if (from === undefined) return runPlan(options, process.stdout);
  runLog(from, options, process.stdout);
  return 0;
}

function version(): string {
  const manifest = fileURLToPath(new URL('package.json', import.meta.url));
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

// The reader of the output has closed the pipe, as `head` does.
process.stdout.once('error', (error: Error) => {
  if (!('code' in error && error.code === 'EPIPE')) throw error;
  process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
