// `npm test`: sets up, runs the test suites and counts tests. `npm test -- rust ts` runs only these
// suites, `npm test -- --help` lists them.

import { run } from './lib/run.mjs';
import { prepare } from './setup.mjs';
import { failedAsAWhole, judge, summary } from './test/result.mjs';
import { suites } from './test/suites.mjs';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write('npm test [-- suite…]\n\n');
  for (const { name, about } of suites) process.stdout.write(`  ${name.padEnd(14)}${about}\n`);
  process.exit(0);
}
const unknown = args.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `Unknown suite: ${unknown.join(', ')}. Suites: ${suites.map(({ name }) => name).join(', ')}.\n`,
  );
  process.exit(2);
}

const names = new Set(args.length > 0 ? args : suites.map(({ name }) => name));
for (const suite of suites) {
  if (!names.has(suite.name)) continue;
  for (const name of suite.after ?? []) names.add(name);
}
const selected = suites.filter(({ name }) => names.has(name));

// A part that cannot be set up fails the suites that need it; the others still run.
const without = await prepare([...new Set(selected.flatMap((suite) => suite.setup))]);

/** @type {import('./test/result.mjs').Result[]} */
const results = [];
for (const suite of selected) {
  process.stdout.write(`\n===== ${suite.name}: ${suite.about}\n\n`);
  const result = await execute(suite);
  results.push(result);
  if (result.note) process.stdout.write(`\n${suite.name}: ${result.note}\n`);
}

process.stdout.write(`\n===== summary\n\n${summary(results)}`);
process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;

/** @param {import('./test/suites.mjs').Suite} suite */
async function execute(suite) {
  const part = suite.setup.find((name) => without.has(name));
  if (part) {
    process.stdout.write(`${without.get(part)}\n`);
    return failedAsAWhole(suite.name, `not run: set-up of ${part} failed`);
  }
  const broken = results.find(({ name, failed }) => suite.after?.includes(name) && failed > 0);
  if (broken) return failedAsAWhole(suite.name, `not run: ${broken.name} failed`);
  let command;
  try {
    command = suite.command();
  } catch (error) {
    return failedAsAWhole(suite.name, error instanceof Error ? error.message : String(error));
  }
  return judge(suite, await run(command.argv, { env: command.env ?? {}, echo: true, minutes: 30 }));
}
