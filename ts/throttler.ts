import type {
  AcquireOptions,
  ClearOptions,
  MultiThrottlerConfig,
  RequestPriority,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerStatus,
} from './config.js';
import { checkFunction } from './core/invalid-config.js';
import { checkPriority } from './core/options.js';
import {
  CLEAR,
  CLOSE,
  GET_STATUS,
  SET_PRIORITY,
  TRY_ACQUIRE,
  TRY_THROTTLE,
} from './core/protocol.js';
import type { Submitter } from './core/submit.js';
import { addSymbols } from './core/symbols.js';
import { sweep } from './core/timers/page.js';
import { toThrottlerError, withTypedErrors } from './errors.js';
import type { Permit } from './permit.js';
import type { AnyRule } from './rules.js';
import { attempt } from './shared/attempt.js';
import { ThrottlerControl } from './throttler/control.js';
import { Engine, engineOf } from './throttler/engine.js';
import type { Throttler } from './throttler/interface.js';
import { runTask, type Wrapped, wrapped } from './throttler/task.js';

/**
 * Grants requests when all of their rules allow them: all or nothing, by class, first in first out
 * within a class, each at the first possible instant.
 *
 * @typeParam Id the ids of the rules, where they are known. Costs of other ids are then errors of
 *   the compiler. A throttler that gets further rules later can name their ids from the start: `new
 *   MultiThrottler<'ORDERS' | 'WEIGHT'>([...])`, or allow any: `new MultiThrottler<string>([...])`.
 *
 * @example
 * const throttler = new MultiThrottler([
 *   fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000 }),
 *   fixedWindow({ id: 'ORDERS', limit: 100, interval: 10_000 }),
 * ]);
 * await throttler.throttle({ REQUEST_WEIGHT: 1, ORDERS: 1 });
 */
export class MultiThrottler<Id extends string = string>
  extends ThrottlerControl<Id>
  implements Throttler<Id>
{
  /** @internal The name that consoles print, as a minifier renames the class. */
  static override readonly name: string = 'MultiThrottler';

  /** Kept here too, for the shortest way of a request. */
  readonly #submitter: Submitter;

  /**
   * @param rules the rules; of two with the same id the later one counts
   * @throws {InvalidRuleError} a rule is invalid
   * @throws {InvalidConfigError} a field of `config` is invalid, or `rules` is no iterable
   */
  constructor(rules: Iterable<AnyRule<Id>>, config?: MultiThrottlerConfig) {
    const engine = new Engine(rules, config);
    addSymbols(MultiThrottler.prototype);
    super(engine);
    this.#submitter = engine.submitter;
  }

  // The first method, as the compiler compares throttlers of different ids member by member only if
  // it meets a mapped type before a conditional one. tests/ts/types/rule-ids.test-d.ts checks that.

  /**
   * Returns the status of each rule, in the order in which they were added: remaining tokens, limit
   * in force, used fraction. Of a family, it has the family and its members in use.
   *
   * @example
   * const { tokens, capacity } = throttler.getStatus().ORDERS;
   */
  override getStatus(): ThrottlerStatus<Id> {
    sweep();
    return engineOf(this).call(GET_STATUS);
  }

  /**
   * Resolves when all rules allow the request, and takes its costs from them at that instant. A
   * request that can be granted now is granted before this returns.
   *
   * Never throws. The promise rejects with {@link UnknownRuleError}, {@link InvalidCostError},
   * {@link CostExceedsCapacityError} or {@link QueueOverflowError}, checked in this order, with
   * {@link WaitTimeoutError}, {@link InvalidConfigError} for an invalid option,
   * {@link ThrottlerClosedError}, or the reason of the signal.
   *
   * @example
   * await throttler.throttle({ REQUEST_WEIGHT: 5 }, { priority: 'critical', maxWait: 1000 });
   */
  throttle(cost: ThrottleCost<Id>, options?: ThrottleOptions): Promise<void> {
    try {
      if (options === undefined) return this.#submitter.submitPlain(cost);
      return this.#submitter.submit(cost, options, false) as Promise<unknown> as Promise<void>;
    } catch (error) {
      return Promise.reject(toThrottlerError(error));
    }
  }

  /**
   * Resolves like {@link throttle}, with a permit that has to be released when the request is done.
   * Rules of concurrency need one; under other rules it can refund the cost of a request that was
   * never sent.
   *
   * @example
   * const permit = await throttler.acquire({ SOCKETS: 1 });
   * try {
   *   await connect();
   * } finally {
   *   permit.release();
   * }
   */
  acquire(cost: ThrottleCost<Id>, options?: AcquireOptions): Promise<Permit> {
    try {
      return this.#submitter.submit(cost, options, true) as Promise<Permit>;
    } catch (error) {
      return Promise.reject(toThrottlerError(error));
    }
  }

  /**
   * Waits for a permit, runs `task` with it, and releases it, also when the task fails. Resolves
   * and rejects like the task; rejects like {@link throttle} without running it.
   *
   * With `timeout`, rejects with {@link HoldTimeoutError} when the task has held its permit for
   * that long; the permit's signal aborts, and the place is free for others.
   *
   * @example
   * const balance = await throttler.run({ REQUEST_WEIGHT: 20 }, () => exchange.fetchBalance());
   */
  async run<T>(
    cost: ThrottleCost<Id>,
    task: (permit: Permit) => T | PromiseLike<T>,
    options?: AcquireOptions,
  ): Promise<T> {
    checkFunction('task', task);
    const permit = await this.acquire(cost, options);
    return runTask(permit, task, options);
  }

  /**
   * Returns a function that {@link run}s `fn` with its own arguments and `this`.
   *
   * @param cost the cost of each call, or a function of its arguments
   * @throws {InvalidConfigError} `fn` is no function
   *
   * @example
   * const fetchBook = throttler.wrap(
   *   (symbol: string, limit: number) => exchange.fetchOrderBook(symbol, limit),
   *   (_symbol, limit) => ({ REQUEST_WEIGHT: limit > 100 ? 25 : 5 }),
   * );
   */
  // biome-ignore lint/suspicious/noExplicitAny: a parameter without a type is any, as in p-throttle
  wrap<F extends (...args: any[]) => unknown>(
    fn: F,
    cost: ThrottleCost<Id> | ((...args: Parameters<F>) => ThrottleCost<Id>),
    options?: AcquireOptions,
  ): Wrapped<F> {
    checkFunction('fn', fn);
    return wrapped(fn, cost, (costs, task) => this.run(costs, task, options));
  }

  /**
   * Takes the costs if {@link throttle} would be granted at once, or takes nothing.
   *
   * @returns whether it took them
   * @throws the error with which `throttle` would reject
   */
  tryThrottle(cost: ThrottleCost<Id>, options?: Pick<ThrottleOptions, 'priority'>): boolean {
    sweep();
    return engineOf(this).call(TRY_THROTTLE, cost, options);
  }

  /**
   * Returns a permit if {@link acquire} would be granted at once, in the same tick, or takes
   * nothing.
   *
   * @throws the error with which `acquire` would reject
   *
   * @example
   * const permit = throttler.tryAcquire({ SOCKETS: 1 });
   * if (permit !== undefined) refresh().finally(() => permit.release());
   */
  tryAcquire(
    cost: ThrottleCost<Id>,
    options?: Pick<ThrottleOptions, 'priority'>,
  ): Permit | undefined {
    sweep();
    const ticket: number | undefined = engineOf(this).call(TRY_ACQUIRE, cost, options);
    return ticket === undefined ? undefined : this.#submitter.permitNow(ticket);
  }

  /**
   * Moves the waiting request that was given this `id` to another class or rank, as if it had been
   * made with it.
   *
   * @returns whether such a request waits
   * @throws {InvalidConfigError} there is no such class, or the rank is out of its range
   * @example
   * throttler.setPriority('quote-7', 'critical');
   * throttler.setPriority('quote-7', { class: 'normal', rank: 10 });
   */
  setPriority(id: string, priority: RequestPriority): boolean {
    const index = checkPriority(priority);
    const { waiters } = engineOf(this);
    const ticket = waiters.ticketOf(id);
    return ticket !== undefined && engineOf(this).call(SET_PRIORITY, ticket, index);
  }

  /**
   * Cancels the waiting request that was given this `id`: its promise rejects with `reason`, by
   * default a {@link ThrottlerError} of code `CANCELLED`.
   *
   * @returns whether such a request waits
   *
   * @example
   * throttler.throttle({ WEIGHT: 5 }, { id: 'depth' }).catch(() => {});
   * throttler.cancel('depth');
   */
  cancel(id: string, reason?: unknown): boolean {
    return withTypedErrors(() => engineOf(this).waiters.cancel(id, reason));
  }

  /**
   * Rejects all waiting requests, with `reason` or else with a {@link ThrottlerError} of code
   * `CLEARED`.
   *
   * @param options `rule`: the id of a rule, of a family or of a member, whose requests alone are
   *   rejected
   * @returns how many there were
   */
  clear(reason?: unknown, options?: ClearOptions<Id>): number {
    const rule = options?.rule;
    const id = rule === undefined ? undefined : String(rule);
    return engineOf(this).callWithReason(CLEAR, reason, id);
  }

  /**
   * Rejects all waiting requests, with `reason` or else with {@link ThrottlerClosedError}, and
   * frees the engine. Later requests reject with {@link ThrottlerClosedError}. Idempotent.
   */
  close(reason?: unknown): void {
    const engine = engineOf(this);
    const peaks = attempt(() => engine.call(GET_STATUS, true));
    engine.lastPeaks = { ...engine.lastPeaks, ...peaks };
    engine.callWithReason(CLOSE, reason);
    engine.waiters.changed();
  }

  /** {@link close}, for `using`, where the runtime has `Symbol.dispose`. */
  declare [Symbol.dispose]: () => void;
}
