/** The script of a page: draws the charts of rules. */

import UPlot from 'uplot';

/** Data that the page carries. */
interface PageData {
  /** Seconds (Unix) of the points. */
  readonly times: readonly number[];
  readonly charts: readonly { readonly id: string; readonly values: readonly (number | null)[] }[];
}

const data: PageData = JSON.parse(document.getElementById('data')?.textContent ?? '');
const figures = [...document.querySelectorAll<HTMLElement>('figure[data-chart]')];
const dark = matchMedia('(prefers-color-scheme: dark)');
let plots: UPlot[] = [];
/** Pixels. */
const HEIGHT = 150;

function draw(): void {
  for (const plot of plots) plot.destroy();
  plots = figures.flatMap((figure) => {
    const chart = data.charts[Number(figure.dataset.chart)];
    const target = figure.querySelector<HTMLElement>('.chart');
    if (chart === undefined || target === null) return [];
    const caption = figure.querySelector<HTMLElement>('figcaption span');
    const options = optionsFor(target, (text) => {
      if (caption) caption.textContent = text || (caption.dataset.detail ?? '');
    });
    return [new UPlot(options, [[...data.times], [...chart.values]], target)];
  });
}

/** @param show shows a text about the point under the pointer; an empty text if there is none */
function optionsFor(target: HTMLElement, show: (text: string) => void): UPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--faint'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width: target.clientWidth,
    height: HEIGHT,
    cursor: { points: { size: 6 }, drag: { x: true, y: false } },
    legend: { show: false },
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most)] } },
    axes: [
      { ...axis, values: (_, seconds) => seconds.map(clockTime) },
      {
        ...axis,
        size: 46,
        values: (_, values) => values.map((value) => `${Math.round(value * 100)} %`),
      },
    ],
    series: [
      {},
      {
        stroke: colour('--accent'),
        fill: colour('--fill'),
        width: 1.5,
        points: { show: false },
      },
    ],
    hooks: {
      setCursor: [
        ({ cursor: { idx }, data: [times, values] }) => {
          const [time, value] = [times[idx ?? -1], values?.[idx ?? -1]];
          const isPoint = time !== undefined && typeof value === 'number';
          show(isPoint ? `${clockTime(time)}  ${(value * 100).toFixed(1)} %` : '');
        },
      ],
    },
  };
}

/** Time of the day in UTC, with seconds if it has some. */
function clockTime(seconds: number): string {
  const text = new Date(seconds * 1000).toISOString().slice(11, 19);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}

draw();
dark.addEventListener('change', draw);
new ResizeObserver(() => {
  for (const plot of plots) {
    const target = plot.root.parentElement;
    if (target) plot.setSize({ width: target.clientWidth, height: HEIGHT });
  }
}).observe(document.body);
