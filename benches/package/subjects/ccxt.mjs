// The Throttler of ccxt, loaded from its own module, as the whole package loads more than a hundred
// exchanges. It grants while its tokens are not negative, so `limit - 1` tokens grant `limit`
// requests of cost 1.

/** @typedef {import('../types.ts').Limits} Limits */

/**
 * @typedef {object} Throttler
 * @property {(cost?: number) => Promise<void>} throttle
 * @property {{ tokens: number }} config
 */

/**
 * @type {{
 *   Throttler: new (config: { refillRate: number, capacity: number, tokens: number }) => Throttler
 * }}
 */
const { Throttler } = await import(
  // Imported by its path, as the package exports no such entry.
  new URL('../../../node_modules/ccxt/js/src/base/functions/throttle.js', import.meta.url).href
);

/** Limits with a refill so slow that the taken tokens stay visible. */
export const plenty = { limit: 1e12, interval: 1e21 };

/** @param {Limits} limits */
export function one({ limit, interval }) {
  const throttler = new Throttler({
    refillRate: limit / interval,
    capacity: limit,
    tokens: limit - 1,
  });
  return {
    request: () => throttler.throttle(1),
    counted: () => Math.round(limit - 1 - throttler.config.tokens),
  };
}

/**
 * Puts the bucket into debt by a first request, so that all others wait.
 * @param {number} hold
 */
export async function backlog(hold) {
  const all = 1e12;
  const throttler = new Throttler({ refillRate: all / hold, capacity: all, tokens: 0 });
  await throttler.throttle(all);
  return { request: () => throttler.throttle(1) };
}
