export { useEstimatedWait, useRuleStatus, useThrottlerStats } from './hooks.js';
export type { ObservedThrottler } from './sampler.js';
