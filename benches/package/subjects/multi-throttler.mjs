// The packed and installed package. Costs are fresh literals at each call, as in real programs.

/** @typedef {import('../types.ts').Limits} Limits */
/** @typedef {import('../types.ts').Rank} Rank */

/** @type {typeof import('multi-throttler')} */
const { MultiThrottler, ThrottleRule } = await import(String(process.env.BENCH_PACKAGE));

/** Limits with a refill so slow that the taken tokens stay visible. */
export const plenty = { limit: 1e12, interval: 1e21 };

/** @type {readonly import('multi-throttler').Priority[]} */
const PRIORITIES = ['critical', 'normal', 'low'];

/** @param {Limits} limits */
export function one({ limit, interval }) {
  const throttler = new MultiThrottler([new ThrottleRule('ORDERS', limit, limit / interval)]);
  return {
    request: () => throttler.throttle({ ORDERS: 1 }),
    counted: () => taken(throttler, 'ORDERS', limit),
  };
}

/** @param {Limits} limits */
export function three({ limit, interval }) {
  const rules = ['REQUEST_WEIGHT', 'ORDERS', 'RAW_REQUESTS'].map(
    (id) => new ThrottleRule(id, limit, limit / interval),
  );
  const throttler = new MultiThrottler(rules);
  return {
    request: () => throttler.throttle({ REQUEST_WEIGHT: 1, ORDERS: 1, RAW_REQUESTS: 1 }),
    counted: () => {
      const counts = rules.map(({ id }) => taken(throttler, id, limit));
      if (new Set(counts).size > 1)
        throw new Error(`the rules counted differently: ${counts.join(', ')}`);
      return counts[0] ?? Number.NaN;
    },
  };
}

/**
 * @param {import('multi-throttler').MultiThrottler} throttler
 * @param {string} id
 * @param {number} limit
 */
const taken = (throttler, id, limit) =>
  Math.round(limit - (throttler.getStatus()[id]?.tokens ?? Number.NaN));

/**
 * Makes a backlog: a first request takes the whole capacity, and a second one waits for it. Later
 * requests wait behind the second, and are granted with the clock's next tick after it.
 * @param {number} hold
 */
export function backlog(hold) {
  const all = 1e12;
  const rules = ['REQUEST_WEIGHT', 'ORDERS', 'RAW_REQUESTS'].map(
    (id) => new ThrottleRule(id, all, all / hold),
  );
  const throttler = new MultiThrottler(rules, { maxCapacity: Number.POSITIVE_INFINITY });
  const everything = { REQUEST_WEIGHT: all, ORDERS: all, RAW_REQUESTS: all };
  throttler.throttle(everything, { priority: 'critical' });
  throttler.throttle(everything, { priority: 'critical' });
  return {
    /**
     * @param {Rank} rank
     * @param {AbortSignal} [signal]
     */
    request: (rank, signal) =>
      throttler.throttle(
        { REQUEST_WEIGHT: 5, ORDERS: 1, RAW_REQUESTS: 1 },
        { priority: PRIORITIES[rank], signal },
      ),
    waiting: () => throttler.getQueueLength() - 1,
  };
}
