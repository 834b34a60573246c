/**
 * The ways in which exchanges count, except fixed windows (`window-counter.mjs`). Counters are
 * pure: each call carries the time in milliseconds.
 *
 * A server first checks whether a request fits under all its counters, then adds it to each of
 * them, accepted or not. Each counter decides whether refused requests count.
 *
 * @typedef {object} Counter
 * @property {number} limit
 * @property {(now: number, cost: number) => boolean} fits
 * @property {(now: number, cost: number, accepted: boolean) => void} add
 * @property {(now: number) => number} remaining
 */

/** Tolerance for sums of fractions, which a client rounds in another order. */
const ROUNDING = 1e-6;

/**
 * A log of accepted requests, which count up to and including the age of `interval` (Bybit).
 *
 * @implements {Counter}
 */
export class SlidingLog {
  /** @type {{ at: number, cost: number }[]} */
  #log = [];
  /** Index of the oldest entry that counts. */
  #first = 0;
  /** Sum of the entries that count. Sums of whole numbers are exact, others are added up anew. */
  #sum = 0;
  #isWhole = true;

  /**
   * @param {number} limit
   * @param {number} interval ms
   */
  constructor(limit, interval) {
    this.limit = limit;
    this.interval = interval;
  }

  /** @param {number} now */
  remaining(now) {
    this.#expire(now);
    if (this.#isWhole) return this.limit - this.#sum;
    return this.limit - this.#log.slice(this.#first).reduce((sum, { cost }) => sum + cost, 0);
  }

  /**
   * @param {number} now
   * @param {number} cost
   */
  fits(now, cost) {
    return cost <= this.remaining(now);
  }

  /**
   * @param {number} now
   * @param {number} cost
   * @param {boolean} accepted
   */
  add(now, cost, accepted) {
    if (!accepted) return;
    this.#log.push({ at: now, cost });
    this.#sum += cost;
    this.#isWhole &&= Number.isInteger(cost);
  }

  /**
   * When the oldest entry expires; now if there is none.
   *
   * @param {number} now
   */
  resetAt(now) {
    this.#expire(now);
    const oldest = this.#log[this.#first];
    return oldest ? oldest.at + this.interval : now;
  }

  /** @param {number} now */
  #expire(now) {
    for (let one = this.#log[this.#first]; one; one = this.#log[this.#first]) {
      if (one.at >= now - this.interval) break;
      this.#sum -= one.cost;
      this.#first += 1;
    }
    // Entries are dropped in bulk, as each removal from the front moves all others.
    if (this.#first > 1000 && this.#first * 2 > this.#log.length) {
      this.#log = this.#log.slice(this.#first);
      this.#first = 0;
    }
  }
}

/**
 * A window that the first request opens; the first request after its end opens the next (KuCoin).
 *
 * @implements {Counter}
 */
export class FirstRequestWindow {
  #opened = Number.NEGATIVE_INFINITY;
  #counted = 0;

  /**
   * @param {number} limit
   * @param {number} interval ms
   */
  constructor(limit, interval) {
    this.limit = limit;
    this.interval = interval;
  }

  /** @param {number} now */
  remaining(now) {
    return this.limit - (this.#isOver(now) ? 0 : this.#counted);
  }

  /**
   * @param {number} now
   * @param {number} cost
   */
  fits(now, cost) {
    return cost <= this.remaining(now);
  }

  /**
   * @param {number} now
   * @param {number} cost
   * @param {boolean} accepted
   */
  add(now, cost, accepted) {
    if (this.#isOver(now)) {
      this.#opened = now;
      this.#counted = 0;
    }
    if (accepted) this.#counted += cost;
  }

  /**
   * @param {number} now
   * @returns {number} ms until the window ends, or a whole interval if none is open
   */
  resetIn(now) {
    return this.#isOver(now) ? this.interval : this.#opened + this.interval - now;
  }

  /** @param {number} now */
  #isOver(now) {
    return now > this.#opened + this.interval;
  }
}

/**
 * A counter that each request raises, refused or not, and that falls steadily (Kraken).
 *
 * @implements {Counter}
 */
export class DecayingCounter {
  #value = 0;
  #at = 0;

  /**
   * @param {number} limit the highest value
   * @param {number} decay per ms
   */
  constructor(limit, decay) {
    this.limit = limit;
    this.decay = decay;
  }

  /** @param {number} now */
  remaining(now) {
    return this.limit - this.#valueAt(now);
  }

  /**
   * @param {number} now
   * @param {number} cost
   */
  fits(now, cost) {
    return cost <= this.remaining(now) + ROUNDING;
  }

  /**
   * @param {number} now
   * @param {number} cost
   */
  add(now, cost) {
    this.#value = this.#valueAt(now) + cost;
    this.#at = now;
  }

  /** @param {number} now */
  #valueAt(now) {
    return Math.max(0, this.#value - (now - this.#at) * this.decay);
  }
}

/**
 * A bucket that refills when a request comes: `tokens = min(burst, tokens + elapsed * rate)`
 * (Coinbase Exchange).
 *
 * @implements {Counter}
 */
export class LazyBucket {
  #tokens;
  #at = 0;

  /**
   * @param {number} limit its capacity, with which it starts
   * @param {number} rate tokens per ms
   */
  constructor(limit, rate) {
    this.limit = limit;
    this.rate = rate;
    this.#tokens = limit;
  }

  /** @param {number} now */
  remaining(now) {
    return Math.min(this.limit, this.#tokens + (now - this.#at) * this.rate);
  }

  /**
   * @param {number} now
   * @param {number} cost
   */
  fits(now, cost) {
    return cost <= this.remaining(now) + ROUNDING;
  }

  /**
   * @param {number} now
   * @param {number} cost
   * @param {boolean} accepted
   */
  add(now, cost, accepted) {
    this.#tokens = this.remaining(now) - (accepted ? cost : 0);
    this.#at = now;
  }
}
