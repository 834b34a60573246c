import { attempt, invalidConfig, typed } from './errors.js';
import { HeldPermit, type Permit } from './permit.js';
import { Promises } from './promises.js';
import type { Rule, RulePatch, ThrottleRule } from './rules.js';
import type {
  MultiThrottlerConfig,
  PauseOptions,
  Priority,
  ResumeOptions,
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
 * Lets requests go when all rules allow them: all or nothing, the most important first, of those the first come first,
 * at the first instant possible.
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
  /** The engine's slot of each rule that was used. */
  readonly #slots = new Map<string, number>();
  /** What the engine's version was when these slots were those of the rules. */
  #version = 0;

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
      return this.#request(cost, options, false) as Promise<unknown> as Promise<void>;
    } catch (error) {
      return Promise.reject(typed(error));
    }
  }

  /**
   * {@link throttle} with a permit, which is to be released when the request is done. Rules that limit concurrency need
   * one; of others it can give back what a request cost that was never sent.
   */
  acquire(cost: ThrottleCost, options: ThrottleOptions = NO_OPTIONS): Promise<Permit> {
    try {
      return this.#request(cost, options, true) as Promise<Permit>;
    } catch (error) {
      return Promise.reject(typed(error));
    }
  }

  /**
   * Waits for a permit, runs `task` with it, and releases it, also when the task fails. Resolves and rejects as the task
   * does, and rejects as {@link throttle} does, without running it.
   */
  async run<T>(
    cost: ThrottleCost,
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
    cost: ThrottleCost | ((...args: Parameters<F>) => ThrottleCost),
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
  tryThrottle(cost: ThrottleCost, options?: Pick<ThrottleOptions, 'priority'>): boolean {
    return attempt(() => this.#core.tryThrottle(cost, options));
  }

  /**
   * How many milliseconds a request would wait if nothing else happened: exact, what waits ahead included. `Infinity` if
   * it could not be granted without somebody's doing.
   *
   * @throws what `throttle` rejects with, but for a full queue or a missing permit
   */
  estimateWait(cost: ThrottleCost, options?: Pick<ThrottleOptions, 'priority'>): number {
    return attempt(() => this.#core.estimateWait(cost, options));
  }

  /**
   * Makes the waiting request that was given this `id` one of another priority, as if it had been made with that.
   *
   * @returns whether it waits
   * @throws {InvalidConfigError} there is no such priority
   */
  setPriority(id: string, priority: Priority): boolean {
    const rank = rankOf(priority);
    if (rank === undefined || priority === undefined) {
      throw invalidConfig('priority', 'one of critical, normal, low', priority);
    }
    const ticket = this.#promises.ticketOf(id);
    return ticket !== undefined && attempt(() => this.#core.setPriority(ticket, rank));
  }

  /**
   * Adds a rule, or replaces the rule of that id, its tokens too. What waits is planned anew; requests that cost more
   * than the new capacity reject.
   *
   * @throws {InvalidRuleError} the rule is not what it must be
   */
  addRule(rule: Rule | ThrottleRule): void {
    attempt(() => this.#core.addRule(rule));
  }

  /**
   * Removes a rule; requests that wait on it reject with {@link UnknownRuleError}.
   *
   * @returns whether there was such a rule
   */
  removeRule(ruleId: string): boolean {
    return attempt(() => this.#core.removeRule(String(ruleId)));
  }

  /**
   * Changes fields of a rule, or of a family and all its members: any that made it, but its id and algorithm. What was
   * used counts on. What waits is planned anew; requests that cost more than can now ever be granted reject.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidRuleError} a field is not what it must be; nothing has changed then
   */
  updateRule(ruleId: string, patch: RulePatch): void {
    attempt(() => this.#core.updateRule(String(ruleId), patch));
  }

  /**
   * Lets nothing be granted that costs something under these rules, or under any rule, for so long or until
   * {@link resume}. Requests wait meanwhile; none is rejected for it. A pause that is longer already stays as long.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is not what it must be
   */
  pause(options?: PauseOptions): void {
    attempt(() => this.#core.pause(options));
  }

  /**
   * Ends the pauses of these rules, or of all.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is not what it must be
   */
  resume(options?: ResumeOptions): void {
    attempt(() => this.#core.resume(options));
  }

  /**
   * Turns a mode of the configuration on, for so many milliseconds (then it is `'normal'` again) or until another is.
   *
   * @throws {InvalidConfigError} there is no such mode, or the duration is no number of 0 or more
   */
  setMode(name: string, durationMs?: number): void {
    attempt(() => this.#core.setMode(name, durationMs));
  }

  /** The mode that is on. */
  get mode(): string {
    return attempt(() => this.#core.mode());
  }

  /** Resolves when nothing waits: at once if nothing does. */
  idle(): Promise<void> {
    return this.#promises.idle();
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
    this.#withReason(reason, () => this.#core.close());
  }

  /** {@link close}, for `using`: where the language has `Symbol.dispose`. */
  declare [Symbol.dispose]: () => void;

  /** Submits a request. A promise of its grant: of a permit if it is to have one. */
  #request(cost: ThrottleCost, options: ThrottleOptions, permit: boolean): Promise<Permit | undefined> {
    if (typeof options !== 'object') throw load().invalidOptions(options);
    const { priority, signal, maxWait = Number.POSITIVE_INFINITY, id } = options ?? NO_OPTIONS;
    const rank = rankOf(priority);
    const valid = rank !== undefined && typeof maxWait === 'number' && maxWait >= 0 && isSignal(signal);
    if (!valid || !(id === undefined || typeof id === 'string')) {
      throw load().invalidOptions({ priority, signal, maxWait, id });
    }
    this.#promises.begin();
    try {
      const ticket = signal?.aborted ? ABORTED : this.#submit(cost, rank, maxWait, permit, signal);
      if (ticket === ABORTED) return Promise.reject(signal?.reason);
      if (ticket === REFUSED) throw this.#core.takeError();
      if (!permit) {
        if (ticket === GRANTED) return Promise.resolve(undefined);
        return this.#promises.wait(ticket, signal, id, this.#core) as Promise<undefined>;
      }
      const grant = () => new HeldPermit(this.#core, ticket);
      if (ticket !== GRANTED && this.#core.waited(ticket) < 0) {
        return this.#promises.wait(ticket, signal, id, this.#core, grant);
      }
      const granted = grant();
      if (!signal?.aborted) return Promise.resolve(granted);
      // Only just now, by a clock that was asked for the time; nobody will have the permit.
      granted.release({ refund: true });
      return Promise.reject(signal.reason);
    } finally {
      this.#promises.end();
    }
  }

  /** Reads the costs once, submits the request, and returns the engine's answer. */
  #submit(
    cost: ThrottleCost,
    priority: number,
    maxWait: number,
    permit: boolean,
    signal: AbortSignal | undefined,
  ): number {
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
      if (top === start) return this.#core.submitCosts(cost, priority, maxWait, permit);
      const count = this.#writeCosts(start);
      if (count > 0) {
        const answer = this.#core.submit(count, priority, maxWait, permit, this.#version);
        if (answer !== STALE) return answer;
        // To be looked up anew by the next one.
        this.#slots.clear();
      }
      return this.#core.submitCosts(costsFrom(start), priority, maxWait, permit);
    } finally {
      top = start;
    }
  }

  /** Writes the costs from `start` on into the engine's buffer. Returns how many; 0 if one is unusual, or too many. */
  #writeCosts(start: number): number {
    const count = top - start;
    let buffer = costBuffer();
    if (2 * count > buffer.length) return 0;
    for (let i = 0; i < count; i++) {
      const id = ids[start + i] as string;
      const amount = amounts[start + i];
      if (typeof amount !== 'number') return 0;
      let slot = this.#slots.get(id);
      if (slot === undefined) {
        if (!this.#findSlots(start)) return 0;
        // Looking them up may have made the engine's memory grow, and what was written is lost.
        buffer = costBuffer();
        slot = this.#slots.get(id) as number;
        i = -1;
        continue;
      }
      buffer[2 * i] = slot;
      buffer[2 * i + 1] = amount;
    }
    return count;
  }

  /** Looks up the slots of all costs from `start` on. `false`: one has none, or they have changed meanwhile. */
  #findSlots(start: number): boolean {
    const version = this.#core.version();
    if (version !== this.#version) this.#slots.clear();
    this.#version = version;
    for (let i = start; i < top; i++) {
      const slot = this.#core.slot(ids[i]);
      if (slot < 0) return false;
      this.#slots.set(ids[i] as string, slot);
    }
    return this.#core.version() === version;
  }

  /** Runs `work`, in which waiting requests that are cleared reject with `reason`. */
  #withReason<T>(reason: Error | undefined, work: () => T): T {
    this.#promises.reason = reason;
    try {
      return attempt(work);
    } finally {
      this.#promises.reason = undefined;
    }
  }
}

/** Not beside the classes, where it would keep bundlers from dropping a class that is not used. */
function enableUsing(): void {
  const methods: [object, symbol | undefined, unknown][] = [
    [
      MultiThrottler.prototype,
      Symbol.dispose,
      function (this: MultiThrottler) {
        this.close();
      },
    ],
    [
      HeldPermit.prototype,
      Symbol.dispose,
      function (this: Permit) {
        this.release();
      },
    ],
    [
      HeldPermit.prototype,
      Symbol.asyncDispose,
      async function (this: Permit) {
        this.release();
      },
    ],
  ];
  for (const [prototype, symbol, value] of methods) {
    if (symbol && !(symbol in prototype)) {
      Object.defineProperty(prototype, symbol, { value, configurable: true, writable: true });
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
