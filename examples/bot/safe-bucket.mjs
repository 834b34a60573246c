/**
 * The token bucket that is safe against a server that counts in fixed windows.
 *
 * A bucket of capacity C and rate r grants at most C + r * T in any span of T ms. A request may reach the server up to
 * `jitter` ms after its grant, so what one window of length W counts was granted within a span of W + jitter:
 *
 *     C + r * (W + jitter) <= limit                                      (safe, however the windows are aligned)
 *
 * The usual C = limit, r = limit / W lets up to twice the limit into one window: a full burst, and the refill of a
 * whole window on top.
 *
 * In the long run a bucket that is never full passes r * W per window, so C should be as small as possible. It cannot
 * be smaller than the dearest request, which could never be granted otherwise. And a little more is needed so that it
 * is never full while something waits: a timer fires up to `lateness` ms late, and what refills meanwhile must find
 * room. With F for the dearest request (or for a wanted burst):
 *
 *     C = F + r * lateness,   r = (limit - F) / (W + jitter + lateness)
 *
 * So the share of the limit that can be used is r * W / limit = (1 - F / limit) * W / (W + jitter + lateness).
 * For 6000 a minute, F = 80 and 250 ms of jitter it is 98.2 %. A rule that knows the server's windows loses less.
 *
 * @param {number} limit the most that the server lets through in one window
 * @param {number} interval length of the window, ms
 * @param {object} o
 * @param {number} o.jitter the longest time from grant to count, ms
 * @param {number} o.floor the dearest request, or the burst that is wanted
 * @param {number} [o.lateness] of timers, ms
 * @returns {{ capacity: number, refillRate: number, share: number }}
 */
export function safeBucket(limit, interval, { jitter, floor, lateness = 10 }) {
  if (floor >= limit) throw new RangeError(`a limit of ${limit} is too small for a burst of ${floor}`);
  const refillRate = (limit - floor) / (interval + jitter + lateness);
  return { capacity: floor + refillRate * lateness, refillRate, share: (refillRate * interval) / limit };
}
