/**
 * The limiters under comparison, with one limit of costs a minute. Each makes a function that
 * waits until a cost may be sent, used as its documentation recommends.
 *
 * @typedef {(cost: number) => Promise<unknown>} Wait
 * @typedef {(limit: number, interval: number, delay: number) => Promise<Wait>} Make
 */

const nothing = async () => {};

/**
 * The limiters in the order of the table, for a server that counts in a window.
 *
 * @param {import('./mixed.mjs').Window} window
 * @returns {Readonly<Record<string, Make>>}
 */
export function limitersFor(window) {
  return {
    'multi-throttler': async (limit, interval, delay) => {
      const { MultiThrottler, fixedWindow, rollingWindow } = await import('multi-throttler');
      const rule = window === 'fixed' ? fixedWindow : rollingWindow;
      const throttler = new MultiThrottler([rule({ id: 'COST', limit, interval, jitter: delay })]);
      return (cost) => throttler.throttle({ COST: cost });
    },

    'ccxt, leaky bucket': ccxt('leakyBucket'),

    'ccxt, rolling window': ccxt('rollingWindow'),

    bottleneck: async (limit, interval) => {
      const { default: Bottleneck } = await import('bottleneck');
      const limiter = new Bottleneck({
        reservoir: limit,
        reservoirRefreshAmount: limit,
        reservoirRefreshInterval: interval,
      });
      return (cost) => limiter.schedule({ weight: cost }, nothing);
    },

    'p-throttle, strict': async (limit, interval) => {
      const { default: pThrottle } = await import('p-throttle');
      const weight = (/** @type {number} */ cost) => cost;
      return pThrottle({ limit, interval, strict: true, weight })(nothing);
    },

    'rate-limiter-flexible, queue': async (limit, interval) => {
      const { RateLimiterMemory, RateLimiterQueue } = await import('rate-limiter-flexible');
      const limiter = new RateLimiterMemory({ points: limit, duration: interval / 1000 });
      const queue = new RateLimiterQueue(limiter);
      return (cost) => queue.removeTokens(cost);
    },
  };
}

/**
 * ccxt's own throttler, whose window holds as many units of cost as the limit.
 *
 * @param {'leakyBucket' | 'rollingWindow'} rateLimiterAlgorithm
 * @returns {Make}
 */
function ccxt(rateLimiterAlgorithm) {
  return async (limit, interval) => {
    const { ccxtAt } = await import('../../tests/simulator/clients/ccxt.mjs');
    const rateLimit = interval / limit;
    const options = { rateLimit, rateLimiterAlgorithm, rollingWindowSize: interval };
    const exchange = ccxtAt('binance', '', fetch, options);
    return (cost) => exchange.throttle(cost);
  };
}
