/** Prints the findings about a log on a terminal. */

import { showDuration } from '../duration.js';
import type { ExchangeFindings, RuleFindings } from '../log/examine.js';
import { intervalOf, limitOf } from '../plan/rules.js';
import type { Conclusion } from './conclusions.js';
import { bar, count, cut, type Paint, percent, table, times } from './text.js';

const MOST_RULES = 15;

export function logTable(findings: ExchangeFindings, paint: Paint): string {
  const { exchange, requests, from, to, rules } = findings;
  const shown = rules.slice(0, MOST_RULES);
  const marks = { good: paint.green('✓'), bad: paint.red('✗'), note: paint.yellow('•') };
  return [
    paint.dim(
      `${exchange}: ${count(requests)} requests in ${showDuration(to - from)}, from ${timeText(from)}`,
    ),
    table([RULE_HEAD, ...shown.map(ruleRow)], 'lrrrrrl', paint, (line, i) =>
      (shown[i]?.excesses.length ?? 0) > 0 ? paint.red(line) : line,
    ),
    logConclusions(findings)
      .map(({ kind, text }) => `${marks[kind]} ${text}`)
      .join('\n'),
  ].join('\n\n');
}

export const RULE_HEAD = ['rule', 'limit', 'requests', 'most used', 'unused', 'exceeded', ''];

export function ruleRow({ id, rule, requests, peak, unused, excesses }: RuleFindings): string[] {
  const interval = intervalOf(rule);
  const limit = limitOf(rule);
  return [
    cut(id, 48),
    count(limit) + (interval === undefined ? ' at a time' : ` in ${showDuration(interval)}`),
    count(requests),
    count(peak),
    percent(unused),
    times(excesses.length),
    bar(peak / limit),
  ];
}

/** Sentences about a log. */
export function logConclusions(findings: ExchangeFindings): Conclusion[] {
  const conclusions = [
    ...findings.rules.flatMap(aboutRule),
    ...aboutRefusals(findings),
    ...aboutUnknown(findings),
  ];
  const isGood = !conclusions.some(({ kind }) => kind === 'bad');
  return [
    ...(isGood
      ? [{ kind: 'good' as const, text: 'No limit was exceeded, and nothing was refused.' }]
      : []),
    ...conclusions,
    ...aboutJitter(findings),
  ];
}

function aboutRule({ id, rule, excesses, others, otherLimit, peak }: RuleFindings): Conclusion[] {
  const limit = limitOf(rule);
  const conclusions: Conclusion[] = [];
  const [first] = excesses;
  if (first) {
    conclusions.push({
      kind: 'bad',
      text: `${id} was exceeded ${times(excesses.length)}, first at ${timeText(first.from)}; the most used was ${count(peak)} of ${count(limit)}.`,
    });
  }
  if (otherLimit !== undefined)
    conclusions.push({
      kind: 'note',
      text: `The exchange tells a limit of ${count(otherLimit)} for ${id}; the profile has ${count(limit)}.`,
    });
  if (others !== undefined && others > limit * 0.01)
    conclusions.push({
      kind: 'note',
      text: `The exchange counted up to ${count(others)} more of ${id} than this log has: other clients share the limit.`,
    });
  return conclusions;
}

function aboutRefusals({ refusals: { count: by, first } }: ExchangeFindings): Conclusion[] {
  const [one] = first;
  if (one === undefined) return [];
  const counts = Object.entries(by).map(
    ([status, requests]) => `${count(requests)} with ${status}`,
  );
  return [
    {
      kind: 'bad',
      text: `Refused: ${counts.join(', ')}; first ${one.endpoint} at ${timeText(one.at)}.`,
    },
  ];
}

function aboutUnknown({ unknown }: ExchangeFindings): Conclusion[] {
  if (unknown.length === 0) return [];
  const list = unknown
    .slice(0, 3)
    .map(([endpoint, requests]) => `${endpoint} (${count(requests)})`);
  const more = unknown.length > 3 ? ` and ${unknown.length - 3} more` : '';
  return [
    {
      kind: 'note',
      text: `The profile does not know what these cost, so they are not counted: ${list.join(', ')}${more}.`,
    },
  ];
}

function aboutJitter({ jitter, profileJitter }: ExchangeFindings): Conclusion[] {
  if (jitter === undefined) {
    const text =
      'The log has no times of responses ("duration" or "received"), which tell the jitter.';
    return [{ kind: 'note', text }];
  }
  const { advised, usual, longest, proven, roundTrip } = jitter;
  const figures =
    `99.9 % of the requests arrived within ${showDuration(usual)}, all within ${showDuration(longest)} ` +
    `(round trips: p50 ${showDuration(roundTrip.p50)}, p99 ${showDuration(roundTrip.p99)})`;
  const proof =
    proven > usual
      ? ` A count of the exchange shows a delay or an error of the clock of ${showDuration(proven)}.`
      : '';
  const isEnough = profileJitter >= advised;
  const advice = isEnough
    ? `The jitter of the profile, ${showDuration(profileJitter)}, is enough; ${advised} would do.`
    : `Set jitter to ${advised}: the profile has ${showDuration(profileJitter)}.`;
  return [{ kind: isEnough ? 'good' : 'bad', text: `${advice} ${figures}.${proof}` }];
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('.000', '');
}
