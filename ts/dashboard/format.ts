const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** The limit of a rule without one. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

export const count = (value: number): string => whole.format(value);

/** A count of at most five characters, for tiles. */
export const shortCount = (value: number): string =>
  value < 100_000 ? whole.format(value) : compact.format(value);

/** An amount of tokens. */
export const amount = (tokens: number): string =>
  tokens >= NO_LIMIT ? 'no limit' : tokens < 100 ? tenths.format(tokens) : whole.format(tokens);

/** A rate, in requests a second. */
export const rate = (perSecond: number): string =>
  perSecond < 10 ? tenths.format(perSecond) : shortCount(perSecond);

export const percent = (fraction: number): string => `${whole.format(fraction * 100)}\u00a0%`;

/** A duration with two digits or more: 850 ms, 12.3 s, 2 min 05 s, 1 h 02 min. */
export function duration(ms: number): string {
  if (ms < 1) return '0 ms';
  if (ms < 1000) return `${whole.format(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return countdown(ms);
}

/** The rest of a duration, in whole seconds: 12 s, 2 min 05 s, 1 h 02 min. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${padded(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${padded(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${padded(hours % 24)} h`;
}

/** How long ago something was: now, 12 s ago, 5 min ago, 3 h ago. */
export function ago(ms: number): string {
  if (ms < 2000) return 'now';
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  return `${Math.floor(ms / 3_600_000)} h ago`;
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}
