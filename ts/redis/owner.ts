import type { AnyRule, MultiThrottlerConfig } from '../index.js';
import type { Timing } from './caller.js';
import type { RedisClient } from './connection.js';
import type { AnySharedEvent } from './events.js';
import type { ServerClock } from './exchange-clock.js';
import type { Holder } from './holdings.js';
import type { SharedRules } from './shared-rules.js';

/** The throttler of a session. */
export interface SessionOwner extends Holder, ServerClock {
  /** Returns what waits: see `MultiThrottler.waitingLanes`. */
  waitingLanes(): (string | number)[];
  readonly hasWaiters: boolean;
  /** Replaces the rules here. */
  adopt(rules: SharedRules): void;
  /** Pauses a rule, or all (`''`), here; negative milliseconds resume. */
  pauseHere(rule: string, ms: number): void;
  /** Takes over the number of refusals in a row. @param rules undefined for all */
  refusedHere(count: number, rules: readonly string[] | undefined): void;
  emit(event: AnySharedEvent): void;
  /** Rejects everything that waits. */
  reject(error: unknown): void;
}

/** How a session is made. */
export interface SessionOptions {
  readonly client: RedisClient;
  readonly subscriber: RedisClient | undefined;
  readonly key: string;
  readonly rules: SharedRules;
  readonly version: number;
  readonly timeout: number;
  readonly timing: Timing;
}

/** The parts of a shared throttler. */
export interface SharedSetup {
  readonly rules: readonly AnyRule[];
  readonly shared: SharedRules;
  readonly config: MultiThrottlerConfig;
  /** Absent for a throttler of this process alone. */
  readonly session?: Omit<SessionOptions, 'rules' | 'timing'> | undefined;
}
