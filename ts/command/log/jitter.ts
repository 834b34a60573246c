/**
 * The jitter that the timings of a log ask for: the longest time from the sending of a request to
 * its arrival, with the error of the clock.
 *
 * 1. A response bounds it: a request arrives before its response does. Of a round trip r, the way
 *    back takes at least b, half of the shortest round trip of the log, so the way there took at
 *    most r - b.
 * 2. A count bounds it from below, where windows are aligned to the clock. Let a request be sent at
 *    t, in the window that ends at w, and let the usage in its response be lower than that of a
 *    request of the same window that was answered before t. It was counted in the next window, so
 *    it was w - t on its way, or the two clocks differ by as much.
 */

import type { FixedWindowRule } from '../../index.js';
import type { LogRecord } from './record.js';

export interface JitterReport {
  /** Number of requests whose round trip is known. */
  readonly known: number;
  /** Round trips, ms. */
  readonly roundTrip: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Jitter that covers 99.9 % of the requests by their round trips, ms. */
  readonly usual: number;
  /** Jitter that covers all of them, ms. */
  readonly longest: number;
  /** The longest delay that counts of the exchange prove, ms; 0 if they prove none. */
  readonly proven: number;
  /** The `jitter` to set, ms: a multiple of 10. */
  readonly advised: number;
}

/** Usage that an exchange reported in a response. */
export interface Reported {
  readonly record: LogRecord;
  readonly rule: FixedWindowRule;
  readonly used: number;
}

/** Returns undefined if no request has a time of response. */
export function jitterOf(
  records: readonly LogRecord[],
  reported: readonly Reported[],
): JitterReport | undefined {
  const trips = records
    .flatMap(({ sent, received }) => (received === undefined ? [] : [Math.max(0, received - sent)]))
    .sort((a, b) => a - b);
  const shortest = trips[0];
  if (shortest === undefined) return undefined;
  const at = (fraction: number) =>
    trips[Math.min(trips.length - 1, Math.ceil(fraction * trips.length) - 1)] as number;
  const usual = at(0.999) - shortest / 2;
  const proven = provenDelay(reported);
  return {
    known: trips.length,
    roundTrip: { p50: at(0.5), p99: at(0.99), max: at(1) },
    usual,
    longest: at(1) - shortest / 2,
    proven,
    advised: Math.max(10, Math.ceil(Math.max(usual, proven) / 10) * 10),
  };
}

/** The second bound above. */
function provenDelay(reported: readonly Reported[]): number {
  let proven = 0;
  /** The highest answered usage by rule and window. */
  const highest = new Map<string, { used: number; received: number }>();
  for (const { record, rule, used } of reported) {
    const { sent, received } = record;
    if (received === undefined) continue;
    const window = Math.floor(sent / rule.interval);
    const left = (window + 1) * rule.interval - sent;
    const key = `${rule.id} ${window}`;
    const before = highest.get(key);
    if (before && before.received < sent && used < before.used) {
      // A clock that is wrong by more than half a window tells nothing about delays.
      if (left <= rule.interval / 2) proven = Math.max(proven, left);
    } else if (!before || used > before.used) {
      highest.set(key, { used, received });
    }
  }
  return proven;
}
