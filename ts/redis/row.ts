import type { Report, ThrottlerStats } from '../index.js';
import type { KnownPauses } from './pauses.js';

/** The throttler that follows a row, past the telling to others. */
interface Follower {
  stats(): Pick<ThrottlerStats, 'consecutive429' | 'pausedUntil'>;
  report(report: Report): void;
}

/**
 * Takes over the number of refusals in a row that all processes met, with the back-off and the
 * limits that follow.
 *
 * @param rules the known rules that the last refusal was about; undefined for all
 */
export function followRow(
  count: number,
  rules: readonly string[] | undefined,
  pauses: KnownPauses,
  { stats, report }: Follower,
): void {
  const { consecutive429: own, pausedUntil } = stats();
  if (count === 0) {
    if (own > 0) report({ status: 200 });
    return;
  }
  // The pause of the refusal is told by itself.
  const until = Number.isFinite(pausedUntil ?? Infinity) ? Number(pausedUntil) : 0;
  const seconds = Math.max(0.001, (until - Date.now()) / 1000);
  for (const id of rules ?? ['']) pauses.extend(id, Math.max(until, Date.now()));
  for (let n = own; n < count; n++) {
    report({ status: 429, headers: { 'retry-after': String(seconds) }, rules });
  }
}
