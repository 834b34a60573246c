export type { GlideLike, IoredisLike, NodeRedisLike, RedisClient } from './connection.js';
export type { SharedEvents, SharedListener } from './events.js';
export { type SharedOptions, sharedThrottler } from './make.js';
export type {
  SharedRuleStatus,
  SharedStats,
  SharedStatus,
  SharedThrottler,
} from './shared-throttler.js';
