// Loops of calls that are compared in one process, in slices that alternate. children/turns.mjs
// imports this file anew for each side, so that each has machine code of its own.

/** @typedef {(count: number) => unknown} Loop runs so many calls; may return a promise */
/** @typedef {(entry: string) => Promise<Loop>} MakeLoop gets the URL of the package under test */

const HOUR = 3_600_000;
/** Limits that are never reached. */
const PLENTY = 1e12;

/** @param {string} entry */
async function threeRules(entry) {
  const { MultiThrottler } = await load(entry);
  return new MultiThrottler(rules());
}

const rules = () =>
  ['REQUEST_WEIGHT', 'ORDERS', 'RAW_REQUESTS'].map((id) => ({
    id,
    algorithm: /** @type {const} */ ('token-bucket'),
    capacity: PLENTY,
    refillRate: 1e-9,
  }));

/**
 * @param {string} entry
 * @returns {Promise<typeof import('multi-throttler')>}
 */
const load = (entry) => import(entry);

/** @type {Record<string, MakeLoop>} */
export const loops = {
  async 'granted at once, 3 rules, awaited'(entry) {
    const throttler = await threeRules(entry);
    return async (count) => {
      for (let i = 0; i < count; i++)
        await throttler.throttle({ REQUEST_WEIGHT: 1, ORDERS: 1, RAW_REQUESTS: 1 });
    };
  },

  async 'granted at once, 3 rules, not awaited'(entry) {
    const throttler = await threeRules(entry);
    return (count) => {
      let last = Promise.resolve();
      for (let i = 0; i < count; i++)
        last = throttler.throttle({ REQUEST_WEIGHT: 1, ORDERS: 1, RAW_REQUESTS: 1 });
      return last;
    };
  },

  async 'granted at once, with a signal and a longest wait'(entry) {
    const throttler = await threeRules(entry);
    const { signal } = new AbortController();
    return async (count) => {
      for (let i = 0; i < count; i++)
        await throttler.throttle(
          { REQUEST_WEIGHT: 1, ORDERS: 1, RAW_REQUESTS: 1 },
          { signal, maxWait: 1000 },
        );
    };
  },

  async 'a permit acquired and released'(entry) {
    const { MultiThrottler } = await load(entry);
    const throttler = new MultiThrottler([{ id: 'TASKS', algorithm: 'concurrency', limit: 10 }]);
    return async (count) => {
      for (let i = 0; i < count; i++) (await throttler.acquire({ TASKS: 1 })).release();
    };
  },

  async 'a response with usage reported'(entry) {
    const { MultiThrottler } = await load(entry);
    const headers = () => [{ rule: 'ORDERS', used: 1 }];
    const throttler = new MultiThrottler(rules(), { headers });
    return (count) => {
      for (let i = 0; i < count; i++) throttler.report({ status: 200, headers: { 'x-used': '1' } });
    };
  },

  async 'the status of 3 rules'(entry) {
    const throttler = await threeRules(entry);
    return (count) => {
      for (let i = 0; i < count; i++) throttler.getStatus();
    };
  },

  async 'a throttler with 3 rules constructed'(entry) {
    const { MultiThrottler } = await load(entry);
    return (count) => {
      for (let i = 0; i < count; i++) new MultiThrottler(rules());
    };
  },

  async '1000 waiting, in and out'(entry) {
    const { request, grantAll } = await waiting(entry);
    return async (count) => {
      for (let done = 0; done < count; done++) {
        for (let i = 1; i < 1000; i++) request();
        const last = request();
        grantAll();
        await last;
      }
    };
  },

  async '1000 waiting, cancelled by their signals'(entry) {
    const { request } = await waiting(entry);
    return async (count) => {
      for (let done = 0; done < count; done++) {
        const controllers = Array.from({ length: 1000 }, () => new AbortController());
        const rejected = controllers.map(({ signal }) => request(signal).catch(() => {}));
        for (const controller of controllers) controller.abort();
        await Promise.all(rejected);
      }
    };
  },

  async 'p-throttle, 1 rule, awaited'() {
    const { default: pThrottle } = await import('p-throttle');
    let runs = 0;
    const request = pThrottle({ limit: PLENTY, interval: HOUR })(() => {
      runs++;
    });
    return async (count) => {
      const before = runs;
      for (let i = 0; i < count; i++) await request();
      if (runs !== before + count) throw new Error(`p-throttle ran ${runs - before} of ${count}`);
    };
  },
};

/**
 * A throttler all of whose requests wait until `grantAll` moves its clock.
 * @param {string} entry
 */
async function waiting(entry) {
  const { MultiThrottler } = await load(entry);
  let now = 0;
  /** @type {(() => void) | undefined} */
  let due;
  const clock = {
    now: () => now,
    wallNow: () => 1.7e12 + now,
    setTimeout: (/** @type {() => void} */ callback) => {
      due = callback;
      return 1;
    },
    clearTimeout: () => {
      due = undefined;
    },
  };
  const throttler = new MultiThrottler(
    [{ id: 'ORDERS', algorithm: 'token-bucket', capacity: 1000, refillRate: 1, tokens: 0 }],
    { clock, maxCapacity: Number.POSITIVE_INFINITY },
  );
  return {
    /** @param {AbortSignal} [signal] */
    request: (signal) => throttler.throttle({ ORDERS: 1 }, signal && { signal }),
    grantAll() {
      now += 1000;
      due?.();
    },
  };
}
