import { html, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Occurrence } from '../../shared/watch/reading.js';
import { type Alert, severityOf, wordsOf } from '../alerts.js';
import { ago, count } from '../format.js';

/** Renders the alerts in force, and below them the latest occurrences. */
export function alertsView(
  alerts: readonly Alert[],
  occurrences: readonly Occurrence[],
  now: number,
): TemplateResult {
  const isEmpty = alerts.length === 0 && occurrences.length === 0;
  return html`<section class="card alerts-card" aria-label="Alerts">
    <div class="card-head">
      <h3>Alerts</h3>
      <span class="note">${alerts.length === 0 ? 'none now' : `${count(alerts.length)} now`}</span>
    </div>
    <div class="alerts" tabindex="0" role="group" aria-label="Alerts now, and before">
      ${isEmpty ? html`<p class="empty">Nothing has happened yet.</p>` : ''}
      <ul>
        ${repeat(
          alerts,
          ({ key }) => key,
          ({ severity, text }) => html`<li class="alert active ${severity}">
            <p>${text}</p>
            <span class="note">now</span>
          </li>`,
        )}
        ${repeat(
          occurrences,
          ({ seq }) => seq,
          (occurrence) => html`<li class="alert ${severityOf(occurrence)}">
            <p>
              ${wordsOf(occurrence)}
              ${occurrence.count > 1 ? html`<span class="tag">× ${count(occurrence.count)}</span>` : ''}
            </p>
            <span class="note">${ago(now - occurrence.at)}</span>
          </li>`,
        )}
      </ul>
    </div>
  </section>`;
}
