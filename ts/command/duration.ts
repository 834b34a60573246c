/** Durations as people write them: `500ms`, `1.5s`, `1m`, `24h`, `7d`; a number is milliseconds. */

const UNITS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Text for errors. */
export const DURATIONS = 'milliseconds, or a text such as "500ms", "2s", "1m" or "24h"';

/** Returns milliseconds; undefined for a value that is no duration above 0. */
export function readDuration(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? fromText(value) : value;
  return typeof ms === 'number' && Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function fromText(text: string): number | undefined {
  const [, amount, unit = 'ms'] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

/** Writes a duration with at most three digits and the unit that suits it. */
export function showDuration(ms: number): string {
  if (ms === 0) return '0 ms';
  if (!Number.isFinite(ms)) return 'for ever';
  for (const [unit, factor] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const) {
    // Whole days as hours, as exchanges have it: 24 h.
    if (ms >= factor * (unit === 'd' ? 2 : 1)) return `${rounded(ms / factor)} ${unit}`;
  }
  return `${rounded(ms)} ms`;
}

function rounded(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}
