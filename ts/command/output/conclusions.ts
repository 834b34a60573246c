/** Sentences about a simulated plan: whether it holds, what holds what back, and what helps. */

import { showDuration } from '../duration.js';
import type { JobReport, PlanReport, RuleReport } from '../plan/report.js';
import { count, percent, rate } from './text.js';

export interface Conclusion {
  readonly kind: 'good' | 'bad' | 'note';
  readonly text: string;
}

export function conclusionsOf(report: PlanReport): Conclusion[] {
  const conclusions = [
    ...report.jobs.flatMap((job) => aboutJob(job)),
    ...report.rules.flatMap((rule) => aboutRefusals(rule, report)),
    ...report.rules.flatMap((rule) => aboutLongWindow(rule, report)),
  ];
  if (conclusions.some(({ kind }) => kind === 'bad')) return conclusions;
  const longest = Math.max(...report.jobs.map(({ wait }) => wait.max));
  const waits =
    longest === 0 ? 'none of them waits' : `the longest wait is ${showDuration(longest)}`;
  return [{ kind: 'good', text: `Every request is sent, and ${waits}.` }, ...conclusions];
}

function aboutJob(job: JobReport): Conclusion[] {
  const { name, asked, skipped, rejected, waiting, wanted, got, heldBackBy, impossible } = job;
  if (impossible !== undefined)
    return [{ kind: 'bad', text: `${name} can never be sent. ${impossible}` }];
  const by = heldBackBy
    .filter(({ fraction }) => fraction >= 0.05)
    .map(({ rule, fraction }) => `${rule} (${percent(fraction)} of its waiting time)`);
  const cause = by.length === 0 ? '' : ` It is held back by ${by.join(' and ')}.`;
  const lost = asked - job.done - waiting;
  if (lost > asked * 0.001 || waiting > asked * 0.01) {
    const parts = [
      skipped > 0 ? `${percent(skipped / asked)} of its polls are left out` : '',
      rejected > 0 ? `${percent(rejected / asked)} of its requests overflow the queue` : '',
      waiting > 0 && skipped === 0 ? `${count(waiting)} requests wait at the end` : '',
    ].filter((part) => part !== '');
    const how = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
    const text = `${name} gets ${rate(got)} of ${rate(wanted)} requests a second${how}.${cause}`;
    return [{ kind: 'bad', text }];
  }
  if (job.wait.p99 === 0) return [];
  return [{ kind: 'note', text: `${name} waits up to ${showDuration(job.wait.max)}.${cause}` }];
}

function aboutRefusals({ id, refused, jitter }: RuleReport, { latency }: PlanReport): Conclusion[] {
  if (refused === 0) return [];
  const [, longest] = latency;
  const cause =
    longest > jitter
      ? ` Requests take up to ${showDuration(longest)} to arrive, and its jitter allows for ` +
        `${showDuration(jitter)}: set "jitter" of the exchange to ${Math.ceil(longest)}.`
      : '';
  return [
    { kind: 'bad', text: `The exchange refuses ${count(refused)} requests under ${id}.${cause}` },
  ];
}

/** Tells of windows that are longer than the simulated time, in which they cannot run full. */
function aboutLongWindow(
  { id, interval = 0, demand }: RuleReport,
  { duration }: PlanReport,
): Conclusion[] {
  if (interval <= duration || demand < 0.5) return [];
  const kind = demand > 1 ? 'bad' : 'note';
  const text =
    `${id} counts for ${showDuration(interval)}, longer than the simulated time. ` +
    `Going on like this, the jobs ask for ${percent(demand)} of it.`;
  return [{ kind, text }];
}
