export type { GlideLike, IoredisLike, NodeRedisLike, RedisClient } from './connection.js';
export type { SharedEvents, SharedListener } from './events.js';
export { type SharedOptions, sharedThrottler } from './make.js';
export type { SetAside } from './set-aside.js';
export type { SharedThrottler } from './shared-throttler.js';
export type { SharedRuleStatus, SharedStats, SharedStatus } from './status.js';
