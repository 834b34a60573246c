// What a careful programmer would write in an afternoon instead of installing a package: the yardstick for what the
// engine and its way through WebAssembly cost. It does what multi-throttler does for an immediate grant, and no less:
//
// - the costs are an object by rule id, of which only own properties count;
// - an unknown rule, a cost that is no finite number of 0 or more, and one above the capacity are refused, in this order;
// - all rules or none, first come first served in three classes, a bounded queue, one timer for the head;
// - errors are rejections; buckets refill by a monotonic clock that is read once for each request.
//
// It leaves out what costs nothing where it is not used: signals, time limits, status, changing rules, and exactness
// (it adds refills up, so it drifts).

/**
 * @typedef {object} Bucket
 * @property {number} capacity
 * @property {number} refillRate tokens per millisecond
 * @property {number} tokens
 * @property {number} at when `tokens` was worked out
 */

/**
 * @typedef {object} Waiting
 * @property {Record<string, number>} cost
 * @property {() => void} resolve
 */

const hasOwn = Object.prototype.hasOwnProperty;

/** What a cost that is in order can be; anything else is what is wrong with it. */
const NOW = 'now';
const LATER = 'later';

export class HandWritten {
  /** @type {Map<string, Bucket>} */
  #buckets = new Map();
  /** @type {[Waiting[], Waiting[], Waiting[]]} */
  #lines = [[], [], []];
  /** The first of each line that still waits: moving on is cheaper than shifting. */
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
   * Whether a cost is there at `now`, or what is wrong with it. Goes on after a wrong amount, as an unknown rule comes
   * before any other mistake.
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
        answer = 'a cost is no number of 0 or more, or above its capacity';
        continue;
      }
      bucket.tokens = Math.min(bucket.capacity, bucket.tokens + (now - bucket.at) * bucket.refillRate);
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

  /** The most important line in which somebody waits. */
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
