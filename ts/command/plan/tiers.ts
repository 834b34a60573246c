/** Compares the tiers of an exchange: "which tier do I need?" */

import type { Rule } from '../../index.js';
import { UserError } from '../user-error.js';
import { type Growth, grow, growable } from './grow.js';
import { failureOfPlan } from './holds.js';
import { profileOf } from './profiles.js';
import { rateOf, ruleOf } from './rules.js';
import type { PlanSpec, VenueSpec } from './spec.js';
import { demandsOf, workloadOf } from './workload.js';

export interface TierReport {
  readonly tier: string;
  /** Why the plan does not hold with this tier; absent if it does. */
  readonly failure?: string;
  /** The largest number that holds, if one was to grow. */
  readonly growth?: Growth;
}

export interface TiersReport {
  readonly exchange: string;
  readonly p99: number;
  readonly tiers: readonly TierReport[];
  /** The tier with the lowest limits with which the plan holds; absent if it holds with none. */
  readonly needed?: string;
}

/**
 * Tries each tier of each exchange of a plan that has tiers.
 *
 * @throws {UserError} no exchange of the plan has tiers
 */
export async function compareTiers(
  plan: PlanSpec,
  p99: number,
  path: string | undefined,
): Promise<TiersReport[]> {
  const tiered = [...plan.venues.values()].filter(({ profile }) => profile.tiers !== undefined);
  if (tiered.length === 0) {
    const names = [...plan.venues.keys()].join(', ');
    throw new UserError(`--tiers: the limits of ${names} do not go by tiers`);
  }
  const reports: TiersReport[] = [];
  for (const venue of tiered) reports.push(await compareTiersOf(venue, plan, p99, path));
  return reports;
}

async function compareTiersOf(
  venue: VenueSpec,
  plan: PlanSpec,
  p99: number,
  path: string | undefined,
): Promise<TiersReport> {
  const used = demandsOf(workloadOf(plan)).filter(({ exchange }) => exchange === venue.name);
  const tried: (TierReport & { readonly strength: number })[] = [];
  for (const tier of venue.profile.tiers ?? []) {
    const at = withTier(plan, venue, tier);
    const { profile } = at.venues.get(venue.name) as VenueSpec;
    const failure = await failureOfPlan(at, p99, false);
    tried.push({
      tier,
      strength: strengthOf(
        profile.rules,
        used.map(({ id }) => id),
      ),
      ...(failure === undefined ? {} : { failure }),
      ...(path === undefined ? {} : { growth: await grow(growable(at, path), p99) }),
    });
  }
  const holding = tried.filter(({ failure }) => failure === undefined);
  const needed = [...holding].sort((a, b) => a.strength - b.strength)[0]?.tier;
  return {
    exchange: venue.name,
    p99,
    tiers: tried.map(({ strength: _, ...report }) => report),
    ...(needed === undefined ? {} : { needed }),
  };
}

/** Returns a plan with an account of another tier; limits that the file sets stay. */
function withTier(plan: PlanSpec, { name, options }: VenueSpec, tier: string): PlanSpec {
  const changed = { ...options, tier };
  const venue = { name, options: changed, profile: profileOf(name).with(changed) };
  return { ...plan, venues: new Map(plan.venues).set(name, venue) };
}

/** Order of tiers: by the product of the rates of the rules in use. */
function strengthOf(rules: readonly Rule[], ids: readonly string[]): number {
  return ids.reduce((sum, id) => {
    const rule = ruleOf(rules, id);
    return sum + Math.log((rule && rateOf(rule)) || 1);
  }, 0);
}
