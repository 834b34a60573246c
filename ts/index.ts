export type {
  AcquireOptions,
  Backoff,
  ClearOptions,
  Clock,
  ConfigPatch,
  CostId,
  HeaderReader,
  HeadersLike,
  IdleOptions,
  IntervalType,
  Mode,
  MultiThrottlerConfig,
  PauseOptions,
  Priority,
  Ranked,
  ReportedUsage,
  RequestPriority,
  ResumeOptions,
  RuleId,
  RuleStatus,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerLoad,
  ThrottlerSnapshot,
  ThrottlerStatus,
  TimerWorker,
} from './config.js';
/** @internal For the other entry points. */
export { checkFields, invalidConfig } from './core/invalid-config.js';
/** @internal For the other entry points. */
export { checkPriority } from './core/options.js';
export type { Report } from './core/report.js';
export {
  CostExceedsCapacityError,
  HoldTimeoutError,
  InvalidConfigError,
  InvalidCostError,
  InvalidRuleError,
  QueueOverflowError,
  ThrottlerClosedError,
  ThrottlerError,
  TooManyKeysError,
  /** @internal For the other entry points. */
  toThrottlerError,
  UnknownRuleError,
  WaitTimeoutError,
} from './errors.js';
export type { ThrottlerEvents, ThrottlerListener } from './events.js';
export type { Permit, ReleaseOptions } from './permit.js';
export {
  type AnyRule,
  type ConcurrencyRule,
  concurrency,
  type FixedWindowRule,
  fixedWindow,
  type RollingWindowRule,
  type Rule,
  type RuleBase,
  type RulePatch,
  rollingWindow,
  type Scope,
  type SpacingRule,
  spacing,
  ThrottleRule,
  type TokenBucketRule,
  tokenBucket,
} from './rules.js';
export type { ThrottlerStats } from './stats.js';
export type { Throttler } from './throttler/interface.js';
export type { ThrottlerPreview } from './throttler/state.js';
export type { Wrapped } from './throttler/task.js';
/** @internal For the other entry points. */
export { runTask, wrapped } from './throttler/task.js';
export { MultiThrottler } from './throttler.js';
