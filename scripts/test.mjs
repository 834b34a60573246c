// `npm test`: sets up, runs the test suites and counts tests. `npm test -- rust ts` runs only these
// suites, `npm test -- --help` lists them.
//
// Two suites run at the same time, as each leaves processors idle while it waits for others. Those
// that measure what a limit lets through come last, one by one.

import { run } from './lib/run.mjs';
import { prepare } from './setup.mjs';
import { failedAsAWhole, judge, summary } from './test/result.mjs';
import { suites } from './test/suites.mjs';

/** @typedef {import('./test/suites.mjs').Suite} Suite */
/** @typedef {import('./test/result.mjs').Result} Result */

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

/** Results, and those to come, by the name of the suite. @type {Map<string, Promise<Result>>} */
const results = new Map();
const [together, alone] = [false, true].map((isAlone) =>
  selected.filter((suite) => Boolean(suite.alone) === isAlone),
);
await runInLanes(together ?? [], 2);
await runInLanes(alone ?? [], 1);

const inOrder = await Promise.all(selected.map(({ name }) => results.get(name)));
const all = inOrder.filter((result) => result !== undefined);
process.stdout.write(`\n===== summary\n\n${summary(all)}`);
process.exitCode = all.some(({ failed }) => failed > 0) ? 1 : 0;

/**
 * Runs suites, each after those that it builds upon, which come before it.
 * @param {Suite[]} list
 * @param {number} lanes how many run at the same time
 */
async function runInLanes(list, lanes) {
  const waiting = [...list];
  const lane = async () => {
    for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
      const result = execute(suite, lanes === 1 || list.length === 1);
      results.set(suite.name, result);
      await result;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/**
 * @param {Suite} suite
 * @param {boolean} echo prints output as it comes; otherwise it is printed at the end
 * @returns {Promise<Result>}
 */
async function execute(suite, echo) {
  const title = `\n===== ${suite.name}: ${suite.about}\n\n`;
  /** @param {string} text @param {Result} result */
  const end = (text, result) => {
    process.stdout.write(`${echo ? '' : title}${text}`);
    if (result.note) process.stdout.write(`\n${suite.name}: ${result.note}\n`);
    return result;
  };
  process.stdout.write(echo ? title : `${suite.name}: started\n`);
  const part = suite.setup.find((name) => without.has(name));
  if (part) {
    const reason = failedAsAWhole(suite.name, `not run: set-up of ${part} failed`);
    return end(`${without.get(part)}\n`, reason);
  }
  const before = await Promise.all((suite.after ?? []).map((name) => results.get(name)));
  const broken = before.find((result) => result && result.failed > 0);
  if (broken) return end('', failedAsAWhole(suite.name, `not run: ${broken.name} failed`));
  let command;
  try {
    command = suite.command();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return end('', failedAsAWhole(suite.name, reason));
  }
  const outcome = await run(command.argv, { env: command.env ?? {}, echo, minutes: 30 });
  return end(echo ? '' : outcome.text, judge(suite, outcome));
}
