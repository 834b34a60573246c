// The Throttler of ccxt, out of its own module: the package as a whole loads more than a hundred exchanges. It takes
// while its tokens are not negative, so `limit - 1` tokens let `limit` requests of cost 1 go.

/** @typedef {import('../types.ts').Limits} Limits */

/**
 * @typedef {object} Throttler
 * @property {(cost?: number) => Promise<void>} throttle
 * @property {{ tokens: number }} config
 */

/** @type {{ Throttler: new (config: { refillRate: number, capacity: number, tokens: number }) => Throttler }} */
const { Throttler } = await import(
  // By its path, as the package exports no such entry.
  new URL('../../../node_modules/ccxt/js/src/base/functions/throttle.js', import.meta.url).href
);

/** So slow a refill that what is taken stays visible. */
export const plenty = { limit: 1e12, interval: 1e21 };

/** @param {Limits} limits */
export function one({ limit, interval }) {
  const throttler = new Throttler({ refillRate: limit / interval, capacity: limit, tokens: limit - 1 });
  return {
    request: () => throttler.throttle(1),
    counted: () => Math.round(limit - 1 - throttler.config.tokens),
  };
}

/**
 * A first request leaves it in debt.
 * @param {number} hold
 */
export async function backlog(hold) {
  const all = 1e12;
  const throttler = new Throttler({ refillRate: all / hold, capacity: all, tokens: 0 });
  await throttler.throttle(all);
  return { request: () => throttler.throttle(1) };
}
