export { AsyncLimiter } from './async-limiter.js';
export { AsyncThrottler, type AsyncThrottlerOptions } from './async-throttler.js';
export type { Entered } from './entered.js';
export { LinkedLimitWeightPair, RateLimit, type RateLimitOptions } from './rate-limit.js';
export { RateLimiter } from './rate-limiter.js';
export { Semaphore } from './semaphore.js';
export type { TaskContext } from './task-context.js';
