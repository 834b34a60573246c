import { html, nothing, type TemplateResult } from 'lit';
import type { PauseReading, Reading } from '../../shared/watch/reading.js';
import { countdown } from '../format.js';
import type { Connection } from '../source.js';

/** The state in two words, and how serious it is. */
export interface State {
  readonly text: string;
  readonly severity: 'ok' | 'warning' | 'danger' | '';
}

/** Returns the state of a throttler and of the connection to it. */
export function stateOf(connection: Connection, reading: Reading | null | undefined): State {
  if (connection === 'lost') return { text: 'Disconnected', severity: 'warning' };
  if (reading === undefined) return { text: 'Connecting', severity: '' };
  if (reading === null) return { text: 'Closed', severity: '' };
  const { pause } = reading;
  if (pause === null) return { text: 'Running', severity: 'ok' };
  if (pause.cause === 'ban') return { text: 'Banned', severity: 'danger' };
  if (pause.cause === 'refusal') return { text: 'Backing off', severity: 'danger' };
  return { text: pause.isOfAll ? 'Paused' : 'Partly paused', severity: 'warning' };
}

/** Renders the line that says what holds requests back. It always has its place. */
export function bannerView(
  connection: Connection,
  reading: Reading | null | undefined,
  now: number,
): TemplateResult {
  if (connection === 'lost')
    return banner('warning', 'No connection to the monitor. Trying again…', '');
  if (reading === undefined) return banner('', 'Waiting for the first reading…', '');
  if (reading === null) return banner('', 'This throttler was closed.', '');
  const { pause, mode, modeEndsAt } = reading;
  if (pause !== null) {
    const rest = pause.until === null ? 'until resumed' : countdown(pause.until - now);
    return banner(pause.cause === 'pause' ? 'warning' : 'danger', pauseText(pause), rest);
  }
  const text = html`Requests are granted at the first instant that all limits allow. Mode:
    <strong>${mode}</strong>`;
  return banner('', text, modeEndsAt === null ? '' : `ends in ${countdown(modeEndsAt - now)}`);
}

function pauseText({ cause, isOfAll }: PauseReading): TemplateResult {
  if (cause === 'ban')
    return html`<strong>The server has banned this address (418).</strong> Nothing is sent until it
      ends; a request now would prolong it.`;
  if (cause === 'refusal')
    return html`<strong>The server has refused requests (429).</strong> They wait until it takes
      them again.`;
  return isOfAll
    ? html`<strong>All requests are paused.</strong> They wait, and none is lost.`
    : html`<strong>Some rules are paused.</strong> Requests under them wait.`;
}

function banner(severity: string, text: unknown, rest: string): TemplateResult {
  return html`<div class="banner ${severity}">
    <p>${text}</p>
    ${rest === '' ? nothing : html`<span class="countdown">${rest}</span>`}
  </div>`;
}
