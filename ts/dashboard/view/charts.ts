import { html, type TemplateResult } from 'lit';
import { type LineChart, lineChart } from '../chart.js';
import { count, percent, rate } from '../format.js';
import { CHARTED, type History, POINTS } from '../history.js';

const HEIGHT = 200;

const COLOURS = Array.from({ length: CHARTED }, (_, n) => `--mt-series-${n + 1}`);

/** The two charts: usage of the rules, and requests. */
export class Charts {
  #usage: LineChart | undefined;
  #requests: LineChart | undefined;
  /** The point under the pointer. */
  #index: number | null = null;
  readonly #changed: () => void;

  /** @param changed called when the legend has to be rendered anew */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Renders the places of the charts and their legends. */
  view(history: History): TemplateResult {
    const at = this.#index ?? POINTS - 1;
    const value = (points: readonly (number | null)[], format: (value: number) => string) => {
      const point = points[at];
      return typeof point === 'number' ? format(point) : '–';
    };
    const usage = history.charted.map((id, n) => {
      const text = value(history.points(id), (points) => percent(points / 100));
      return legendItem(id, COLOURS[n] ?? '', text);
    });
    const when = this.#index === null ? 'last 5 minutes' : positionText(history.xs[at] ?? 0);
    return html`<div class="charts">
      <section class="card" aria-label="Usage over time">
        <div class="card-head"><h3>Usage</h3><span class="note">${when}</span></div>
        <div class="chart" id="usage" role="img" aria-label="Chart of the used part of limits"></div>
        <ul class="legend">${usage}</ul>
      </section>
      <section class="card" aria-label="Requests over time">
        <div class="card-head"><h3>Requests</h3><span class="note">${when}</span></div>
        <div class="chart" id="requests" role="img" aria-label="Chart of requests"></div>
        <ul class="legend">
          ${legendItem('granted per second', COLOURS[0] ?? '', value(history.granted.values, rate))}
          ${legendItem('waiting', COLOURS[1] ?? '', value(history.waiting.values, count))}
        </ul>
      </section>
    </div>`;
  }

  /** Draws the data, in the places that were rendered. */
  draw(root: ParentNode, history: History): void {
    const usage = root.querySelector<HTMLElement>('#usage');
    const requests = root.querySelector<HTMLElement>('#requests');
    if (usage === null || requests === null) return;
    const common = {
      height: HEIGHT,
      formatX: positionText,
      step: 60,
      range: [1 - POINTS, 0] as const,
      onCursor: (index: number | null) => {
        if (index === this.#index) return;
        this.#index = index;
        this.#changed();
      },
    };
    this.#usage ??= lineChart(usage, {
      ...common,
      series: COLOURS.map((colour) => ({ label: '', colour })),
      max: 100,
      format: (value) => `${value} %`,
    });
    this.#requests ??= lineChart(requests, {
      ...common,
      series: [
        { label: 'granted per second', colour: COLOURS[0] ?? '' },
        { label: 'waiting', colour: COLOURS[1] ?? '' },
      ],
      format: rate,
    });
    this.#usage.update(
      history.xs,
      COLOURS.map((_, n) => history.points(history.charted[n] ?? '')),
    );
    this.#requests.update(history.xs, [history.granted.values, history.waiting.values]);
  }

  recolour(): void {
    this.#usage?.recolour();
    this.#requests?.recolour();
  }

  destroy(): void {
    this.#usage?.destroy();
    this.#requests?.destroy();
    this.#usage = this.#requests = undefined;
  }
}

function legendItem(name: string, colour: string, value: string): TemplateResult {
  return html`<li>
    <i .style=${`background: var(${colour})`}></i>
    <span title=${name}>${name}</span>
    <b>${value}</b>
  </li>`;
}

/** Returns the text of a position, in seconds before now. */
function positionText(x: number): string {
  if (x > -1) return 'now';
  return x % 60 === 0 ? `−${-x / 60} min` : `−${-x} s`;
}
