// Numbers that cross between here and the engine. src/wasm/protocol.rs has them under the same
// names, and tests/ts/core/protocol.test.ts compares the two.

/** Answer to a submitted request: granted, and no permit was asked for. */
export const GRANTED = -1;
/** Answer to a submitted request: rejected; `takeError` has the error. */
export const REJECTED = -2;
/**
 * Answer to a submitted request: its slots may stand for other rules by now, so nothing was done.
 */
export const STALE = -3;
/**
 * Answer to a submitted request: this number minus the ticket of a permit that is held without a
 * wait.
 */
export const HELD_AT_ONCE = -16;
// Any answer of 0 or more is the ticket of a waiter, or of a permit that is held after a wait.

// The methods behind the door `call`.
export const ADD_RULE = 0;
export const UPDATE_RULE = 1;
export const REMOVE_RULE = 2;
export const GET_STATUS = 3;
export const RESET = 4;
export const SET_TOKENS = 5;
export const PAUSE = 6;
export const RESUME = 7;
export const SET_MODE = 8;
export const MODE = 9;
export const REPORT = 10;
export const SYNC_USAGE = 11;
export const SYNC_CLOCK = 12;
export const SNAPSHOT = 13;
export const RESTORE = 14;
export const TRY_THROTTLE = 15;
export const ESTIMATE_WAIT = 16;
export const SET_PRIORITY = 17;
export const GET_QUEUE_LENGTH = 18;
export const CLEAR = 19;
export const CLOSE = 20;
export const GET_STATS = 21;
export const WATCH = 22;
export const TAKE_EVENTS = 23;
export const ADD_TOKENS = 24;
export const TRY_ACQUIRE = 25;
export const GET_LOAD = 26;
export const CONFIGURE = 27;
export const LEASE = 28;
export const HOLD = 29;
export const HELD = 30;
export const WAITING = 31;
export const LONGEST_WAITS = 32;

/** Number of costs that fit into the cost buffer. */
export const COST_BUFFER_LENGTH = 32;

/** Number of numbers that fit into the report buffer. */
export const REPORT_BUFFER_LENGTH = 64;
/** Numbers of a report that stand before its usage: status, retryAfter, date and permit. */
export const REPORT_HEAD = 4;
/** Numbers of the usage of one rule: rule, used, remaining, limit, resetAt, resetIn and exact. */
export const USAGE_NUMBERS = 7;

/** The classes by their numbers. */
export const PRIORITIES = ['critical', 'normal', 'low'] as const;
/** The kinds of events by their numbers. */
export const EVENTS = [
  'grant',
  'queue',
  'reject',
  'mode',
  'pause',
  'resume',
  'sync',
  'threshold',
  'idle',
] as const;
/** The codes of rejections by their numbers. */
export const CODES = [
  'UNKNOWN_RULE',
  'INVALID_COST',
  'COST_EXCEEDS_CAPACITY',
  'NEEDS_PERMIT',
  'QUEUE_OVERFLOW',
  'WAIT_TIMEOUT',
  'CLEARED',
  'CLOSED',
  'TOO_MANY_KEYS',
  'HOLD_TIMEOUT',
] as const;
