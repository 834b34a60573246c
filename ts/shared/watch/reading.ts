// The state of a throttler at one instant, as JSON-safe data. It is what a monitor sends and what a
// dashboard shows.

/** The classes of requests, from first to last served. */
export const CLASSES = ['critical', 'normal', 'low'] as const;

/** The state of one rule. */
export interface RuleReading {
  readonly id: string;
  readonly algorithm:
    | 'token-bucket'
    | 'rolling-window'
    | 'fixed-window'
    | 'first-request-window'
    | 'spacing'
    | 'concurrency'
    | (string & {});
  /** The limit in force, by share and mode, in tokens. */
  readonly limit: number;
  /** The usage, in tokens. Negative values do not occur; debt makes it exceed the limit. */
  readonly used: number;
  /** The part of the limit that only critical requests may use, in tokens; 0 if there is none. */
  readonly reserve: number;
  /** The largest used fraction so far. */
  readonly peak: number;
  /** The owner of the limit: all clients of an IP address, or one account. */
  readonly scope: 'ip' | 'account';
  /** The length of the window, in milliseconds; null for rules without windows. */
  readonly interval: number | null;
  /**
   * When the next window opens, or when a bucket is full again, in Unix milliseconds of this
   * machine. Null for rolling windows and concurrency, and while there is nothing to wait for.
   */
  readonly nextAt: number | null;
  /** The pause of this rule. Null if it is not paused, or only with all rules. */
  readonly pause: Pause | null;
}

/** A pause in force. */
export interface Pause {
  /** The end in Unix milliseconds; null for a pause until `resume`. */
  readonly until: number | null;
}

/** The longest pause in force, with its cause. */
export interface PauseReading extends Pause {
  /** `'ban'`: the server answered 418; `'refusal'`: 429; `'pause'`: a call of `pause`. */
  readonly cause: 'pause' | 'refusal' | 'ban';
  /** Whether all rules are paused. */
  readonly isOfAll: boolean;
}

/** The waiting requests of one class. */
export interface WaitingReading {
  readonly count: number;
  /**
   * How long the oldest of them has waited, in milliseconds. Of a throttler whose engine is in
   * another program or tab, exact if they left in the order in which they came, and at least this
   * long otherwise.
   */
  readonly longest: number;
}

/** The state of a throttler. */
export interface Reading {
  /** The instant, in Unix milliseconds of the throttler's clock. */
  readonly at: number;
  /** The rules in the order in which they were added; of a family, also its members in use. */
  readonly rules: readonly RuleReading[];
  readonly waiting: { readonly [P in (typeof CLASSES)[number]]: WaitingReading };
  /** The number of granted requests. */
  readonly granted: number;
  /** The number of rejected requests, by the code of their error. */
  readonly rejected: { readonly [code: string]: number };
  /** The number of cancelled requests. */
  readonly aborted: number;
  /** The number of pauses for refusals (429) and bans (418), since the throttler is watched. */
  readonly refused: { readonly refusals: number; readonly bans: number };
  /** The waits of granted requests, in milliseconds. */
  readonly wait: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  readonly mode: string;
  /** When the mode ends, in Unix milliseconds; null if it does not end by itself. */
  readonly modeEndsAt: number | null;
  /** The modes that one can switch to, as the program named them. */
  readonly modes: readonly string[];
  readonly pause: PauseReading | null;
  /** The number of refusals (429) in a row. */
  readonly consecutive429: number;
  /** The factor by which a program should slow down; see `ThrottlerStats.throttleFactor`. */
  readonly throttleFactor: number;
}

/** An occurrence that a reader should know of, also if it is over at the next reading. */
export interface Occurrence {
  /** Counts up. An occurrence that is repeated gets a new number. */
  readonly seq: number;
  /** The last time, in Unix milliseconds. */
  readonly at: number;
  /** How often it has occurred, without a gap of a minute. */
  readonly count: number;
  readonly kind: 'threshold' | 'refusal' | 'ban' | 'pause' | 'resume' | 'mode' | 'overflow';
  /** The rule of a threshold. */
  readonly rule?: string | undefined;
  /** The level of a threshold. */
  readonly level?: number | undefined;
  /** The rules of a pause; absent for all rules. */
  readonly rules?: readonly string[] | undefined;
  /** The end of a pause, in Unix milliseconds; null for a pause until `resume`. */
  readonly until?: number | null | undefined;
  /** The mode that came into force. */
  readonly mode?: string | undefined;
}
