/** Finds the largest number of a plan with which it holds: "how many symbols can I poll?" */

import { shown } from '../json/field.js';
import { suggestion } from '../suggest.js';
import { UserError } from '../user-error.js';
import { failureOfPlan } from './holds.js';
import { MOST } from './readers.js';
import { type JobSpec, type PlanSpec, symbolsOf, usesSymbols } from './spec.js';

/** A number of the plan that can grow. */
export interface Growable {
  /** Path of the number: `jobs.books.symbols`. */
  readonly path: string;
  readonly now: number;
  /** The step in which it grows. */
  readonly step: number;
  readonly with: (value: number) => PlanSpec;
}

export interface Growth {
  readonly path: string;
  /** The bound of the p99 wait of each job, ms. */
  readonly p99: number;
  /** The number in the file. */
  readonly now: number;
  /** The largest number with which the plan holds; 0 if there is none. */
  readonly largest: number;
  /** Why the plan does not hold with the next number; absent if every number holds. */
  readonly limitedBy?: string;
}

/**
 * Finds the number that a path names.
 *
 * @param path `symbols`, `jobs.<name or index>.<field>`, or `jobs.<name or index>` for its symbols
 *   or else its rate or count
 * @throws {UserError} the plan has no such number
 */
export function growable(plan: PlanSpec, path: string): Growable {
  const all = growables(plan);
  const normal = path
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/^jobs\.(\d+)(?=\.|$)/, (text, index) => {
      const job = plan.jobs[Number(index)];
      return job ? `jobs.${job.name}` : text;
    });
  const found =
    all.find((one) => one.path === normal) ?? all.find((one) => one.path.startsWith(`${normal}.`));
  // `symbols` alone is clear if one job has symbols of its own.
  const own = all.filter((one) => normal === 'symbols' && one.path.endsWith('.symbols'));
  const only = own.length === 1 ? own[0] : undefined;
  const result = found ?? only;
  if (result) return result;
  const paths = all.map((one) => one.path);
  const hint = suggestion(path, paths) || `; it can be one of ${paths.join(', ')}`;
  throw new UserError(`--grow ${shown(path)}: the job file has no such number${hint}`);
}

function growables(plan: PlanSpec): Growable[] {
  const { symbols } = plan;
  const shared: Growable[] = symbols
    ? [
        {
          path: 'symbols',
          now: symbols.length,
          step: 1,
          with: (value) => ({ ...plan, symbols: symbolsOf(value, symbols) }),
        },
      ]
    : [];
  return [...shared, ...plan.jobs.flatMap((job) => growablesOf(plan, job))];
}

function growablesOf(plan: PlanSpec, job: JobSpec): Growable[] {
  const changed = (patch: Partial<JobSpec>): PlanSpec => ({
    ...plan,
    jobs: plan.jobs.map((one) => (one === job ? { ...job, ...patch } : one)),
  });
  const number = (
    field: string,
    now: number,
    patch: (value: number) => Partial<JobSpec>,
    step = 1,
  ): Growable => ({
    path: `jobs.${job.name}.${field}`,
    now,
    step,
    with: (value) => changed(patch(value)),
  });
  const named = job.symbols ?? plan.symbols;
  return [
    ...(usesSymbols(job) && named
      ? [number('symbols', named.length, (n) => ({ symbols: symbolsOf(n, named) }))]
      : []),
    ...(job.perSecond === undefined
      ? []
      : [number('perSecond', job.perSecond, (perSecond) => ({ perSecond }), 0.1)]),
    number('count', job.count, (count) => ({ count })),
    number('burst', job.burst, (burst) => ({ burst })),
  ];
}

/** Finds the largest number by doubling it until the plan fails, then by bisection. */
export async function grow(
  { path, now, step, with: planWith }: Growable,
  p99: number,
): Promise<Growth> {
  // In steps, so that halves of fractions stay multiples of the step.
  const amountOf = (steps: number) => Number((steps * step).toFixed(1));
  const failureAt = (steps: number, isBrief: boolean) =>
    failureOfPlan(planWith(amountOf(steps)), p99, isBrief);
  const most = Math.round(MOST / step);
  let limitedBy: string | undefined;

  /** Largest number of steps below `failing` that holds; `holding` is known to hold. */
  const search = async (holding: number, failing: number, isBrief: boolean): Promise<number> => {
    let [low, high] = [holding, failing];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      const failure = await failureAt(middle, isBrief);
      if (failure === undefined) low = middle;
      else [high, limitedBy] = [middle, failure];
    }
    return low;
  };

  let holding = 0;
  let failing = Math.min(most, Math.max(1, Math.round(now / step)));
  for (;;) {
    const failure = await failureAt(failing, true);
    if (failure !== undefined) {
      limitedBy = failure;
      break;
    }
    holding = failing;
    if (failing === most) return { path, p99, now, largest: amountOf(most) };
    failing = Math.min(most, failing * 2);
  }
  let largest = await search(holding, failing, true);
  // A few windows may show less than the whole time.
  while (largest > 0) {
    const failure = await failureAt(largest, false);
    if (failure === undefined) break;
    limitedBy = failure;
    largest = await search(0, largest, false);
  }
  return {
    path,
    p99,
    now,
    largest: amountOf(largest),
    ...(limitedBy === undefined ? {} : { limitedBy }),
  };
}
