import type { Priority } from '../config.js';
import type { ThrottlerStats } from '../stats.js';
import { CODES, GET_QUEUE_LENGTH, GET_STATS, GET_STATUS, MODE } from './protocol.js';

/** Calls the engine: a method of protocol.ts, and its argument. */
// biome-ignore lint/suspicious/noExplicitAny: one door for results of all types
type Call = (method: number, argument?: unknown) => any;

/** Returns the statistics of an engine. */
export function readStats(call: Call): ThrottlerStats {
  const [
    granted = 0,
    aborted = 0,
    p50 = 0,
    p95 = 0,
    p99 = 0,
    max = 0,
    throttleFactor = 0,
    consecutive429 = 0,
    pausedUntil = 0,
    timersFired = 0,
    ...counts
  ]: number[] = call(GET_STATS);
  const rejected = CODES.map((code, index) => [code, counts[index] ?? 0] as const);
  const waiting = (priority: Priority) => call(GET_QUEUE_LENGTH, priority);
  return {
    granted,
    rejected: Object.fromEntries(rejected.filter(([, count]) => count > 0)),
    aborted,
    waiting: { critical: waiting('critical'), normal: waiting('normal'), low: waiting('low') },
    wait: { p50, p95, p99, max },
    peakUtilization: call(GET_STATUS, true),
    throttleFactor,
    mode: call(MODE),
    consecutive429,
    pausedUntil: pausedUntil > Number.NEGATIVE_INFINITY ? pausedUntil : null,
    timersFired,
  };
}
