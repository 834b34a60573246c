/** The findings about a log as a page. */

import { showDuration } from '../duration.js';
import type { ExchangeFindings } from '../log/examine.js';
import { logConclusions, RULE_HEAD, ruleRow, timeText } from './log-table.js';
import { type Html, html, page } from './page/page.js';
import { count } from './text.js';

const MOST_RULES = 100;

export function logPage(name: string, all: readonly ExchangeFindings[]): string {
  return page(`Log ${name}`, html`<h1>${name}</h1>${all.map(section)}`, [], []);
}

function section(findings: ExchangeFindings): Html {
  const { exchange, requests, from, to, rules } = findings;
  const conclusions = logConclusions(findings).map(
    ({ kind, text }) => html`<li class="${kind}">${text}</li>`,
  );
  const head = RULE_HEAD.slice(0, -1).map(
    (cell, i) => html`<th class="${i === 0 ? 'left' : ''}">${cell}</th>`,
  );
  const rows = rules.slice(0, MOST_RULES).map((rule) => {
    const cells = ruleRow(rule).slice(0, -1);
    const isOver = rule.excesses.length > 0;
    return html`<tr class="${isOver ? 'bad' : ''}">${cells.map(
      (cell, i) => html`<td class="${i === 0 ? 'left' : ''}">${cell}</td>`,
    )}</tr>`;
  });
  return html`<h2>${exchange}</h2>
<p>${count(requests)} requests in ${showDuration(to - from)}, from ${timeText(from)}</p>
<ul class="card">${conclusions}</ul>
<h2>Limits of ${exchange}</h2>
<div class="card"><table><tr>${head}</tr>${rows}</table></div>`;
}
