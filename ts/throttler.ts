import { typed } from './errors.js';
import { Promises } from './promises.js';
import type { Rule, ThrottleRule } from './rules.js';
import type {
  MultiThrottlerConfig,
  Priority,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerStatus,
} from './types.js';
import { type Core, costBuffer, load } from './wasm.js';

/** What the engine answers to a submitted request; any other number is the ticket of a request that waits. */
const GRANTED = -1;
const REFUSED = -2;

const NO_OPTIONS: ThrottleOptions = {};

/** Counts the requests whose costs were read, to notice a getter that makes a request of its own meanwhile. */
let reads = 0;

/**
 * Lets requests go when all rules allow them: all or nothing, first come first served, at the first instant possible.
 *
 * The work is done in Rust; this class reads costs, keeps promises and listens to abort signals.
 *
 * @example
 * const throttler = new MultiThrottler([
 *   new ThrottleRule('REQUEST_WEIGHT', 1200, 1200 / 60_000),
 *   new ThrottleRule('ORDERS', 100, 100 / 10_000),
 * ]);
 * await throttler.throttle({ REQUEST_WEIGHT: 5, ORDERS: 1 });
 */
export class MultiThrottler {
  readonly #core: Core;
  readonly #promises = new Promises();
  /** The engine's slot of each rule that was used; emptied whenever rules change. */
  readonly #slots = new Map<string, number>();

  /**
   * @param rules the limits; of two with the same id the later one counts
   * @throws {InvalidRuleError} a rule is not what it must be
   * @throws {InvalidConfigError} `config` is not what it must be, or `rules` is no iterable
   */
  constructor(rules: Iterable<Rule | ThrottleRule>, config?: MultiThrottlerConfig) {
    const Core = load();
    this.#core = attempt(() => new Core(rules, config, this.#promises.settle));
  }

  /**
   * Resolves when all rules allow the request, and takes its costs from them at that instant. A request that can be
   * granted now is granted before this returns.
   *
   * Never throws. Rejects with {@link UnknownRuleError}, {@link InvalidCostError}, {@link CostExceedsCapacityError},
   * {@link QueueOverflowError} (checked in this order), {@link WaitTimeoutError}, {@link InvalidConfigError} for a bad
   * option, {@link ThrottlerClosedError}, or the signal's reason.
   */
  throttle(cost: ThrottleCost, options: ThrottleOptions = NO_OPTIONS): Promise<void> {
    try {
      if (typeof options !== 'object') throw load().invalidOptions(options);
      const { priority, signal, maxWait = Number.POSITIVE_INFINITY } = options ?? NO_OPTIONS;
      const rank = rankOf(priority);
      if (rank === undefined || !(typeof maxWait === 'number' && maxWait >= 0) || !isSignal(signal)) {
        throw load().invalidOptions({ priority, signal, maxWait });
      }
      if (signal?.aborted) return Promise.reject(signal.reason);
      const ticket = this.#submit(cost, rank, maxWait);
      if (ticket === GRANTED) return Promise.resolve();
      if (ticket === REFUSED) throw this.#core.takeError();
      return this.#promises.wait(ticket >>> 0, signal, () => this.#core.cancel(ticket));
    } catch (error) {
      return Promise.reject(typed(error));
    }
  }

  /**
   * Adds a rule, or replaces the rule of that id, its tokens too. What waits is planned anew; requests that cost more
   * than the new capacity reject.
   *
   * @throws {InvalidRuleError} the rule is not what it must be
   */
  addRule(rule: Rule | ThrottleRule): void {
    this.#slots.clear();
    attempt(() => this.#core.addRule(rule));
  }

  /**
   * Removes a rule; requests that wait on it reject with {@link UnknownRuleError}.
   *
   * @returns whether there was such a rule
   */
  removeRule(ruleId: string): boolean {
    this.#slots.clear();
    return attempt(() => this.#core.removeRule(String(ruleId)));
  }

  /** What is left of each rule now. */
  getStatus(): ThrottlerStatus {
    return attempt(() => this.#core.getStatus());
  }

  /** How many requests wait, in all classes or in one. */
  getQueueLength(priority?: Priority): number {
    return attempt(() => this.#core.getQueueLength(priority));
  }

  /** Whether something waits. */
  isRunning(): boolean {
    return this.#core.isRunning();
  }

  /** Makes every rule full again. */
  reset(): void {
    attempt(() => this.#core.reset());
  }

  /**
   * Sets what is left of a rule, cut to `0..=capacity`. An unknown id is ignored.
   *
   * @throws {InvalidRuleError} `tokens` is no number
   */
  setTokens(ruleId: string, tokens: number): void {
    attempt(() => this.#core.setTokens(String(ruleId), tokens));
  }

  /**
   * Rejects all that wait, with `reason` or else with a {@link ThrottlerError} of code `CLEARED`.
   *
   * @returns how many waited
   */
  clear(reason?: Error): number {
    return this.#withReason(reason, () => this.#core.clear());
  }

  /**
   * Rejects all that wait, with `reason` or else with {@link ThrottlerClosedError}, and frees the engine. Later
   * requests reject with {@link ThrottlerClosedError}. Closing twice is closing once.
   */
  close(reason?: Error): void {
    this.#slots.clear();
    this.#withReason(reason, () => this.#core.close());
  }

  /** Submits a request and returns the engine's answer. */
  #submit(cost: ThrottleCost, priority: number, maxWait: number): number {
    const buffer = costBuffer();
    const read = ++reads;
    let length = 0;
    for (const id in cost) {
      if (!hasOwn.call(cost, id)) continue;
      const amount = cost[id];
      const slot = this.#slots.get(id) ?? this.#findSlot(id);
      if (slot < 0 || typeof amount !== 'number' || length === buffer.length) {
        return this.#core.submitCosts(readOn(cost, id, amount, buffer, length), priority, maxWait);
      }
      buffer[length++] = slot;
      buffer[length++] = amount;
    }
    // Nothing was read from `{}`, but also from what is no object of costs; or a getter used the buffer meanwhile.
    if (length === 0 || read !== reads) return this.#core.submitCosts(cost, priority, maxWait);
    return this.#core.submit(length / 2, priority, maxWait);
  }

  #findSlot(id: string): number {
    const slot = this.#core.slot(id);
    if (slot >= 0) this.#slots.set(id, slot);
    return slot;
  }

  /** Runs `work`, in which waiting requests that are settled reject with `reason`. */
  #withReason<T>(reason: Error | undefined, work: () => T): T {
    this.#promises.reason = reason;
    try {
      return attempt(work);
    } finally {
      this.#promises.reason = undefined;
    }
  }
}

const hasOwn = Object.prototype.hasOwnProperty;

/** All own costs of `cost`: those before `stopped` are in the buffer, and `amount` is that of `stopped`. */
function readOn(
  cost: ThrottleCost,
  stopped: string,
  amount: unknown,
  buffer: Float64Array,
  length: number,
): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const id in cost) {
    if (!hasOwn.call(cost, id)) continue;
    const at = 2 * entries.length;
    entries.push([id, at < length ? buffer[at + 1] : id === stopped ? amount : cost[id]]);
  }
  // Not by assignment: that would set the prototype for `__proto__`.
  return Object.fromEntries(entries);
}

/** The number of a class in the engine; undefined for what is none. */
function rankOf(priority: Priority | undefined): 0 | 1 | 2 | undefined {
  switch (priority) {
    case undefined:
    case 'normal':
      return 1;
    case 'critical':
      return 0;
    case 'low':
      return 2;
  }
}

function isSignal(signal: AbortSignal | undefined): boolean {
  return signal === undefined || typeof signal?.addEventListener === 'function';
}

/** Does what may throw an error of the engine. */
function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw typed(error);
  }
}
