import { html, type TemplateResult } from 'lit';
import { CLASSES, type Reading } from '../../shared/watch/reading.js';
import { amount, count, duration, rate, shortCount } from '../format.js';

/** Renders the tiles of counts. */
export function tilesView(reading: Reading, perSecond: number | null): TemplateResult {
  const { granted, rejected, aborted, refused, wait, waiting } = reading;
  const rejections = Object.values(rejected).reduce((sum, each) => sum + each, 0);
  const codes = Object.entries(rejected).sort(([, a], [, b]) => b - a);
  const waiters = CLASSES.reduce((sum, name) => sum + waiting[name].count, 0);
  const longest = Math.max(...CLASSES.map((name) => waiting[name].longest));
  const { refusals, bans } = refused;
  const refusedText = `${count(refusals)} × 429, ${count(bans)} × 418`;
  return html`<dl class="card tiles">
    ${tile('Granted', shortCount(granted), perSecond === null ? '' : `${rate(perSecond)} per second`)}
    ${tile('Waiting', shortCount(waiters), waiters > 0 ? `longest ${duration(longest)}` : 'none')}
    ${tile('Wait, median', duration(wait.p50), `p95 ${duration(wait.p95)}`)}
    ${tile('Wait, p99', duration(wait.p99), `longest ${duration(wait.max)}`)}
    ${tile('Refused by server', count(refusals + bans), refusedText, refusals + bans > 0)}
    ${tile(
      'Rejected',
      shortCount(rejections),
      codes.length > 0
        ? codes.map(([code, number]) => `${code} ${amount(number)}`).join(', ')
        : `${shortCount(aborted)} cancelled`,
    )}
  </dl>`;
}

function tile(name: string, figure: string, note: string, isBad = false): TemplateResult {
  return html`<div class="tile">
    <dt>${name}</dt>
    <dd class="figure ${isBad ? 'bad' : ''}">${figure}</dd>
    <dd class="note" title=${note}>${note}</dd>
  </div>`;
}

/** Renders the waiting requests by class. */
export function waitingView({ waiting }: Reading): TemplateResult {
  return html`<section class="card" aria-label="Waiting requests">
    <div class="card-head"><h3>Waiting</h3></div>
    <table>
      <thead>
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Requests</th>
          <th scope="col">Longest wait</th>
        </tr>
      </thead>
      <tbody>
        ${CLASSES.map((name) => {
          const { count: waiters, longest } = waiting[name];
          return html`<tr>
            <th scope="row">${name}</th>
            <td><b>${count(waiters)}</b></td>
            <td>${waiters > 0 ? duration(longest) : '–'}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}
