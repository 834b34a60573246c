import type {
  HeaderReader,
  IdleOptions,
  Mode,
  Priority,
  RuleId,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerLoad,
  ThrottlerStatus,
} from '../config.js';
import { checkFields, checkFunction, invalidConfig } from '../core/invalid-config.js';
import { Listeners } from '../core/listeners.js';
import {
  ESTIMATE_WAIT,
  GET_LOAD,
  GET_QUEUE_LENGTH,
  LONGEST_WAITS,
  MODE,
} from '../core/protocol.js';
import { readStats } from '../core/stats.js';
import { sweep } from '../core/timers/page.js';
import { withTypedErrors } from '../errors.js';
import type { ThrottlerEvents, ThrottlerListener } from '../events.js';
import type { AnyRule } from '../rules.js';
import { attempt } from '../shared/attempt.js';
import type { ThrottlerStats } from '../stats.js';
import { EngineOwner, engineOf, modesOf } from './engine.js';

/** The methods of a throttler that tell its state and its events. */
export abstract class ThrottlerState<Id extends string> extends EngineOwner {
  abstract getStatus(): ThrottlerStatus<Id>;

  /** The reader of usage headers: `config.headers`. */
  get reader(): HeaderReader | undefined {
    return engineOf(this).reader;
  }

  /** The mode in force. */
  get mode(): string {
    return engineOf(this).call(MODE);
  }

  /**
   * The modes of the configuration by name, `'normal'` first.
   *
   * @example
   * const names = Object.keys(throttler.modes);
   */
  get modes(): { readonly [name: string]: Mode } {
    return modesOf(engineOf(this).modes);
  }

  /**
   * Returns a rule as it was given and changed since; for a member of a family, the family.
   * Undefined if there is none.
   */
  getRule(ruleId: RuleId<Id>): AnyRule | undefined {
    return engineOf(this).definitions.find(String(ruleId));
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
    const [waiting, held] = engineOf(this).call(GET_LOAD, id);
    return { waiting, held };
  }

  /**
   * Returns how many requests wait, in all classes or in one.
   *
   * @throws {InvalidConfigError} there is no such class
   */
  getQueueLength(priority?: Priority): number {
    sweep();
    return engineOf(this).call(GET_QUEUE_LENGTH, priority);
  }

  /** @internal Whether a request waits, without a call of the engine. */
  get hasWaiters(): boolean {
    return engineOf(this).waiters.hasWaiters;
  }

  /** Returns whether a request waits. */
  isRunning(): boolean {
    return this.getQueueLength() > 0;
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
    return engineOf(this).call(ESTIMATE_WAIT, cost, options);
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
    const engine = engineOf(this);
    const stats = readStats((method, argument) => engine.call(method, argument));
    return { ...stats, peakUtilization: { ...engine.lastPeaks, ...stats.peakUtilization } };
  }

  /**
   * @internal Returns for each class how long the waiting request that has waited longest has done
   *   so, in milliseconds; 0 where none waits. Takes time in proportion to the waiting requests.
   */
  longestWaits(): readonly [critical: number, normal: number, low: number] {
    return engineOf(this).call(LONGEST_WAITS);
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
    const { waiters } = engineOf(this);
    if (!held && rule === undefined) return waiters.idle();
    return waiters.idleWhen(() => {
      const load = this.getLoad(rule);
      return load.waiting === 0 && !(held && load.held > 0);
    });
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
    const { waiters, core } = engineOf(this);
    waiters.listeners ??= new Listeners(core);
    const { listeners } = waiters;
    return withTypedErrors(() =>
      listeners.add(event, listener as ThrottlerListener<keyof ThrottlerEvents>),
    );
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

function checkIdle(options: IdleOptions): void {
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, ['held', 'rule'], 'idle options');
  const { held = false } = options;
  if (typeof held !== 'boolean') throw invalidConfig('held', 'true or false', held);
}
