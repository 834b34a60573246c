export {
  CostExceedsCapacityError,
  InvalidConfigError,
  InvalidCostError,
  InvalidRuleError,
  QueueOverflowError,
  ThrottlerClosedError,
  ThrottlerError,
  UnknownRuleError,
  WaitTimeoutError,
} from './errors.js';
export {
  type FixedWindowRule,
  fixedWindow,
  type RollingWindowRule,
  type Rule,
  rollingWindow,
  ThrottleRule,
  type TokenBucketRule,
  tokenBucket,
} from './rules.js';
export { MultiThrottler } from './throttler.js';
export type {
  Clock,
  IntervalType,
  MultiThrottlerConfig,
  Priority,
  RuleStatus,
  ThrottleCost,
  ThrottleOptions,
  ThrottlerStatus,
} from './types.js';
