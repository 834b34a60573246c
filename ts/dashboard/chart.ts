import uPlot from 'uplot';

/** A line of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** The name of a CSS variable, such as `--mt-series-1`. */
  readonly colour: string;
}

/** How a chart is drawn. */
export interface ChartOptions {
  readonly series: readonly ChartSeries[];
  /** The height in pixels. */
  readonly height: number;
  /** The largest value of the y axis; by default that of the data. */
  readonly max?: number | undefined;
  /** Returns the text of a value on the y axis. */
  readonly format: (value: number) => string;
  /** Returns the text of a position on the x axis. */
  readonly formatX: (x: number) => string;
  /** The distance of marks on the x axis; by default as the width allows. */
  readonly step?: number | undefined;
  /** The range of the x axis; by default that of the data. */
  readonly range?: readonly [number, number] | undefined;
  /** Called with the index of the point under the pointer, and with null when that leaves. */
  readonly onCursor?: ((index: number | null) => void) | undefined;
}

/** A chart in the page. */
export interface LineChart {
  /**
   * Draws other data.
   *
   * @param xs positions on the x axis, ascending
   * @param columns the values of each series; null for a gap
   */
  update(xs: readonly number[], columns: readonly (readonly (number | null)[])[]): void;
  /** Draws anew with other colours: the theme has changed. */
  recolour(): void;
  destroy(): void;
}

/** Makes a chart that fills the width of `host`. Its colours are CSS variables of `host`. */
export function lineChart(host: HTMLElement, options: ChartOptions): LineChart {
  const { height, max, format, formatX, range } = options;
  let colours = new Map<string, string>();
  const colour = (name: string) => {
    let value = colours.get(name);
    if (value === undefined) {
      value = getComputedStyle(host).getPropertyValue(name).trim() || 'currentcolor';
      colours.set(name, value);
    }
    return value;
  };
  const axis: uPlot.Axis = {
    stroke: () => colour('--mt-muted'),
    font: '11px system-ui, sans-serif',
    ticks: { show: false },
    grid: { stroke: () => colour('--mt-border'), width: 1 },
    gap: 6,
  };
  const plot = new uPlot(
    {
      width: Math.max(1, host.clientWidth),
      height,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, ...(range && { range: [range[0], range[1]] }) },
        y: { range: (_plot, _min, top) => [0, max ?? niceTop(top)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          values: (_plot, xs) => xs.map(formatX),
          size: 28,
          ...(options.step && { incrs: [options.step] }),
          space: 30,
        },
        { ...axis, size: 48, values: (_plot, values) => values.map(format), space: 30 },
      ],
      series: [
        {},
        ...options.series.map(
          ({ label, colour: name }): uPlot.Series => ({
            label,
            stroke: () => colour(name),
            width: 1.5,
            points: { show: false },
            spanGaps: false,
          }),
        ),
      ],
      hooks: {
        setCursor: [({ cursor }) => options.onCursor?.(cursor.idx ?? null)],
      },
    },
    [[], ...options.series.map(() => [])] as unknown as uPlot.AlignedData,
    host,
  );
  const resizing = new ResizeObserver(() => {
    const width = host.clientWidth;
    if (width > 0 && width !== plot.width) plot.setSize({ width, height });
  });
  resizing.observe(host);
  return {
    update: (xs, columns) => plot.setData([xs, ...columns] as unknown as uPlot.AlignedData),
    recolour() {
      colours = new Map();
      plot.redraw(false);
    },
    destroy() {
      resizing.disconnect();
      plot.destroy();
    },
  };
}

/** Returns a top of the y axis with room above the largest value, so that it rarely changes. */
function niceTop(largest: number): number {
  if (!(largest > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(largest));
  const steps = [1, 1.5, 2, 3, 4, 6, 8, 10, 15];
  return unit * (steps.find((step) => step * unit >= largest * 1.05) ?? 15);
}
