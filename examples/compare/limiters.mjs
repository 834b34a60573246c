/**
 * The limiters under comparison. Each makes a function that sends a request when it is allowed,
 * used as its documentation recommends.
 *
 * @typedef {object} Job
 * @property {string} url of the exchange
 * @property {typeof fetch} fetch
 *
 * @typedef {(request: import('../bot/mix.mjs').BotRequest) => Promise<unknown>} Send
 */

import { costOf } from '../bot/costs.mjs';

const MINUTE = 60_000;
/** Limits: REQUEST_WEIGHT per minute, ORDERS per 10 seconds. */
const [WEIGHT, ORDERS] = [6000, 100];

/** @param {import('../bot/mix.mjs').BotRequest} request */
function isOrder({ endpoint }) {
  return endpoint === 'POST /api/v3/order';
}

/**
 * @param {Job} job
 * @param {import('../bot/mix.mjs').BotRequest} request
 */
function toRequest({ url }, { endpoint, params }) {
  const [method = '', path] = endpoint.split(' ');
  const query = new URLSearchParams([...params].map(([name, value]) => [name, String(value)]));
  return new Request(`${url}${path}?${query}`, { method });
}

/** @param {import('../bot/mix.mjs').BotRequest} request */
function weightOf(request) {
  return costOf(request).REQUEST_WEIGHT ?? 0;
}

/** @type {Readonly<Record<string, (job: Job) => Promise<Send>>>} in the order of the table */
export const LIMITERS = {
  'multi-throttler': async (job) => {
    const { MultiThrottler } = await import('multi-throttler');
    const { binanceSpot, throttledFetch } = await import('multi-throttler/exchange');
    const throttler = new MultiThrottler(binanceSpot.rules, {
      headers: binanceSpot.headers,
      modes: { normal: { reserve: 0.01 } },
    });
    const placesOrder = (/** @type {Request} */ { method }) => method === 'POST';
    const send = throttledFetch(throttler, {
      costs: (request) => binanceSpot.costs(request.method, request.url),
      priority: (request) => (placesOrder(request) ? 'critical' : 'normal'),
      pauses: binanceSpot.pauses,
      retries: 100,
      fetch: job.fetch,
    });
    return (request) => send(toRequest(job, request));
  },

  'ccxt, leaky bucket': (job) => ccxt(job, { rateLimiterAlgorithm: 'leakyBucket' }),

  'ccxt, rolling window': (job) => ccxt(job, { rateLimiterAlgorithm: 'rollingWindow' }),

  bottleneck: async (job) => {
    const { default: Bottleneck } = await import('bottleneck');
    const reservoir = (/** @type {number} */ amount, /** @type {number} */ interval) =>
      new Bottleneck({
        reservoir: amount,
        reservoirRefreshAmount: amount,
        reservoirRefreshInterval: interval,
      });
    const weight = reservoir(WEIGHT, MINUTE);
    const orders = reservoir(ORDERS, 10_000);
    return (request) => {
      const send = () => job.fetch(toRequest(job, request));
      return isOrder(request)
        ? orders.schedule({ priority: 0 }, send)
        : weight.schedule({ weight: weightOf(request) }, send);
    };
  },

  'p-throttle, strict': async (job) => {
    const { default: pThrottle } = await import('p-throttle');
    const send = (/** @type {import('../bot/mix.mjs').BotRequest} */ request) =>
      job.fetch(toRequest(job, request));
    const data = pThrottle({
      limit: WEIGHT,
      interval: MINUTE,
      strict: true,
      weight: weightOf,
    })(send);
    const orders = pThrottle({ limit: ORDERS, interval: 10_000, strict: true })(send);
    return (request) => (isOrder(request) ? orders(request) : data(request));
  },

  'rate-limiter-flexible, queue': async (job) => {
    const { RateLimiterMemory, RateLimiterQueue } = await import('rate-limiter-flexible');
    const queue = (/** @type {number} */ points, /** @type {number} */ duration) =>
      new RateLimiterQueue(new RateLimiterMemory({ points, duration }), { maxQueueSize: 1e6 });
    const weight = queue(WEIGHT, 60);
    const orders = queue(ORDERS, 10);
    return async (request) => {
      if (isOrder(request)) await orders.removeTokens(1);
      else await weight.removeTokens(weightOf(request));
      return job.fetch(toRequest(job, request));
    };
  },
};

/**
 * ccxt without other packages, with its own costs and throttler.
 *
 * @param {Job} job
 * @param {object} options
 * @returns {Promise<Send>}
 */
async function ccxt(job, options) {
  const { ccxtAt } = await import('../../tests/simulator/clients/ccxt.mjs');
  const exchange = ccxtAt('binance', job.url, job.fetch, options);
  return ({ endpoint, params }) => {
    const [, verb = '', name = ''] = /^([A-Z]+) \/api\/v3\/(.*)$/.exec(endpoint) ?? [];
    const words = [verb.toLowerCase(), ...name.split('/')].map(
      (word) => word[0]?.toUpperCase() + word.slice(1),
    );
    const isPublic = verb === 'GET' && !/^(account|openOrders)$/.test(name);
    return exchange[`${isPublic ? 'public' : 'private'}${words.join('')}`](
      Object.fromEntries(params),
    );
  };
}
