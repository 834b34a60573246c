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
const STALE = -3;
/** What `#submit` answers of its own accord: the signal aborted while the costs were read. */
const ABORTED = -4;

const NO_OPTIONS: ThrottleOptions = {};

/**
 * The costs of the request that is being submitted: a stack, since reading them may run a getter that submits another
 * request. It is free from `top` on.
 */
const ids: string[] = [];
const amounts: unknown[] = [];
let top = 0;

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
    enableUsing();
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
      const ticket = signal?.aborted ? ABORTED : this.#submit(cost, rank, maxWait, signal);
      if (ticket === GRANTED) return Promise.resolve();
      if (ticket === REFUSED) throw this.#core.takeError();
      if (signal?.aborted) {
        // Perhaps only just now, by a clock that was asked for the time.
        if (ticket !== ABORTED) this.#takeOut(ticket);
        return Promise.reject(signal.reason);
      }
      return this.#promises.wait(ticket, signal, this.#core);
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

  /** {@link close}, for `using`: where the language has `Symbol.dispose`. */
  declare [Symbol.dispose]: () => void;

  /** Reads the costs once, submits the request, and returns the engine's answer. */
  #submit(cost: ThrottleCost, priority: number, maxWait: number, signal: AbortSignal | undefined): number {
    const start = top;
    try {
      if (typeof cost === 'object') {
        for (const id in cost) {
          if (!hasOwn.call(cost, id)) continue;
          ids[top] = id;
          amounts[top++] = cost[id];
        }
      }
      if (signal?.aborted) return ABORTED;
      // Nothing is read from `{}`, but also from what is no object of costs.
      if (top === start) return this.#core.submitCosts(cost, priority, maxWait);
      const count = this.#writeCosts(start);
      const answer = count === 0 ? STALE : this.#core.submit(count, priority, maxWait);
      return answer === STALE ? this.#core.submitCosts(costsFrom(start), priority, maxWait) : answer;
    } finally {
      top = start;
    }
  }

  /** Writes the costs from `start` on into the engine's buffer. Returns how many; 0 if one is unusual, or too many. */
  #writeCosts(start: number): number {
    let buffer = costBuffer();
    if (2 * (top - start) > buffer.length) return 0;
    for (let i = start, at = 0; i < top; i++) {
      const id = ids[i] as string;
      const amount = amounts[i];
      let slot = this.#slots.get(id);
      if (slot === undefined) {
        slot = this.#findSlot(id);
        if (slot < 0) return 0;
        // Looking it up may have made the engine's memory grow, and what was written is lost.
        if (buffer.length === 0) {
          buffer = costBuffer();
          i = start - 1;
          at = 0;
          continue;
        }
      }
      if (typeof amount !== 'number') return 0;
      buffer[at++] = slot;
      buffer[at++] = amount;
    }
    return top - start;
  }

  /** Takes a request out of the queue that has no promise yet. */
  #takeOut(ticket: number): void {
    this.#core.cancel(ticket);
    this.#core.flush();
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

/** Not beside the class, where it would keep bundlers from dropping a class that is not used. */
function enableUsing(): void {
  if (!Symbol.dispose || Symbol.dispose in MultiThrottler.prototype) return;
  Object.defineProperty(MultiThrottler.prototype, Symbol.dispose, {
    value(this: MultiThrottler) {
      this.close();
    },
    configurable: true,
    writable: true,
  });
}

const hasOwn = Object.prototype.hasOwnProperty;

/** The costs from `start` on as an object. Not by assignment: that would set the prototype for `__proto__`. */
function costsFrom(start: number): Record<string, unknown> {
  return Object.fromEntries(ids.slice(start, top).map((id, i) => [id, amounts[start + i]]));
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
  if (signal === undefined) return true;
  return typeof signal?.addEventListener === 'function' && typeof signal.removeEventListener === 'function';
}

/** Does what may throw an error of the engine. */
function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw typed(error);
  }
}
