import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Reading, RuleReading } from '../../shared/watch/reading.js';
import { levelOf } from '../alerts.js';
import { amount, countdown, duration, percent } from '../format.js';

/** Renders the rules of a reading. `now` is the time of the throttler. */
export function rulesView({ rules }: Reading, now: number): TemplateResult {
  const hasReserve = rules.some(({ reserve }) => reserve > 0);
  return html`<section class="card" aria-label="Limits">
    <div class="card-head">
      <h3>Limits</h3>
      <span class="note">${hasReserve ? 'hatched: reserved for critical requests' : nothing}</span>
    </div>
    ${
      rules.length === 0
        ? html`<p class="empty">This throttler has no rules.</p>`
        : html`<div class="rules" tabindex="0" role="group" aria-label="Usage of each limit">
          <ul>
            ${repeat(
              rules,
              ({ id }) => id,
              (rule) => ruleView(rule, now),
            )}
          </ul>
        </div>`
    }
  </section>`;
}

// Styles are set as properties, as a policy of the page may forbid them as attributes.
function ruleView(rule: RuleReading, now: number): TemplateResult {
  const { id, used, limit, reserve, scope, pause } = rule;
  const utilization = used / limit;
  const reserved = reserve > 0 ? `, ${amount(reserve)} reserved for critical requests` : '';
  return html`<li class="rule ${levelOf(utilization)}">
    <div class="rule-id">
      <span title=${id}>${id}</span>
      ${scope === 'account' ? html`<span class="tag">account</span>` : nothing}
      ${pause === null ? nothing : html`<span class="tag warning">paused</span>`}
    </div>
    <div
      class="meter"
      role="meter"
      aria-label=${id}
      aria-valuemin="0"
      aria-valuemax=${limit}
      aria-valuenow=${Math.min(used, limit)}
      aria-valuetext="${amount(used)} of ${amount(limit)} used${reserved}"
    >
      <span
        class="fill"
        .style=${`transform: scaleX(${Math.min(1, utilization).toFixed(4)})`}
      ></span>
      ${
        reserve > 0
          ? html`<span
            class="reserve"
            .style=${`width: ${((reserve / limit) * 100).toFixed(2)}%`}
          ></span>`
          : nothing
      }
    </div>
    <div class="figures"><b>${amount(used)}</b> <span>/ ${amount(limit)}</span></div>
    <div class="percent">${percent(utilization)}</div>
    <div class="next">${nextText(rule, now)}</div>
  </li>`;
}

/** Returns when tokens come back, in the terms of the rule's algorithm. */
function nextText({ algorithm, interval, nextAt, pause, used }: RuleReading, now: number): string {
  if (pause !== null)
    return pause.until === null ? 'until resumed' : `paused ${countdown(pause.until - now)}`;
  const left = nextAt === null ? '' : countdown(nextAt - now);
  switch (algorithm) {
    case 'fixed-window':
      return `resets in ${left}`;
    case 'first-request-window':
      return nextAt === null ? 'opens on request' : `resets in ${left}`;
    case 'token-bucket':
      if (used === 0) return 'full';
      return nextAt === null ? 'no refill' : `full in ${left}`;
    case 'rolling-window':
      return `rolling ${interval === null ? '' : duration(interval).replace('.0', '')}`;
    case 'concurrency':
      return 'in use';
    default:
      return nextAt === null ? '' : `next in ${left}`;
  }
}
