/** A simulated plan as a page with charts. */

import { showDuration } from '../duration.js';
import type { Growth } from '../plan/grow.js';
import type { JobReport, PlanReport, RuleReport } from '../plan/report.js';
import type { TiersReport } from '../plan/tiers.js';
import { conclusionsOf } from './conclusions.js';
import { charts, type Html, html, page } from './page/page.js';
import { growthText, tierRows } from './plan-table.js';
import { count, paintFor, percent, rate } from './text.js';

const MOST_CHARTS = 8;
const MOST_RULES = 100;

/** The findings about a plan. */
export interface PlanResult {
  readonly report: PlanReport;
  readonly growth: Growth | undefined;
  readonly tiers: readonly TiersReport[];
}

export function planPage(name: string, { report, growth, tiers }: PlanResult): string {
  const { jobs, rules, duration, latency, start } = report;
  const shown = rules.filter(({ series }) => series !== undefined).slice(0, MOST_CHARTS);
  const all = shown.map(({ id, limit, interval, series = [] }) => ({
    id,
    detail: `${count(limit)}${interval === undefined ? '' : ` in ${showDuration(interval)}`}`,
    values: series,
  }));
  const slots = all[0]?.values.length ?? 0;
  const times = Array.from(
    { length: slots },
    (_, i) => (start + (duration * (i + 1)) / slots) / 1000,
  );
  const accounts = Object.entries(report.tiers).map(([exchange, tier]) => `, ${exchange} ${tier}`);
  const conclusions = conclusionsOf(report).map(
    ({ kind, text }) => html`<li class="${kind}">${text}</li>`,
  );
  const grown = growth
    ? [
        html`<li class="${growth.largest > 0 ? 'good' : 'bad'}">${growthText(growth, paintFor(false, {})).slice(2)}</li>`,
      ]
    : [];
  const body = html`<h1>${name}</h1>
<p>${showDuration(duration)} simulated, ${showDuration(latency[0])} to ${showDuration(latency[1])} each way${accounts.join('')}</p>
<ul class="card">${[...grown, ...conclusions]}</ul>
${tiers.map(tierTable)}
<h2>Jobs</h2>
<div class="card"><table><tr><th class="left">Job</th><th>Requesters</th><th>Asks for</th><th>Gets</th><th>p50</th><th>p99</th><th>Longest</th><th class="left">Held back by</th></tr>${jobs.map(jobRow)}</table></div>
<h2>Largest use of each limit over time</h2>
${charts(all)}
<h2>Limits</h2>
<div class="card"><table><tr><th class="left">Rule</th><th>Limit</th><th>Asked for</th><th>Used</th><th>Fullest</th><th></th></tr>${rules.slice(0, MOST_RULES).map(ruleRow)}</table></div>`;
  return page(`Plan of ${name}`, body, times, all);
}

function jobRow(job: JobReport): Html {
  const isShort = job.impossible !== undefined || job.got < job.wanted * 0.99;
  const by = job.heldBackBy.slice(0, 2).map(({ rule, fraction }) => `${rule} ${percent(fraction)}`);
  return html`<tr class="${isShort ? 'bad' : ''}"><td class="left">${job.name}<small>${job.endpoint}</small></td><td>${count(job.requesters)}</td><td>${rate(job.wanted)}/s</td><td>${rate(job.got)}/s</td><td>${showDuration(job.wait.p50)}</td><td>${showDuration(job.wait.p99)}</td><td>${showDuration(job.wait.max)}</td><td class="left">${by.join(', ')}</td></tr>`;
}

function ruleRow({ id, limit, interval, demand, used, peak, refused }: RuleReport): Html {
  const per = interval === undefined ? ' at a time' : ` in ${showDuration(interval)}`;
  const isOver = demand > 1 || refused > 0;
  return html`<tr class="${isOver ? 'bad' : ''}"><td class="left">${id}</td><td>${count(limit)}${per}</td><td>${percent(demand)}</td><td>${percent(used)}</td><td>${percent(peak)}</td><td><meter value="${peak}" max="1" high="0.9" aria-label="${id}"></meter></td></tr>`;
}

function tierTable(report: TiersReport): Html {
  const [head = [], ...rows] = tierRows(report);
  return html`<h2>Tiers of ${report.exchange}</h2>
<div class="card"><table><tr>${head.map((cell) => html`<th class="left">${cell}</th>`)}</tr>${rows.map(
    (row) => html`<tr>${row.map((cell) => html`<td class="left">${cell}</td>`)}</tr>`,
  )}</table></div>`;
}
