import type {
  HeaderReader,
  MultiThrottlerConfig,
  PauseOptions,
  Priority,
  ResumeOptions,
  RuleId,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerSnapshot,
  ThrottlerStatus,
} from './config.js';
import { Definitions } from './core/definitions.js';
import { Idle } from './core/idle.js';
import { invalidConfig } from './core/invalid-config.js';
import { invalidPriority, priorityIndex } from './core/options.js';
import { type Report, sendReport } from './core/report.js';
import { Submitter } from './core/submit.js';
import { sweep, Timers } from './core/timers/page.js';
import { enableUsing } from './core/using.js';
import { Waiters } from './core/waiters.js';
import { toThrottlerError, withTypedErrors } from './errors.js';
import type { Permit } from './permit.js';
import type { AnyRule, RulePatch } from './rules.js';
import { type Core, load } from './wasm/load.js';

/**
 * Lets requests go when all rules allow them: all or nothing, the most important first, of those the first come first,
 * at the first instant possible.
 *
 * The work is done in Rust; here costs are read, promises kept, and signals listened to.
 *
 * @example
 * const throttler = new MultiThrottler([
 *   new ThrottleRule('REQUEST_WEIGHT', 1200, 1200 / 60_000),
 *   new ThrottleRule('ORDERS', 100, 100 / 10_000),
 * ]);
 * await throttler.throttle({ REQUEST_WEIGHT: 5, ORDERS: 1 });
 */
export class MultiThrottler<Id extends string = string> {
  /** @internal What consoles print; a minifier renames the class. */
  static readonly name = 'MultiThrottler';

  readonly #core: Core;
  readonly #idle = new Idle();
  readonly #waiters: Waiters;
  readonly #submitter: Submitter;
  readonly #definitions: Definitions;
  readonly #reader: HeaderReader | undefined;
  readonly #wallNow: () => number;

  /**
   * @param rules the limits; of two with the same id the later one counts
   * @throws {InvalidRuleError} a rule is not what it must be
   * @throws {InvalidConfigError} `config` is not what it must be, or `rules` is no iterable
   */
  constructor(rules: Iterable<AnyRule<Id>>, config?: MultiThrottlerConfig) {
    const Core = load();
    enableUsing(MultiThrottler.prototype);
    const { headers, clock, timerWorker } = config ?? {};
    // An iterable is read once. The engine rejects all other values.
    const list = Symbol.iterator in Object(rules) && typeof rules !== 'string' ? [...rules] : rules;
    this.#waiters = new Waiters(this.#idle, new Timers(timerWorker));
    this.#core = withTypedErrors(() => new Core(list, config, this.#waiters.host));
    this.#waiters.attach(this.#core);
    this.#submitter = new Submitter(this.#core, this.#waiters, this.#idle);
    this.#definitions = new Definitions(list);
    this.#reader = headers;
    this.#wallNow = clock ? () => clock.wallNow() : () => Date.now();
  }

  /** What is left of each rule now. */
  getStatus(): ThrottlerStatus<Id> {
    sweep();
    return withTypedErrors(() => this.#core.getStatus());
  }

  /**
   * Resolves when all rules allow the request, and takes its costs from them at that instant. A request that can be
   * granted now is granted before this returns.
   *
   * Never throws. Rejects with {@link UnknownRuleError}, {@link InvalidCostError}, {@link CostExceedsCapacityError},
   * {@link QueueOverflowError} (checked in this order), {@link WaitTimeoutError}, {@link InvalidConfigError} for a bad
   * option, {@link ThrottlerClosedError}, or the signal's reason.
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
   * {@link throttle} with a permit, which is to be released when the request is done. Rules that limit concurrency need
   * one; of others it can give back what a request cost that was never sent.
   */
  acquire(cost: ThrottleCost<Id>, options?: ThrottleOptions): Promise<Permit> {
    try {
      return this.#submitter.submit(cost, options, true) as Promise<Permit>;
    } catch (error) {
      return Promise.reject(toThrottlerError(error));
    }
  }

  /**
   * Waits for a permit, runs `task` with it, and releases it, also when the task fails. Resolves and rejects as the task
   * does, and rejects as {@link throttle} does, without running it.
   */
  async run<T>(
    cost: ThrottleCost<Id>,
    task: (permit: Permit) => T | PromiseLike<T>,
    options?: ThrottleOptions,
  ): Promise<T> {
    checkFunction('task', task);
    const permit = await this.acquire(cost, options);
    try {
      return await task(permit);
    } finally {
      try {
        permit.release();
      } catch {
        // A clock failed. What came of the task must not be lost for it, and the next call will tell.
      }
    }
  }

  /**
   * A function that {@link run}s `fn` with the arguments and the `this` that it is called with. Its cost is fixed, or
   * worked out from the arguments.
   *
   * @throws {InvalidConfigError} `fn` is no function
   */
  wrap<F extends (...args: never[]) => unknown>(
    fn: F,
    cost: ThrottleCost<Id> | ((...args: Parameters<F>) => ThrottleCost<Id>),
    options?: ThrottleOptions,
  ): Wrapped<F> {
    checkFunction('fn', fn);
    const throttler = this;
    const wrapped = async function (this: unknown, ...args: Parameters<F>): Promise<unknown> {
      const costs = typeof cost === 'function' ? cost(...args) : cost;
      return throttler.run(costs, () => fn.apply(this, args), options);
    };
    for (const name of ['name', 'length'] as const) {
      Object.defineProperty(wrapped, name, { value: fn[name], configurable: true });
    }
    return wrapped as Wrapped<F>;
  }

  /**
   * Takes the costs if {@link throttle} would be granted at once, or takes nothing.
   *
   * @returns whether it took them
   * @throws what `throttle` rejects with
   */
  tryThrottle(cost: ThrottleCost<Id>, options?: Pick<ThrottleOptions, 'priority'>): boolean {
    sweep();
    return withTypedErrors(() => this.#core.tryThrottle(cost, options));
  }

  /**
   * Returns how many milliseconds a request would wait if nothing happened but the passing of time:
   * exact, waiters ahead of it included. `Infinity` if it could not be granted then, as of a pause
   * without end or a held permit, or never, as its cost exceeds the capacity of a rule.
   *
   * @throws {UnknownRuleError} a cost names a rule that does not exist
   * @throws {InvalidCostError} a cost is not a finite number of 0 or more
   * @throws {InvalidConfigError} an option is not what it must be
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  estimateWait(cost: ThrottleCost<Id>, options?: Pick<ThrottleOptions, 'priority'>): number {
    sweep();
    return withTypedErrors(() => this.#core.estimateWait(cost, options));
  }

  /**
   * Makes the waiting request that was given this `id` one of another priority, as if it had been made with that.
   *
   * @returns whether it waits
   * @throws {InvalidConfigError} there is no such priority
   */
  setPriority(id: string, priority: Priority): boolean {
    const index = priorityIndex(priority);
    if (index === undefined || priority === undefined) throw invalidPriority(priority);
    const ticket = this.#waiters.ticketOf(id);
    return ticket !== undefined && withTypedErrors(() => this.#core.setPriority(ticket, index));
  }

  /**
   * Adds a rule, or replaces the rule of that id, its tokens too. What waits is planned anew; requests that cost more
   * than the new capacity reject.
   *
   * @throws {InvalidRuleError} the rule is not what it must be
   */
  addRule(rule: AnyRule): void {
    withTypedErrors(() => this.#core.addRule(rule));
    this.#definitions.set(rule);
  }

  /**
   * Removes a rule; requests that wait on it reject with {@link UnknownRuleError}.
   *
   * @returns whether there was such a rule
   */
  removeRule(ruleId: RuleId<Id>): boolean {
    const isRemoved = withTypedErrors(() => this.#core.removeRule(String(ruleId)));
    if (isRemoved) this.#definitions.delete(String(ruleId));
    return isRemoved;
  }

  /**
   * Returns a rule as it was given and changed since; for a member of a family, the family.
   * Undefined if there is none.
   */
  getRule(ruleId: RuleId<Id>): AnyRule | undefined {
    return this.#definitions.find(String(ruleId));
  }

  /**
   * Changes fields of a rule, or of a family and all its members: any that made it, but its id and algorithm. What was
   * used counts on. What waits is planned anew; requests that cost more than can now ever be granted reject.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidRuleError} a field is not what it must be; nothing has changed then
   */
  updateRule(ruleId: RuleId<Id>, patch: RulePatch): void {
    withTypedErrors(() => this.#core.updateRule(String(ruleId), patch));
    this.#definitions.update(String(ruleId), patch);
  }

  /**
   * Lets nothing be granted that costs something under these rules, or under any rule, for so long or until
   * {@link resume}. Requests wait meanwhile; none is rejected for it. A pause that is longer already stays as long.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is not what it must be
   */
  pause(options?: PauseOptions<Id>): void {
    withTypedErrors(() => this.#core.pause(options));
  }

  /**
   * Ends the pauses of these rules, or of all.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is not what it must be
   */
  resume(options?: ResumeOptions<Id>): void {
    withTypedErrors(() => this.#core.resume(options));
  }

  /**
   * Turns a mode of the configuration on, for so many milliseconds (then it is `'normal'` again) or until another is.
   *
   * @throws {InvalidConfigError} there is no such mode, or the duration is no number of 0 or more
   */
  setMode(name: string, durationMs?: number): void {
    withTypedErrors(() => this.#core.setMode(name, durationMs));
  }

  /** The reader of usage headers in `config.headers`. */
  get reader(): HeaderReader | undefined {
    return this.#reader;
  }

  /** The mode that is on. */
  get mode(): string {
    return withTypedErrors(() => this.#core.mode());
  }

  /**
   * Tells what the server answered to a request. A refusal (429) or a ban (418) pauses the named rules, or all, for as
   * long as the server asks (`Retry-After` and its like) or else backs off exponentially; nothing that waits is lost. The
   * `Date` header corrects the server's clock, and what `config.headers` reads corrects what is used: other programs' use
   * adds to what is known, and counts that are `exact` give back what requests turned out not to cost. What is in flight is
   * added to what the server says; a permit tells just which requests those are.
   *
   * A throttler that is closed learns nothing and does not mind.
   *
   * @throws {UnknownRuleError} a rule to pause does not exist
   * @throws {InvalidConfigError} the report is not what it must be
   * @throws what `config.headers` throws, when everything else has been told
   */
  report(report: Report<Id>): void {
    const engine = (answer: object) => withTypedErrors(() => this.#core.report(answer));
    sendReport(report, this.#reader, this.#wallNow, this.#core, engine);
  }

  /**
   * Tells what the server counts as used by now, by rule. Requests in flight are added to it.
   *
   * @param options `exact`: less may be used than was known; by default a sync only adds, and within a jitter of
   *   `restore` it always does
   * @throws {UnknownRuleError} there is no such rule; nothing has changed then
   * @throws {InvalidConfigError} what is used is not a finite number of 0 or more
   */
  syncUsage(usage: Readonly<ThrottleCost<Id>>, options?: { exact?: boolean | undefined }): void {
    const exact = options?.exact ?? false;
    if (typeof exact !== 'boolean') throw invalidConfig('exact', 'true or false', exact);
    withTypedErrors(() => this.#core.syncUsage(usage, exact));
  }

  /**
   * Tells the server's clock, for rules that go by its calendar. {@link report} learns it from `Date` headers too, though
   * only as exactly as whole seconds allow.
   *
   * @param serverUnixMs what the server said
   * @param options `roundTrip`: how many milliseconds passed between asking and hearing it; it is taken to be of the
   *   middle of that
   * @throws {InvalidConfigError} one of the two is not a finite number, or the round trip is negative
   */
  syncClock(serverUnixMs: number, options?: { roundTrip?: number | undefined }): void {
    withTypedErrors(() => this.#core.syncClock(serverUnixMs, options?.roundTrip));
  }

  /**
   * What is to be kept while a program is restarted, as a value for JSON: what is used of each rule (what is in flight
   * included), windows, pauses, the mode, back-off and the server's clock. Not what waits, and no permits.
   *
   * @throws {ThrottlerClosedError} it is closed
   */
  snapshot(): ThrottlerSnapshot {
    return withTypedErrors(() => this.#core.snapshot());
  }

  /**
   * Goes on from a {@link snapshot}, which has aged by the wall time that has passed since, if any has. What was used here
   * so far is forgotten for it; what waits goes on waiting and is planned anew.
   *
   * Rules that are gone or have another algorithm by now are passed over, and so is a mode that is gone; new rules are as
   * they are.
   *
   * @throws {InvalidConfigError} it is damaged, or of a later version; nothing has changed then
   */
  restore(snapshot: ThrottlerSnapshot): void {
    withTypedErrors(() => this.#core.restore(snapshot));
  }

  /** Resolves when nothing waits: at once if nothing does. */
  idle(): Promise<void> {
    sweep();
    return this.#waiters.idle();
  }

  /** How many requests wait, in all classes or in one. */
  getQueueLength(priority?: Priority): number {
    sweep();
    return withTypedErrors(() => this.#core.getQueueLength(priority));
  }

  /** Whether something waits. */
  isRunning(): boolean {
    sweep();
    return this.#core.isRunning();
  }

  /** Makes every rule full again. */
  reset(): void {
    withTypedErrors(() => this.#core.reset());
  }

  /**
   * Sets what is left of a rule, cut to `0..=capacity`. An unknown id is ignored.
   *
   * @throws {InvalidRuleError} `tokens` is no number
   */
  setTokens(ruleId: RuleId<Id>, tokens: number): void {
    withTypedErrors(() => this.#core.setTokens(String(ruleId), tokens));
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
    this.#withReason(reason, () => this.#core.close());
  }

  /** {@link close}, for `using`: where the language has `Symbol.dispose`. */
  declare [Symbol.dispose]: () => void;

  /** Runs `work`, in which waiting requests that are cleared reject with `reason`. */
  #withReason<T>(reason: Error | undefined, work: () => T): T {
    this.#waiters.clearReason = reason;
    try {
      return withTypedErrors(work);
    } finally {
      this.#waiters.clearReason = undefined;
    }
  }
}

/** What `wrap` makes of a function: the same if it returns a promise, else one that does. */
export type Wrapped<F extends (...args: never[]) => unknown> = F extends (
  ...args: never[]
) => Promise<unknown>
  ? F
  : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;

function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidConfig(field, 'a function', value);
}
