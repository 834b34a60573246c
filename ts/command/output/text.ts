/** Numbers, tables and colours for a terminal. */

/** Marks a text; without colours the text itself. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** Returns colours for a terminal, unless the user does without (https://no-color.org). */
export function paintFor(isTerminal: boolean, env: NodeJS.ProcessEnv): Paint {
  const isColoured = isTerminal && !env.NO_COLOR;
  const paint = (code: number) => (text: string) =>
    isColoured ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { bold: paint(1), dim: paint(2), red: paint(31), green: paint(32), yellow: paint(33) };
}

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `never`, `once` or `3 times`. */
export function times(value: number): string {
  if (value === 0) return 'never';
  return value === 1 ? 'once' : `${count(value)} times`;
}

/** A rate with three digits: `0.333`, `12.5`, `1,200`. */
export function rate(perSecond: number): string {
  return perSecond >= 1000 ? count(perSecond) : String(Number(perSecond.toPrecision(3)));
}

export function percent(fraction: number): string {
  const value = fraction * 100;
  if (value > 0 && value < 0.1) return '<0.1 %';
  return value >= 99.95 || value === 0 ? `${Math.round(value)} %` : `${value.toFixed(1)} %`;
}

const BAR = 16;

export function bar(fraction: number): string {
  const full = Math.max(0, Math.min(BAR, Math.round(fraction * BAR)));
  return '█'.repeat(full) + '░'.repeat(BAR - full);
}

/**
 * Aligns rows of cells; the first row is the head.
 *
 * @param sides of the columns, `l` or `r`; the last one holds for all that follow
 * @param paint marks a line of the body
 */
export function table(
  rows: readonly (readonly string[])[],
  sides: string,
  { dim }: Paint,
  paint: (line: string, row: number) => string = (line) => line,
): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const isLeft = (sides[column] ?? sides.at(-1)) === 'l';
        return isLeft ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('   ')
      .trimEnd(),
  );
  const [head = '', ...body] = lines;
  return [dim(head), ...body.map(paint)].join('\n');
}

/** Cuts a text in the middle. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${text.slice(0, most - 1 - half)}…${text.slice(-half)}`;
}
