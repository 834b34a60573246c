/** The result of a simulated plan, as `--json` prints it. Times are ms, fractions 0 to 1. */

import type { Priority } from '../../index.js';

export interface JobReport {
  readonly name: string;
  readonly exchange: string;
  readonly endpoint: string;
  /** The class of the requests. */
  readonly priority: Priority;
  /** Their place inside the class: higher ranks first. */
  readonly rank: number;
  /** Number of symbols times `count`. */
  readonly requesters: number;
  /** Costs of a request of the first requester. */
  readonly cost: { readonly [ruleId: string]: number };
  /** Requests a second that the job asks for. */
  readonly wanted: number;
  /** Requests a second that the exchange accepted. */
  readonly got: number;
  readonly asked: number;
  readonly done: number;
  /** Polls that were left out, as the one before still waited. */
  readonly skipped: number;
  readonly refused: number;
  readonly rejected: number;
  /** Requests that waited at the end. */
  readonly waiting: number;
  /** Waits in the bot's own queue; a request that waits at the end counts with its wait so far. */
  readonly wait: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Rules that made the requests wait, and their fractions of the waiting time. */
  readonly heldBackBy: readonly { readonly rule: string; readonly fraction: number }[];
  /** Why no request of the job can ever be granted. */
  readonly impossible?: string;
}

export interface RuleReport {
  readonly exchange: string;
  readonly id: string;
  readonly algorithm: string;
  readonly limit: number;
  /** Absent for rules of concurrency. */
  readonly interval?: number;
  readonly jitter: number;
  /** Cost that the jobs ask for, as a fraction of the limit in the long run. */
  readonly demand: number;
  /** Cost that the exchange accepted, as a fraction of the limit in the long run. */
  readonly used: number;
  /** The largest used fraction of the limit at any time, as the exchange counted. */
  readonly peak: number;
  readonly refused: number;
  /** The largest used fraction in each part of the simulated time; absent for lesser rules. */
  readonly series?: readonly number[];
}

export interface PlanReport {
  readonly version: 1;
  /** Simulated time. */
  readonly duration: number;
  /** Unix ms of its beginning. */
  readonly start: number;
  readonly latency: readonly [least: number, most: number];
  readonly jobs: readonly JobReport[];
  /** Rules that a request was charged under, the fullest first. */
  readonly rules: readonly RuleReport[];
  readonly tiers: { readonly [exchange: string]: string };
}
