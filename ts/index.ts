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
export { ThrottleRule } from './rule.js';
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
