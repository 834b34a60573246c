export type {
  Backoff,
  Clock,
  HeaderReader,
  HeadersLike,
  IntervalType,
  Mode,
  MultiThrottlerConfig,
  PauseOptions,
  Priority,
  ReportedUsage,
  ResumeOptions,
  RuleStatus,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerSnapshot,
  ThrottlerStatus,
} from './config.js';
export type { Report } from './core/report.js';
/** @internal For the other entry points. */
export {
  CostExceedsCapacityError,
  checkFields,
  InvalidConfigError,
  InvalidCostError,
  InvalidRuleError,
  invalidConfig,
  QueueOverflowError,
  ThrottlerClosedError,
  ThrottlerError,
  UnknownRuleError,
  WaitTimeoutError,
} from './errors.js';
export type { Permit } from './permit.js';
export {
  type ConcurrencyRule,
  concurrency,
  type FixedWindowRule,
  fixedWindow,
  type RollingWindowRule,
  type Rule,
  type RulePatch,
  rollingWindow,
  ThrottleRule,
  type TokenBucketRule,
  tokenBucket,
} from './rules.js';
export { MultiThrottler, type Wrapped } from './throttler.js';
