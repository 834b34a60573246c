/** Whether a plan holds: every request is sent, none is refused, and waits keep to a bound. */

import { showDuration } from '../duration.js';
import { percent } from '../output/text.js';
import type { JobReport, PlanReport } from './report.js';
import { intervalOf } from './rules.js';
import { simulate } from './simulate.js';
import type { PlanSpec } from './spec.js';
import { demandsOf, durationOf, workloadOf } from './workload.js';

/** Polls that may be left out, as a fraction: the first ones of a bot come all at once. */
const FEW = 0.001;

/** A demand for the whole limit, with the rounding of the sum of its parts. */
const ALL = 1 + 1e-9;

/** Returns why a plan does not hold, by its report; undefined if it does. */
export function failureOf(report: PlanReport, bound: number): string | undefined {
  const over = report.rules.find(({ demand }) => demand > ALL);
  if (over) return overload(over.id, over.demand);
  for (const job of report.jobs) {
    const failure = failureOfJob(job, bound);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function failureOfJob(job: JobReport, bound: number): string | undefined {
  const { name, asked, skipped, rejected, refused, wait, heldBackBy, impossible } = job;
  const by = heldBackBy[0] ? ` (${heldBackBy[0].rule})` : '';
  if (impossible !== undefined) return `${name} can never be sent: ${impossible}`;
  if (rejected > 0) return `the queue overflows with requests of ${name}${by}`;
  if (refused > 0) return `the exchange refuses requests of ${name}`;
  if (skipped > asked * FEW) return `polls of ${name} are left out${by}`;
  if (wait.p99 > bound) return `the p99 wait of ${name} is ${showDuration(wait.p99)}${by}`;
  return undefined;
}

function overload(id: string, fraction: number): string {
  return `the jobs ask for ${percent(fraction)} of ${id}`;
}

/**
 * Returns why a plan does not hold; undefined if it does. A plan that asks for more than a limit
 * is not simulated.
 *
 * @param isBrief whether a few windows of its rules are enough
 */
export async function failureOfPlan(
  plan: PlanSpec,
  bound: number,
  isBrief: boolean,
): Promise<string | undefined> {
  const jobs = workloadOf(plan);
  const demands = demandsOf(jobs);
  const over = demands.find(({ fraction }) => fraction > ALL);
  if (over) return overload(over.id, over.fraction);
  const whole = durationOf(plan, jobs);
  const intervals = demands
    .map(({ rule }) => intervalOf(rule) ?? 0)
    .filter((ms) => ms <= TEN_MINUTES);
  const polls = plan.jobs.map(({ every }) => every ?? 0);
  const brief = Math.max(60_000, 5 * Math.max(0, ...intervals), 3 * Math.max(0, ...polls));
  const duration = isBrief ? Math.min(whole, brief) : whole;
  return failureOf(await simulate(plan, jobs, duration, bound), bound);
}

const TEN_MINUTES = 600_000;
