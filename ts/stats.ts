import type { Priority } from './config.js';

/**
 * The counts of a throttler since it was made, and its state now. `close` keeps the counts.
 */
export interface ThrottlerStats {
  /** The number of granted requests. */
  granted: number;
  /**
   * The number of rejected requests, by the code of their error: at once or while they waited.
   * Requests with invalid options are not counted, as they were never submitted.
   */
  rejected: { [code: string]: number };
  /** The number of waiting requests that their signal or a call has cancelled. */
  aborted: number;
  /** The number of waiting requests, by class. */
  waiting: { [P in Priority]: number };
  /**
   * The waits of granted requests, in milliseconds; 0 for a request that was granted at once. The
   * maximum is exact. A quantile is within 1/32 (3.2 %) of the wait that it stands for, or within
   * 1/64 ms if that is more.
   */
  wait: {
    /** The wait that half of the requests did not exceed. */
    p50: number;
    /** The wait that 95 % of the requests did not exceed. */
    p95: number;
    /** The wait that 99 % of the requests did not exceed. */
    p99: number;
    /** The longest wait. */
    max: number;
  };
  /**
   * The largest used fraction of the limit in force, by rule. 1 is exact; a peak below 1 may be too
   * low by 1/128 of the unused fraction. A family has the largest peak of all its members.
   */
  peakUtilization: { [ruleId: string]: number };
  /**
   * The factor by which a program should slow down before a limit makes it wait: 0, then 0.2, 0.5,
   * 1 and 2 from 50, 70, 85 and 95 % on, by the rule that is used most. Rules of concurrency do not
   * count.
   *
   * @example
   * await sleep(100 * throttler.getStats().throttleFactor);
   */
  throttleFactor: number;
  /** The mode in force. */
  mode: string;
  /** The number of refusals (429) in a row. */
  consecutive429: number;
  /**
   * The end of the longest pause in force, of all rules or of one, in Unix milliseconds. `Infinity`
   * until a call of `resume`; null if nothing is paused.
   */
  pausedUntil: number | null;
  /** The number of times that the throttler's timer has fired. */
  timersFired: number;
}
