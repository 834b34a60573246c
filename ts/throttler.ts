import type {
  AcquireOptions,
  ClearOptions,
  ConfigPatch,
  HeaderReader,
  IdleOptions,
  MultiThrottlerConfig,
  PauseOptions,
  Priority,
  ResumeOptions,
  RuleId,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerLoad,
  ThrottlerSnapshot,
  ThrottlerStatus,
} from './config.js';
import { copyOf, Definitions } from './core/definitions.js';
import { Idle } from './core/idle.js';
import { checkFields, invalidConfig } from './core/invalid-config.js';
import { Listeners } from './core/listeners.js';
import { invalidPriority, priorityIndex } from './core/options.js';
import {
  ADD_RULE,
  ADD_TOKENS,
  CLEAR,
  CLOSE,
  CONFIGURE,
  ESTIMATE_WAIT,
  GET_LOAD,
  GET_QUEUE_LENGTH,
  GET_STATUS,
  MODE,
  PAUSE,
  REMOVE_RULE,
  REPORT,
  RESET,
  RESTORE,
  RESUME,
  SET_MODE,
  SET_PRIORITY,
  SET_TOKENS,
  SNAPSHOT,
  SYNC_CLOCK,
  SYNC_USAGE,
  TRY_ACQUIRE,
  TRY_THROTTLE,
  UPDATE_RULE,
} from './core/protocol.js';
import { type Report, sendReport } from './core/report.js';
import { readStats } from './core/stats.js';
import { Submitter } from './core/submit.js';
import { addSymbols } from './core/symbols.js';
import { sweep, Timers } from './core/timers/page.js';
import { Waiters } from './core/waiters.js';
import { toThrottlerError, withTypedErrors } from './errors.js';
import type { ThrottlerEvents, ThrottlerListener } from './events.js';
import type { Permit } from './permit.js';
import type { AnyRule, RulePatch } from './rules.js';
import type { ThrottlerStats } from './stats.js';
import { type Core, load } from './wasm/load.js';

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
export class MultiThrottler<Id extends string = string> {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'MultiThrottler';

  readonly #core: Core;
  readonly #idle = new Idle();
  readonly #waiters: Waiters;
  readonly #submitter: Submitter;
  readonly #definitions: Definitions;
  readonly #reader: HeaderReader | undefined;
  readonly #wallNow: () => number;
  /** The peaks of the rules at `close`. */
  #lastPeaks: ThrottlerStats['peakUtilization'] = {};

  /**
   * @param rules the rules; of two with the same id the later one counts
   * @throws {InvalidRuleError} a rule is invalid
   * @throws {InvalidConfigError} a field of `config` is invalid, or `rules` is no iterable
   */
  constructor(rules: Iterable<AnyRule<Id>>, config?: MultiThrottlerConfig) {
    const Core = load();
    addSymbols(MultiThrottler.prototype);
    const { headers, clock, timerWorker } = config ?? {};
    // An iterable is read once. The engine rejects all other values.
    const isIterable = Symbol.iterator in Object(rules) && typeof rules !== 'string';
    const list = isIterable ? Array.from(rules, copyOf) : rules;
    this.#waiters = new Waiters(this.#idle, new Timers(timerWorker));
    this.#core = withTypedErrors(() => new Core(list, config, this.#waiters.host));
    this.#waiters.attach(this.#core);
    this.#submitter = new Submitter(this.#core, this.#waiters, this.#idle);
    this.#definitions = new Definitions(list);
    this.#reader = headers;
    this.#wallNow = clock ? () => clock.wallNow() : () => Date.now();
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
  getStatus(): ThrottlerStatus<Id> {
    sweep();
    return this.#call(GET_STATUS);
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
    const signal = options?.signal;
    if (signal?.aborted) {
      // Aborted in the tick of its grant.
      permit.release({ refund: true });
      throw signal.reason;
    }
    try {
      if (options?.timeout === undefined) return await task(permit);
      return await untilAborted(task(permit), permit.signal);
    } finally {
      try {
        permit.release();
      } catch {
        // A clock failed. The result of the task must not be lost for it; the next call reports it.
      }
    }
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
  wrap<F extends (...args: never[]) => unknown>(
    fn: F,
    cost: ThrottleCost<Id> | ((...args: Parameters<F>) => ThrottleCost<Id>),
    options?: AcquireOptions,
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
   * @throws the error with which `throttle` would reject
   */
  tryThrottle(cost: ThrottleCost<Id>, options?: Pick<ThrottleOptions, 'priority'>): boolean {
    sweep();
    return this.#call(TRY_THROTTLE, cost, options);
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
    const ticket: number | undefined = this.#call(TRY_ACQUIRE, cost, options);
    return ticket === undefined ? undefined : this.#submitter.permitNow(ticket);
  }

  /**
   * Returns how many milliseconds a request would wait if nothing happened but the passing of time:
   * exact, waiters ahead of it included. `Infinity` if it could not be granted then: because of a
   * pause without end or a held permit, or never, as its cost exceeds the capacity of a rule.
   *
   * @throws {UnknownRuleError} a cost names a rule that does not exist
   * @throws {InvalidCostError} a cost is not a finite number of 0 or more
   * @throws {InvalidConfigError} an option is invalid
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  estimateWait(cost: ThrottleCost<Id>, options?: Pick<ThrottleOptions, 'priority'>): number {
    sweep();
    return this.#call(ESTIMATE_WAIT, cost, options);
  }

  /**
   * Moves the waiting request that was given this `id` to another class, as if it had been made in
   * it.
   *
   * @returns whether such a request waits
   * @throws {InvalidConfigError} there is no such class
   */
  setPriority(id: string, priority: Priority): boolean {
    const index = priorityIndex(priority);
    if (index === undefined || priority === undefined) throw invalidPriority(priority);
    const ticket = this.#waiters.ticketOf(id);
    return ticket !== undefined && this.#call(SET_PRIORITY, ticket, index);
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
    return withTypedErrors(() => this.#waiters.cancel(id, reason));
  }

  /**
   * Adds a rule, or replaces the rule of the same id together with its usage. Waiting requests that
   * cost more than the new capacity are rejected, the others are replanned.
   *
   * The type of a throttler with known ids does not learn a new one; see {@link MultiThrottler}.
   *
   * @throws {InvalidRuleError} the rule is invalid
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  addRule(rule: AnyRule): void {
    const copy = copyOf(rule);
    this.#call(ADD_RULE, copy);
    this.#definitions.set(copy);
  }

  /**
   * Removes a rule; the requests that wait on it reject with {@link UnknownRuleError}.
   *
   * @returns whether there was such a rule
   */
  removeRule(ruleId: RuleId<Id>): boolean {
    const isRemoved: boolean = this.#call(REMOVE_RULE, String(ruleId));
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
   * Changes fields of a rule, or of a family and all its members: any field but id and algorithm.
   * A member of a family becomes a rule of its own, which stays until it is removed.
   *
   * Its usage is kept. Waiting requests that cost more than can ever be granted now are rejected,
   * the others are replanned.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidRuleError} a field is invalid or unknown; nothing has changed then
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * throttler.updateRule('ORDERS', { limit: 50 });
   */
  updateRule(ruleId: RuleId<Id>, patch: RulePatch): void {
    const copy = copyOf(patch);
    this.#call(UPDATE_RULE, String(ruleId), copy);
    this.#definitions.update(String(ruleId), copy);
  }

  /**
   * Pauses rules, or all rules: nothing that costs something under them is granted for a time, or
   * until {@link resume}. Requests wait meanwhile; none is rejected for it. A longer pause in force
   * is kept.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is invalid or unknown
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * throttler.pause({ ms: 5000, rules: ['ORDERS'] });
   */
  pause(options?: PauseOptions<Id>): void {
    this.#call(PAUSE, options);
  }

  /**
   * Ends the pauses of rules, or of all.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is invalid or unknown
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  resume(options?: ResumeOptions<Id>): void {
    this.#call(RESUME, options);
  }

  /**
   * Switches to a mode of the configuration.
   *
   * @param durationMs milliseconds, 0 or more, after which the mode is `'normal'` again; by default
   *   until the next switch
   * @throws {InvalidConfigError} there is no such mode, or the duration is no number of 0 or more
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  setMode(name: string, durationMs?: number): void {
    this.#call(SET_MODE, name, durationMs);
  }

  /**
   * Changes fields of the configuration: `maxCapacity`, `ordering`, `overflow`, `share`, `aging`,
   * `modes`, `adaptive` and `backoff`. Usage, waiting requests and pauses stay, and so does the
   * mode, if there still is one of its name. Requests beyond a lower `maxCapacity` keep waiting;
   * those that can never be granted now are rejected. `modes` and `backoff` are replaced as a
   * whole.
   *
   * @throws {InvalidConfigError} a field is invalid or cannot be changed; nothing has changed then
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * throttler.configure({ maxCapacity: 100, overflow: 'drop-oldest' });
   */
  configure(patch: ConfigPatch): void {
    this.#call(CONFIGURE, patch);
  }

  /** The reader of usage headers: `config.headers`. */
  get reader(): HeaderReader | undefined {
    return this.#reader;
  }

  /** The mode in force. */
  get mode(): string {
    return this.#call(MODE);
  }

  /**
   * Reports a response of the server.
   *
   * A refusal (429) or a ban (418) pauses the named rules, or all, for as long as the server asks
   * (`Retry-After` and similar headers), or else for a growing back-off; no waiting request is
   * lost. The `Date` header corrects the server's clock. The usage that `config.headers` reads
   * corrects ours: usage of other clients is added, and counts that are `exact` give back the cost
   * of requests that turned out to be free. Requests in flight are added to the server's count; a
   * permit tells which ones those are.
   *
   * A closed throttler ignores it.
   *
   * @throws {UnknownRuleError} a rule to pause does not exist
   * @throws {InvalidConfigError} a field of the report is invalid
   * @throws the exception of `config.headers`, after everything else was taken in
   *
   * @example
   * throttler.report({ status: response.status, headers: response.headers, permit });
   */
  report(report: Report<Id>): void {
    const engine = (answer: object) => this.#call(REPORT, answer);
    sendReport(report, this.#reader, this.#wallNow, this.#waiters, engine);
  }

  /**
   * Sets the usage that the server counts, by rule. Requests in flight are added to it.
   *
   * @param options `exact`: whether usage may be lowered. By default it is only raised, and also
   *   with `exact` within a jitter of {@link restore}
   * @throws {UnknownRuleError} there is no such rule; nothing has changed then
   * @throws {InvalidConfigError} a usage is not a finite number of 0 or more
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  syncUsage(usage: Readonly<ThrottleCost<Id>>, options?: { exact?: boolean | undefined }): void {
    const exact = options?.exact ?? false;
    if (typeof exact !== 'boolean') throw invalidConfig('exact', 'true or false', exact);
    this.#call(SYNC_USAGE, usage, exact);
  }

  /**
   * Sets the server's clock, for fixed windows aligned to Unix time. {@link report} reads it from
   * `Date` headers too, though only to the second.
   *
   * @param serverUnixMs the reading of the server's clock, in Unix milliseconds
   * @param options `roundTrip`: milliseconds from request to response; the reading is taken to be
   *   of the middle
   * @throws {InvalidConfigError} one of the two is not a finite number, or the round trip is
   *   negative
   */
  syncClock(serverUnixMs: number, options?: { roundTrip?: number | undefined }): void {
    this.#call(SYNC_CLOCK, serverUnixMs, options?.roundTrip);
  }

  /**
   * Returns the state to keep over a restart, as JSON-safe data: usage of each rule, with requests
   * in flight counted as used, windows, pauses, mode, back-off and the server's clock; never
   * waiting requests or permits.
   *
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * writeFileSync('limits.json', JSON.stringify(throttler.snapshot()));
   */
  snapshot(): ThrottlerSnapshot {
    return this.#call(SNAPSHOT);
  }

  /**
   * @internal Returns a snapshot of `count` places of rules from place `from` on; undefined behind
   *   the last place. A rule keeps its place, so parts that are made one after the other have each
   *   rule that is there all the while.
   */
  snapshotPart(from: number, count: number): ThrottlerSnapshot | undefined {
    return this.#call(SNAPSHOT, from, count);
  }

  /**
   * Continues from a {@link snapshot}, aged by the wall time since it was made. It replaces the
   * usage so far; waiting requests keep waiting and are replanned.
   *
   * Rules that are gone or have another algorithm by now are skipped, and so is a mode that is
   * gone. New rules keep their state.
   *
   * @throws {InvalidConfigError} the snapshot is damaged or of a later version; nothing has changed
   *   then
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  restore(snapshot: ThrottlerSnapshot): void {
    this.#call(RESTORE, snapshot);
  }

  /**
   * Resolves when no request waits: at once if none does.
   *
   * @param options `held`: whether it resolves only when all permits are released too, for an
   *   orderly shutdown; `rule`: the id of a rule, of a family or of a member, whose requests alone
   *   count
   * @throws {InvalidConfigError} an option is unknown or invalid; the promise rejects with it
   *
   * @example
   * await throttler.idle({ held: true });
   * process.exit();
   */
  async idle(options?: IdleOptions<Id>): Promise<void> {
    sweep();
    if (options !== undefined) checkIdle(options);
    const { held = false, rule } = options ?? {};
    if (!held && rule === undefined) return this.#waiters.idle();
    return this.#waiters.idleWhen(() => {
      const load = this.getLoad(rule);
      return load.waiting === 0 && !(held && load.held > 0);
    });
  }

  /**
   * Returns how many requests wait and how many permits are held: in all, or under a rule, a member
   * of a family, or a family with all its members. A request counts under each rule that its costs
   * name.
   *
   * @example
   * const { waiting, held } = throttler.getLoad('place-order:BTC-USDT');
   */
  getLoad(ruleId?: RuleId<Id>): ThrottlerLoad {
    sweep();
    const id = ruleId === undefined ? undefined : String(ruleId);
    const [waiting, held] = this.#call(GET_LOAD, id);
    return { waiting, held };
  }

  /**
   * Returns how many requests wait, in all classes or in one.
   *
   * @throws {InvalidConfigError} there is no such class
   */
  getQueueLength(priority?: Priority): number {
    sweep();
    return this.#call(GET_QUEUE_LENGTH, priority);
  }

  /** Returns whether a request waits. */
  isRunning(): boolean {
    return this.getQueueLength() > 0;
  }

  /**
   * Returns counts since the throttler was made, and its state now.
   *
   * @example
   * const { granted, wait, peakUtilization } = throttler.getStats();
   * console.log(granted, wait.p99, peakUtilization.ORDERS);
   */
  getStats(): ThrottlerStats {
    sweep();
    const stats = readStats((method, argument) => this.#call(method, argument));
    return { ...stats, peakUtilization: { ...this.#lastPeaks, ...stats.peakUtilization } };
  }

  /**
   * Calls `listener` with each event of a name, after the state has changed and never within the
   * call that changed it: in a microtask. Without listeners, nothing is recorded. A listener of
   * `grant` is called before code that awaits the grant continues.
   *
   * A listener may call the throttler. An exception of a listener is reported as an uncaught error
   * and disturbs neither other listeners nor the throttler. The end of a mode or a pause is noticed
   * at the next grant, timer or call.
   *
   * @returns a function that removes the listener
   * @throws {InvalidConfigError} there is no such event, or `listener` is no function
   *
   * @example
   * const off = throttler.on('threshold', ({ rule, level }) => {
   *   console.warn(`${rule} is at ${level * 100} %`);
   * });
   */
  on<K extends keyof ThrottlerEvents>(event: K, listener: ThrottlerListener<K>): () => void {
    checkFunction('listener', listener);
    this.#waiters.listeners ??= new Listeners(this.#core);
    const { listeners } = this.#waiters;
    return withTypedErrors(() =>
      listeners.add(event, listener as ThrottlerListener<keyof ThrottlerEvents>),
    );
  }

  /** Makes every rule full again. */
  reset(): void {
    this.#call(RESET);
  }

  /**
   * Sets the remaining tokens of a rule, clamped to `0..=capacity`. An unknown id is ignored.
   *
   * @throws {InvalidRuleError} `tokens` is no number
   */
  setTokens(ruleId: RuleId<Id>, tokens: number): void {
    this.#call(SET_TOKENS, String(ruleId), tokens);
  }

  /**
   * Adds tokens to what remains of a rule, up to its capacity; a negative number removes some. An
   * unknown id is ignored, and rules of concurrency are not changed.
   *
   * @throws {InvalidRuleError} `tokens` is no number
   *
   * @example
   * throttler.addTokens('CREDITS', 100); // bought a hundred more
   */
  addTokens(ruleId: RuleId<Id>, tokens: number): void {
    this.#call(ADD_TOKENS, String(ruleId), tokens);
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
    return this.#callWithReason(CLEAR, reason, rule === undefined ? undefined : String(rule));
  }

  /**
   * Rejects all waiting requests, with `reason` or else with {@link ThrottlerClosedError}, and
   * frees the engine. Later requests reject with {@link ThrottlerClosedError}. Idempotent.
   */
  close(reason?: unknown): void {
    const peaks = attempt(() => this.#call(GET_STATUS, true));
    this.#lastPeaks = { ...this.#lastPeaks, ...peaks };
    this.#callWithReason(CLOSE, reason);
    this.#waiters.changed();
  }

  /**
   * Returns what consoles and `JSON.stringify` show of the throttler: its rules, their remaining
   * tokens, and how many requests wait. Never throws: while a clock fails, the fields that need it
   * are absent.
   */
  toJSON(): ThrottlerPreview<Id> {
    const waiting = (priority: Priority) => attempt(() => this.getQueueLength(priority)) ?? 0;
    return {
      mode: attempt(() => this.mode),
      waiting: { critical: waiting('critical'), normal: waiting('normal'), low: waiting('low') },
      rules: attempt(() => this.getStatus()),
    };
  }

  /** {@link close}, for `using`, where the runtime has `Symbol.dispose`. */
  declare [Symbol.dispose]: () => void;

  /** Calls the engine. Its answer has the type that the method of protocol.ts promises. */
  // biome-ignore lint/suspicious/noExplicitAny: one door for results of all types
  #call(method: number, first?: unknown, second?: unknown): any {
    return withTypedErrors(() => this.#core.call(method, first, second));
  }

  /** Calls the engine, with `reason` for requests that are cleared meanwhile. */
  #callWithReason(method: number, reason: unknown, argument?: unknown): number {
    this.#waiters.clearReason = reason;
    try {
      return this.#call(method, argument);
    } finally {
      this.#waiters.clearReason = undefined;
    }
  }
}

/** The state of a throttler as consoles show it. */
export interface ThrottlerPreview<Id extends string = string> {
  /** The mode in force. */
  readonly mode: string | undefined;
  /** The number of waiting requests, by class. */
  readonly waiting: { readonly [P in Priority]: number };
  /** The status of each rule. */
  readonly rules: ThrottlerStatus<Id> | undefined;
}

/**
 * The function that {@link MultiThrottler.wrap} returns: of the same type if it returns a promise,
 * else one that returns a promise.
 */
export type Wrapped<F extends (...args: never[]) => unknown> = F extends (
  ...args: never[]
) => Promise<unknown>
  ? F
  : (this: ThisParameterType<F>, ...args: Parameters<F>) => Promise<Awaited<ReturnType<F>>>;

function checkIdle(options: IdleOptions): void {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, ['held', 'rule'], 'idle options');
  const { held = false } = options;
  if (typeof held !== 'boolean') throw invalidConfig('held', 'true or false', held);
}

/** Settles like `result`, or rejects with the reason of `signal` when that aborts. */
async function untilAborted<T>(result: T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([result, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidConfig(field, 'a function', value);
}

/** Returns the result of `work`, or undefined if it throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
