import type {
  AcquireOptions,
  ClearOptions,
  ConfigPatch,
  HeaderReader,
  IdleOptions,
  Mode,
  PauseOptions,
  Priority,
  RequestPriority,
  ResumeOptions,
  RuleId,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerLoad,
  ThrottlerStatus,
} from '../config.js';
import type { Report } from '../core/report.js';
import type { ThrottlerEvents, ThrottlerListener } from '../events.js';
import type { Permit } from '../permit.js';
import type { AnyRule, RulePatch } from '../rules.js';
import type { ThrottlerStats } from '../stats.js';
import type { Wrapped } from './task.js';

/**
 * The methods that all throttlers have: a `MultiThrottler`, the `sharedThrottler` of
 * `multi-throttler/redis`, the `localThrottler` of `multi-throttler/local`, and the `tabThrottler`
 * of `multi-throttler/tabs`. A function that takes a throttler takes any of them.
 *
 * The methods are those of {@link MultiThrottler}. Under shared limits, changes are asked for and
 * answered later, so that they return a promise. Methods that have to be answered in the same tick
 * are not among them: `tryThrottle`, `tryAcquire`, `snapshot` and `restore`.
 *
 * @example
 * async function fetchBook(throttler: Throttler, symbol: string) {
 *   await throttler.throttle({ REQUEST_WEIGHT: 5 });
 *   return exchange.fetchOrderBook(symbol);
 * }
 */
export interface Throttler<Id extends string = string> {
  /** See {@link MultiThrottler.getStatus}. Under shared limits by the last answer. */
  getStatus(): ThrottlerStatus<Id>;
  /** See {@link MultiThrottler.throttle}. */
  throttle(cost: ThrottleCost<Id>, options?: ThrottleOptions): Promise<void>;
  /** See {@link MultiThrottler.acquire}. */
  acquire(cost: ThrottleCost<Id>, options?: AcquireOptions): Promise<Permit>;
  /** See {@link MultiThrottler.run}. */
  run<T>(
    cost: ThrottleCost<Id>,
    task: (permit: Permit) => T | PromiseLike<T>,
    options?: AcquireOptions,
  ): Promise<T>;
  /** See {@link MultiThrottler.wrap}. */
  // biome-ignore lint/suspicious/noExplicitAny: a parameter without a type is any, as in p-throttle
  wrap<F extends (...args: any[]) => unknown>(
    fn: F,
    cost: ThrottleCost<Id> | ((...args: Parameters<F>) => ThrottleCost<Id>),
    options?: AcquireOptions,
  ): Wrapped<F>;
  /** See {@link MultiThrottler.estimateWait}. Under shared limits a lower bound. */
  estimateWait(cost: ThrottleCost<Id>, options?: Pick<ThrottleOptions, 'priority'>): number;

  /** See {@link MultiThrottler.setPriority}; concerns the requests of this throttler alone. */
  setPriority(id: string, priority: RequestPriority): boolean;
  /** See {@link MultiThrottler.cancel}; concerns the requests of this throttler alone. */
  cancel(id: string, reason?: unknown): boolean;
  /** See {@link MultiThrottler.clear}; concerns the requests of this throttler alone. */
  clear(reason?: unknown, options?: ClearOptions<Id>): number;
  /** See {@link MultiThrottler.idle}; concerns the requests of this throttler alone. */
  idle(options?: IdleOptions<Id>): Promise<void>;
  /** See {@link MultiThrottler.isRunning}; concerns the requests of this throttler alone. */
  isRunning(): boolean;
  /** See {@link MultiThrottler.getQueueLength}; concerns the requests of this throttler alone. */
  getQueueLength(priority?: Priority): number;
  /** See {@link MultiThrottler.getLoad}; concerns the requests of this throttler alone. */
  getLoad(ruleId?: RuleId<Id>): ThrottlerLoad;
  /** See {@link MultiThrottler.getStats}; concerns the requests of this throttler alone. */
  getStats(): ThrottlerStats;
  /** See {@link MultiThrottler.getRule}. */
  getRule(ruleId: RuleId<Id>): AnyRule | undefined;
  /** See {@link MultiThrottler.on}. */
  on<K extends keyof ThrottlerEvents>(event: K, listener: ThrottlerListener<K>): () => void;
  /** See {@link MultiThrottler.mode}. */
  readonly mode: string;
  /** See {@link MultiThrottler.modes}. Absent where another program has the configuration. */
  readonly modes?: { readonly [name: string]: Mode };
  /** See {@link MultiThrottler.reader}. */
  readonly reader: HeaderReader | undefined;
  /**
   * Whether others share the rules. A rule that they have not cannot be added then by one of them
   * alone: {@link attachThrottler} needs all rules to be there. Absent means no.
   */
  readonly isShared?: boolean;

  /** See {@link MultiThrottler.report}. Under shared limits pauses and usage hold for all. */
  report(report: Report<Id>): void;
  /** See {@link MultiThrottler.syncUsage}. */
  syncUsage(
    usage: Readonly<ThrottleCost<Id>>,
    options?: { exact?: boolean | undefined },
  ): void | Promise<void>;
  /** See {@link MultiThrottler.syncClock}. */
  syncClock(
    serverUnixMs: number,
    options?: { roundTrip?: number | undefined },
  ): void | Promise<void>;

  /** See {@link MultiThrottler.addRule}. */
  addRule(rule: AnyRule): void | Promise<void>;
  /** See {@link MultiThrottler.updateRule}. */
  updateRule(ruleId: RuleId<Id>, patch: RulePatch): void | Promise<void>;
  /** See {@link MultiThrottler.removeRule}. */
  removeRule(ruleId: RuleId<Id>): boolean | Promise<boolean>;
  /** See {@link MultiThrottler.setTokens}. */
  setTokens(ruleId: RuleId<Id>, tokens: number): void | Promise<void>;
  /** See {@link MultiThrottler.addTokens}. */
  addTokens(ruleId: RuleId<Id>, tokens: number): void | Promise<void>;
  /** See {@link MultiThrottler.reset}. */
  reset(): void | Promise<void>;
  /** See {@link MultiThrottler.pause}. */
  pause(options?: PauseOptions<Id>): void | Promise<void>;
  /** See {@link MultiThrottler.resume}. */
  resume(options?: ResumeOptions<Id>): void | Promise<void>;
  /** See {@link MultiThrottler.setMode}. */
  setMode(name: string, durationMs?: number): void | Promise<void>;
  /** See {@link MultiThrottler.configure}. */
  configure(patch: ConfigPatch): void | Promise<void>;

  /** See {@link MultiThrottler.close}. Others go on to share the limits. */
  close(reason?: unknown): void | Promise<void>;
  /** See {@link MultiThrottler.toJSON}. */
  toJSON(): object;
  /** {@link close}, for `using`, where the runtime has `Symbol.dispose`. */
  [Symbol.dispose](): void;
}
