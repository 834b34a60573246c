/** The script of a page: draws the charts of rules, as the dashboard draws its own. */

import { lineChart } from '../../../dashboard/chart.js';

/** Data that the page carries. */
interface PageData {
  /** Seconds (Unix) of the points. */
  readonly times: readonly number[];
  readonly charts: readonly { readonly id: string; readonly values: readonly (number | null)[] }[];
}

const data: PageData = JSON.parse(document.getElementById('data')?.textContent ?? '');
const figures = [...document.querySelectorAll<HTMLElement>('figure[data-chart]')];
const charts = figures.flatMap(draw);

function draw(figure: HTMLElement) {
  const values = data.charts[Number(figure.dataset.chart)]?.values;
  const host = figure.querySelector<HTMLElement>('.chart');
  const caption = figure.querySelector<HTMLElement>('figcaption span');
  if (values === undefined || host === null || caption === null) return [];
  const chart = lineChart(host, {
    series: [{ label: 'used', colour: '--mt-series-1' }],
    height: 160,
    max: 1,
    format: (value) => `${Math.round(value * 100)} %`,
    formatX: clockTime,
    step: stepOf((data.times.at(-1) ?? 0) - (data.times[0] ?? 0)),
    onCursor: (index) => {
      const [time, value] = [data.times[index ?? -1], values[index ?? -1]];
      caption.textContent =
        time === undefined || typeof value !== 'number'
          ? (caption.dataset.detail ?? '')
          : `${clockTime(time)}  ${(value * 100).toFixed(1)} %`;
    },
  });
  chart.update(data.times, [values]);
  return [chart];
}

/** Returns the distance of marks in a span of seconds; seven of them fit beside each other. */
function stepOf(span: number): number {
  const steps = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400];
  return steps.find((step) => step >= span / 7) ?? Math.ceil(span / 7 / 86_400) * 86_400;
}

/** Time of the day in UTC, with seconds if it has some. */
function clockTime(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString().slice(11, 19);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const chart of charts) chart.recolour();
});
