import type { Priority, ThrottleCost } from './config.js';

/**
 * The events of a throttler, by name: the objects that the listeners of {@link MultiThrottler.on}
 * get.
 */
export interface ThrottlerEvents {
  /** A request was granted, at once or after a wait. */
  grant: {
    readonly type: 'grant';
    readonly priority: Priority;
    /** The wait in milliseconds; 0 if the request was granted at once. */
    readonly waited: number;
    readonly cost: ThrottleCost;
  };
  /** A request has to wait. */
  queue: {
    readonly type: 'queue';
    readonly priority: Priority;
    readonly cost: ThrottleCost;
  };
  /** A request was rejected, at once or while it waited. */
  reject: {
    readonly type: 'reject';
    /** The code of the error, such as `QUEUE_OVERFLOW`. */
    readonly code: string;
    /** The rule that the error names, as for `UNKNOWN_RULE`; undefined if it names none. */
    readonly rule: string | undefined;
  };
  /** Another mode came into force. */
  mode: {
    readonly type: 'mode';
    readonly mode: string;
  };
  /** Rules were paused, or their pause was extended: by `pause`, or by a refusal or a ban. */
  pause: {
    readonly type: 'pause';
    /** The ids as the program named them; undefined for all rules. */
    readonly rules: readonly string[] | undefined;
    /** The end in Unix milliseconds; `Infinity` for a pause until `resume`. */
    readonly until: number;
    /** The status of the response that led to the pause: 429 or 418. */
    readonly status: number | undefined;
  };
  /** Rules were resumed, or their pause has ended. */
  resume: {
    readonly type: 'resume';
    /** The ids as the program named them in the pause; undefined for all rules. */
    readonly rules: readonly string[] | undefined;
  };
  /** The usage that a server has reported was applied to a rule. */
  sync: {
    readonly type: 'sync';
    readonly rule: string;
    /** The reported usage, in tokens of the whole limit. */
    readonly used: number;
  };
  /**
   * The used fraction of a rule has risen from below a level to the level or above it. Each level
   * that one request crosses is an event of its own.
   */
  threshold: {
    readonly type: 'threshold';
    readonly rule: string;
    readonly level: 0.75 | 0.9 | 1;
    /** The used fraction. */
    readonly utilization: number;
  };
  /** The last waiting request has left the queue. */
  idle: { readonly type: 'idle' };
}

/** A function that is called with each event of one name. */
export type ThrottlerListener<K extends keyof ThrottlerEvents> = (
  event: ThrottlerEvents[K],
) => unknown;
