/** The plan that a job file describes, before its jobs are repeated for symbols. */

import type { ExchangeProfile, ProfileOptions } from '../../exchange/index.js';
import type { MultiThrottlerConfig, RequestPriority, ThrottleCost } from '../../index.js';

/** Requests of one kind. */
export interface JobSpec {
  readonly name: string;
  /** Name of the exchange. */
  readonly exchange: string;
  readonly method: string;
  /** Path, in which `{symbol}` stands for each symbol. */
  readonly path: string;
  readonly params: { readonly [name: string]: unknown };
  readonly priority: RequestPriority;
  /** Milliseconds between two polls of a symbol; undefined for a rate. */
  readonly every: number | undefined;
  /** Mean number of requests a second for each symbol; undefined for polls. */
  readonly perSecond: number | undefined;
  /** Number of requests that are made at the same instant. */
  readonly burst: number;
  /** How the requests of a rate are distributed in time. */
  readonly arrivals: 'even' | 'random';
  /** Whether the polls of several symbols are spread over `every`. */
  readonly spread: boolean;
  /** Number of requesters for each symbol. */
  readonly count: number;
  /** Symbols of this job; undefined for those of the plan. */
  readonly symbols: readonly string[] | undefined;
  /** Costs in place of those of the profile. */
  readonly cost: ThrottleCost | undefined;
}

/** An exchange with the account of the bot. */
export interface VenueSpec {
  readonly name: string;
  readonly options: ProfileOptions;
  /** The profile with these options. */
  readonly profile: Pick<ExchangeProfile, 'rules' | 'costs' | 'headers' | 'pauses' | 'tiers'>;
}

export interface PlanSpec {
  readonly venues: ReadonlyMap<string, VenueSpec>;
  readonly jobs: readonly JobSpec[];
  /** Symbols of the jobs that name none. */
  readonly symbols: readonly string[] | undefined;
  /** Shortest and longest time from the bot to the exchange, and back, ms. */
  readonly latency: readonly [least: number, most: number];
  /** Simulated time, ms; undefined: chosen by the number of requests. */
  readonly duration: number | undefined;
  readonly seed: number;
  /** Configuration of the throttlers. */
  readonly throttler: MultiThrottlerConfig;
}

/** Whether a job is repeated for each symbol. */
export function usesSymbols({ path, params }: Pick<JobSpec, 'path' | 'params'>): boolean {
  return path.includes(SYMBOL) || JSON.stringify(params).includes(SYMBOL);
}

/** Stands for a symbol in paths and parameters. */
export const SYMBOL = '{symbol}';

/** Returns `count` symbols: those that have names, and numbered ones. */
export function symbolsOf(count: number, named: readonly string[] = []): string[] {
  return Array.from({ length: count }, (_, i) => named[i] ?? `SYMBOL${i + 1}`);
}
