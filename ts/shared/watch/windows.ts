import type { RuleReading } from './reading.js';

/** The definition of a rule, in the fields that matter here. */
interface Definition {
  readonly algorithm?: string | undefined;
  readonly interval?: number | undefined;
  readonly refillRate?: number | undefined;
}

/** The clocks of a reading. */
export interface Instant {
  /** Unix milliseconds of this machine. */
  readonly at: number;
  /** The server's clock minus this machine's, in milliseconds. */
  readonly clockOffset: number;
}

type Window = Pick<RuleReading, 'algorithm' | 'interval' | 'nextAt'>;

/**
 * Returns what the definition of a rule says about its windows.
 *
 * @param used its usage, in tokens
 * @param openFor how long a window that its first request opened has been open, in milliseconds
 */
export function windowOf(
  definition: object | undefined,
  { at, clockOffset }: Instant,
  used: number,
  openFor: number | undefined,
): Window {
  const { algorithm = 'token-bucket', interval, refillRate = 0 } = (definition ?? {}) as Definition;
  const window = (nextAt: number | null): Window => ({
    algorithm,
    interval: interval ?? null,
    nextAt,
  });
  if (algorithm === 'token-bucket') {
    return window(used > 0 && refillRate > 0 ? Math.ceil(at + used / refillRate) : null);
  }
  if (interval === undefined) return window(null);
  if (algorithm === 'fixed-window') {
    const serverNow = at + clockOffset;
    return window((Math.floor(serverNow / interval) + 1) * interval - clockOffset);
  }
  if (algorithm !== 'first-request-window' || openFor === undefined) return window(null);
  return window(Math.max(at, at + interval - openFor));
}
