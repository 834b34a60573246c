/** Prints a simulated plan, the growth of a number and the comparison of tiers on a terminal. */

import { showDuration } from '../duration.js';
import type { Growth } from '../plan/grow.js';
import type { JobReport, PlanReport, RuleReport } from '../plan/report.js';
import type { TiersReport } from '../plan/tiers.js';
import { conclusionsOf } from './conclusions.js';
import { bar, count, cut, type Paint, percent, rate, table } from './text.js';

/** Rules and members of families that the table shows; `--json` has all of them. */
const MOST_RULES = 15;

export function planTable(report: PlanReport, paint: Paint): string {
  const { jobs, rules, duration, latency, tiers } = report;
  const accounts = Object.entries(tiers).map(([exchange, tier]) => `${exchange} ${tier}`);
  const from = latency[0] === latency[1] ? '' : `${showDuration(latency[0])} to `;
  const head = [
    `${showDuration(duration)} simulated`,
    `${from}${showDuration(latency[1])} each way`,
    ...accounts,
  ].join(', ');
  const shown = rules.slice(0, MOST_RULES);
  const more =
    rules.length > shown.length
      ? `\n${paint.dim(`and ${rules.length - shown.length} rules that are used less`)}`
      : '';
  return [
    paint.dim(head),
    table([JOB_HEAD, ...jobs.map(jobRow)], 'lrrrrrrl', paint, (line, i) =>
      isShort(jobs[i]) ? paint.red(line) : line,
    ),
    table([RULE_HEAD, ...shown.map(ruleRow)], 'lrrrrl', paint, (line, i) =>
      (shown[i]?.demand ?? 0) > 1 || (shown[i]?.refused ?? 0) > 0 ? paint.red(line) : line,
    ) + more,
    conclusionsOf(report)
      .map(({ kind, text }) => `${marks(paint)[kind]} ${text}`)
      .join('\n'),
  ].join('\n\n');
}

const marks = (paint: Paint) => ({
  good: paint.green('✓'),
  bad: paint.red('✗'),
  note: paint.yellow('•'),
});

const JOB_HEAD = ['job', 'requesters', 'asks/s', 'gets/s', 'p50', 'p99', 'longest', 'held back by'];

function jobRow(job: JobReport): string[] {
  const { name, requesters, wanted, got, wait, heldBackBy } = job;
  return [
    cut(name, 36),
    count(requesters),
    rate(wanted),
    rate(got),
    ...[wait.p50, wait.p99, wait.max].map(showDuration),
    heldBackBy
      .slice(0, 2)
      .map(
        ({ rule, fraction }) => cut(rule, 40) + (fraction < 0.995 ? ` ${percent(fraction)}` : ''),
      )
      .join(', '),
  ];
}

/** Whether a job gets less than it asks for. */
function isShort(job: JobReport | undefined): boolean {
  return job !== undefined && (job.impossible !== undefined || job.got < job.wanted * 0.99);
}

const RULE_HEAD = ['rule', 'limit', 'asked for', 'used', 'fullest', ''];

function ruleRow({ id, limit, interval, demand, used, peak }: RuleReport): string[] {
  const per = interval === undefined ? ' at a time' : ` in ${showDuration(interval)}`;
  return [
    cut(id, 48),
    count(limit) + per,
    percent(demand),
    percent(used),
    percent(peak),
    bar(peak),
  ];
}

export function growthText(growth: Growth, paint: Paint): string {
  const { path, p99, largest, now, limitedBy } = growth;
  const bound = `p99 wait of at most ${showDuration(p99)}`;
  const cause = limitedBy === undefined ? '' : ` Beyond that, ${limitedBy}.`;
  if (largest === 0)
    return `${marks(paint).bad} ${path}: not even one keeps to a ${bound}: ${limitedBy}.`;
  return `${marks(paint).good} ${path}: up to ${paint.bold(number(largest))} (the file has ${number(now)}) with a ${bound}.${cause}`;
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** The comparison of tiers as rows of cells. */
export function tierRows({ tiers }: TiersReport): string[][] {
  const grown = tiers[0]?.growth?.path;
  const head = ['tier', 'holds', ...(grown === undefined ? [] : [`most ${grown}`]), 'limited by'];
  const rows = tiers.map(({ tier, failure, growth }) => [
    tier,
    failure === undefined ? 'yes' : 'no',
    ...(growth === undefined ? [] : [number(growth.largest)]),
    failure ?? growth?.limitedBy ?? '',
  ]);
  return [head, ...rows];
}

export function tiersText(report: TiersReport, paint: Paint): string {
  const { exchange, p99, tiers, needed } = report;
  const bound = `a p99 wait of at most ${showDuration(p99)}`;
  const conclusion =
    needed === undefined
      ? `${marks(paint).bad} No tier of ${exchange} holds this plan with ${bound}.`
      : `${marks(paint).good} The plan needs tier ${paint.bold(needed)} of ${exchange} for ${bound}.`;
  const sides = tiers[0]?.growth === undefined ? 'lll' : 'llrl';
  return `${table(tierRows(report), sides, paint)}\n\n${conclusion}`;
}
