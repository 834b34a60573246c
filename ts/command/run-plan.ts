/** Runs `multi-throttler plan`. */

import { basename } from 'node:path';
import type { PlanArguments } from './arguments.js';
import { readText, writeText } from './files.js';
import { planPage } from './output/plan-page.js';
import { growthText, planTable, tiersText } from './output/plan-table.js';
import { paintFor } from './output/text.js';
import { grow, growable } from './plan/grow.js';
import { failureOf } from './plan/holds.js';
import { readJobFile } from './plan/job-file.js';
import { simulate } from './plan/simulate.js';
import { compareTiers } from './plan/tiers.js';
import { durationOf, workloadOf } from './plan/workload.js';

/** The bound of the p99 wait where none is given, ms. */
const DEFAULT_P99 = 1000;

/**
 * Simulates a job file and prints the result.
 *
 * @returns exit code
 * @throws {UserError} the file or an option is wrong
 */
export async function runPlan(options: PlanArguments, out: NodeJS.WriteStream): Promise<number> {
  const { file = '-' } = options;
  const name = file === '-' ? 'standard input' : file;
  const plan = readJobFile(name, readText(file));
  const target = options.grow === undefined ? undefined : growable(plan, options.grow);
  const p99 = options.p99 ?? DEFAULT_P99;

  const jobs = workloadOf(plan);
  const report = await simulate(plan, jobs, durationOf(plan, jobs));
  const tiers = options.tiers ? await compareTiers(plan, p99, options.grow) : [];
  const growth = target && (await grow(target, p99));
  const failure = options.p99 === undefined ? undefined : failureOf(report, p99);

  if (options.html !== undefined)
    writeText(options.html, planPage(basename(name), { report, growth, tiers }));
  if (options.json) {
    out.write(
      `${JSON.stringify({ ...report, growth, tierComparison: tiers, failure }, null, 2)}\n`,
    );
  } else {
    const paint = paintFor(out.isTTY === true, process.env);
    const parts = [
      planTable(report, paint),
      ...tiers.map((one) => tiersText(one, paint)),
      ...(growth ? [growthText(growth, paint)] : []),
      ...(failure === undefined ? [] : [`${paint.red('✗')} The plan breaks --p99: ${failure}.`]),
      ...(options.html === undefined ? [] : [paint.dim(`The page is in ${options.html}.`)]),
    ];
    out.write(`${parts.join('\n\n')}\n`);
  }
  const isQuestion = target !== undefined || options.tiers;
  return failure === undefined || isQuestion ? 0 : 1;
}
