// A limiter that a careful programmer would write in an afternoon instead of installing a package:
// the yardstick for the cost of the engine and of calls into WebAssembly. For an immediate grant it
// does the same work as multi-throttler:
//
// - costs are an object by rule id, of which only own properties count;
// - an unknown rule, a cost that is not a finite number of 0 or more, and a cost above the capacity
//   are rejected, in this order;
// - all rules or none, FIFO in three classes, a bounded queue, one timer for the head;
// - errors are rejections; buckets refill by a monotonic clock, which is read once per request.
//
// It lacks features that cost nothing while unused: signals, timeouts, status and changes of rules.
// It is not exact either: it sums up refills, so it drifts.

/**
 * @typedef {object} Bucket
 * @property {number} capacity
 * @property {number} refillRate tokens per millisecond
 * @property {number} tokens
 * @property {number} at when `tokens` was computed
 */

/**
 * @typedef {object} Waiting
 * @property {Record<string, number>} cost
 * @property {() => void} resolve
 */

const hasOwn = Object.prototype.hasOwnProperty;

/** Results for a valid cost; any other result describes the mistake. */
const NOW = 'now';
const LATER = 'later';

export class HandWritten {
  /** @type {Map<string, Bucket>} */
  #buckets = new Map();
  /** @type {[Waiting[], Waiting[], Waiting[]]} */
  #lines = [[], [], []];
  /** Index of the first waiter in each line: advancing it is cheaper than shifting the array. */
  #heads = [0, 0, 0];
  #waiting = 0;
  #maxWaiting;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {readonly { id: string, capacity: number, refillRate: number }[]} rules
   * @param {number} maxWaiting
   */
  constructor(rules, maxWaiting = 2000) {
    const at = performance.now();
    for (const { id, capacity, refillRate } of rules) {
      this.#buckets.set(id, { capacity, refillRate, tokens: capacity, at });
    }
    this.#maxWaiting = maxWaiting;
  }

  /**
   * @param {Record<string, number>} cost
   * @param {0 | 1 | 2} rank
   * @returns {Promise<void>}
   */
  throttle(cost, rank = 1) {
    const now = performance.now();
    const answer = this.#examine(cost, now);
    if (answer !== NOW && answer !== LATER) return Promise.reject(new Error(answer));
    if (answer === NOW && this.#waiting === 0) {
      this.#take(cost);
      return Promise.resolve();
    }
    if (this.#waiting >= this.#maxWaiting) return Promise.reject(new Error('queue is full'));
    return new Promise((resolve) => {
      this.#lines[rank].push({ cost: { ...cost }, resolve });
      this.#waiting++;
      if (this.#timer === undefined) this.#arm(now);
    });
  }

  /** @param {string} id */
  tokens(id) {
    return this.#buckets.get(id)?.tokens ?? Number.NaN;
  }

  /**
   * Whether a cost is available at `now`, or what is wrong with it. Continues after an invalid
   * amount, as an unknown rule takes precedence over any other mistake.
   * @param {Record<string, number>} cost
   * @param {number} now
   */
  #examine(cost, now) {
    let answer = NOW;
    for (const id in cost) {
      if (!hasOwn.call(cost, id)) continue;
      const bucket = this.#buckets.get(id);
      if (bucket === undefined) return `unknown rule ${id}`;
      const amount = cost[id];
      if (!(typeof amount === 'number' && amount >= 0 && amount <= bucket.capacity)) {
        answer = 'a cost is not a number of 0 or more, or above its capacity';
        continue;
      }
      bucket.tokens = Math.min(
        bucket.capacity,
        bucket.tokens + (now - bucket.at) * bucket.refillRate,
      );
      bucket.at = now;
      if (bucket.tokens < amount && answer === NOW) answer = LATER;
    }
    return answer;
  }

  /** @param {Record<string, number>} cost */
  #take(cost) {
    for (const id in cost) {
      if (!hasOwn.call(cost, id)) continue;
      const bucket = this.#buckets.get(id);
      if (bucket !== undefined) bucket.tokens -= cost[id] ?? 0;
    }
  }

  /** The most important line that has a waiter; -1 without one. */
  #frontLine() {
    return this.#lines.findIndex((line, rank) => line.length > (this.#heads[rank] ?? 0));
  }

  #drain() {
    this.#timer = undefined;
    const now = performance.now();
    for (let rank = this.#frontLine(); rank >= 0; rank = this.#frontLine()) {
      const line = this.#lines[rank] ?? [];
      const head = this.#heads[rank] ?? 0;
      const first = line[head];
      if (first === undefined || this.#examine(first.cost, now) !== NOW) break;
      this.#take(first.cost);
      this.#waiting--;
      if (head + 1 === line.length) {
        line.length = 0;
        this.#heads[rank] = 0;
      } else {
        this.#heads[rank] = head + 1;
      }
      first.resolve();
    }
    if (this.#waiting > 0) this.#arm(now);
  }

  /** @param {number} now */
  #arm(now) {
    const rank = this.#frontLine();
    const first = this.#lines[rank]?.[this.#heads[rank] ?? 0];
    if (first === undefined) return;
    let wait = 0;
    this.#examine(first.cost, now);
    for (const [id, amount] of Object.entries(first.cost)) {
      const bucket = this.#buckets.get(id);
      if (bucket !== undefined) wait = Math.max(wait, (amount - bucket.tokens) / bucket.refillRate);
    }
    this.#timer = setTimeout(() => this.#drain(), Math.min(Math.ceil(wait), 2 ** 31 - 1));
  }
}
