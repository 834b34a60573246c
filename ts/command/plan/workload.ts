/** Repeats the jobs of a plan for their symbols, and sums up what they ask for. */

import type { Rule, ThrottleCost } from '../../index.js';
import { UserError } from '../user-error.js';
import { rateOf, ruleOf } from './rules.js';
import { type JobSpec, type PlanSpec, SYMBOL, usesSymbols, type VenueSpec } from './spec.js';

/** A job with its requesters: one for each symbol, `count` times. */
export interface Job {
  readonly spec: JobSpec;
  readonly venue: VenueSpec;
  /** Costs of a request of each requester. */
  readonly costs: readonly ThrottleCost[];
  /** Requests per ms of one requester. */
  readonly rate: number;
}

/** More requests than that take minutes. */
const MOST_REQUESTS = 5_000_000;

/** Durations to choose from, ms. */
const DURATIONS = [86_400_000, 3_600_000, 600_000];
/** Requests that a duration chosen by the program may have. */
const MANY_REQUESTS = 500_000;

/** Returns the jobs of a plan. */
export function workloadOf(plan: PlanSpec): Job[] {
  return plan.jobs.map((spec) => {
    const venue = plan.venues.get(spec.exchange);
    if (venue === undefined) throw new TypeError(`no exchange ${spec.exchange}`);
    const rate = spec.every === undefined ? (spec.perSecond ?? 0) / 1000 : spec.burst / spec.every;
    return { spec, venue, rate, costs: costsOf(spec, venue, symbolsOfJob(spec, plan)) };
  });
}

function symbolsOfJob(spec: JobSpec, plan: PlanSpec): readonly (string | undefined)[] {
  return usesSymbols(spec) ? (spec.symbols ?? plan.symbols ?? []) : [undefined];
}

/** Requests of equal costs share one object. */
function costsOf(
  spec: JobSpec,
  { profile }: VenueSpec,
  symbols: readonly (string | undefined)[],
): ThrottleCost[] {
  const shared = new Map<string, ThrottleCost>();
  return symbols.flatMap((symbol) => {
    const named = <T>(value: T): T =>
      symbol === undefined
        ? value
        : JSON.parse(JSON.stringify(value).replaceAll(SYMBOL, escaped(symbol)));
    const cost = spec.cost ?? profile.costs(spec.method, named(spec.path), named(spec.params));
    const key = JSON.stringify(cost);
    const one = shared.get(key) ?? cost;
    shared.set(key, one);
    return Array.from({ length: spec.count }, () => one);
  });
}

/** A symbol as it stands within a text in JSON. */
function escaped(symbol: string): string {
  return JSON.stringify(symbol).slice(1, -1);
}

/** Number of requests that jobs ask for per ms. */
function requestRate(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { rate, costs }) => sum + rate * costs.length, 0);
}

/**
 * Returns the simulated time: that of the plan, or else a day, an hour or ten minutes, the longest
 * that has no more than 500 000 requests.
 *
 * @throws {UserError} the plan has too many requests
 */
export function durationOf({ duration }: PlanSpec, jobs: readonly Job[]): number {
  const rate = requestRate(jobs);
  const chosen =
    duration ?? DURATIONS.find((ms) => ms * rate <= MANY_REQUESTS) ?? (DURATIONS.at(-1) as number);
  const requests = Math.round(chosen * rate);
  if (requests > MOST_REQUESTS) {
    const count = requests.toLocaleString('en-US');
    throw new UserError(
      `the jobs make ${count} requests in the simulated time, more than 5,000,000: ` +
        'shorten "duration", or lower the rates',
    );
  }
  return chosen;
}

/** Cost that all jobs ask of a rule or a member of a family. */
export interface Demand {
  readonly exchange: string;
  readonly id: string;
  readonly rule: Rule;
  /** Fraction of the limit in the long run; above 1 it can never be met. */
  readonly fraction: number;
}

/** Returns the demand under each rule that counts over time. */
export function demandsOf(jobs: readonly Job[]): Demand[] {
  const demands = new Map<string, Demand>();
  for (const { venue, costs, rate } of jobs) {
    for (const cost of costs) {
      for (const [id, amount] of Object.entries(cost)) {
        const key = `${venue.name} ${id}`;
        const known = demands.get(key);
        const rule = known?.rule ?? ruleOf(venue.profile.rules, id);
        const most = rule && rateOf(rule);
        if (!rule || !most) continue;
        const fraction = (known?.fraction ?? 0) + (amount * rate) / most;
        demands.set(key, { exchange: venue.name, id, rule, fraction });
      }
    }
  }
  return [...demands.values()];
}
