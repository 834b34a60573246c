/** Parts of exchanges that count each endpoint by itself: a family of rules for each speed. */

import type { Rule } from '../../index.js';
import type { Cost } from '../../shared/cost.js';
import type { CostTable } from './cost-table.js';

/**
 * Endpoints that are counted alike: by `METHOD /path`, with what is added to their names where each
 * pair or market is counted by itself (`:{instId}`), or with a cost that depends on parameters.
 */
export interface EndpointGroup {
  /** The family that counts them, up to its `*`: `10/s:` of `10/s:*`. */
  readonly family: string;
  readonly endpoints: readonly string[];
  /** The part of an endpoint that is counted by itself. Default: nothing. */
  readonly by?: string;
  readonly cost?: Cost;
}

/** Each endpoint under a rule of its own, beside what all cost. */
export function costsPerEndpoint(
  groups: readonly EndpointGroup[],
  all: { readonly [ruleId: string]: Cost },
): CostTable['endpoints'] {
  return Object.fromEntries(
    groups.flatMap(({ family, endpoints, by = '', cost = 1 }) =>
      endpoints.map((endpoint) => {
        // Without the braces of `{id}`, which stand for no parameter here.
        const name = endpoint.replaceAll(/[{}]/g, '');
        return [endpoint, { ...all, [`${family}${name}${by}`]: cost }];
      }),
    ),
  );
}

/**
 * Splits a list of endpoints, `GET a/b, POST c`, and puts what all paths begin with before each.
 *
 * @param start of the paths, from the first slash to the last
 */
export function endpointsOf(list: string, start: string): string[] {
  return list
    .trim()
    .split(/,\s+/)
    .map((endpoint) => endpoint.replace(' ', ` ${start}`));
}

/** The groups of lists of endpoints by family. */
export function groupsOf(
  lists: { readonly [family: string]: string },
  start: string,
): EndpointGroup[] {
  return Object.entries(lists).map(([family, list]) => ({
    family,
    endpoints: endpointsOf(list, start),
  }));
}

/**
 * The most that a throttler with these rules grants at once of each: the limit, or what a bucket
 * holds less what its jitter costs. A rule of spacing grants any cost.
 */
export function grantable(
  rules: readonly Rule[],
  ids: readonly string[],
): { [ruleId: string]: number } {
  return Object.fromEntries(
    rules.flatMap((rule) => {
      if (!ids.includes(rule.id)) return [];
      return [[rule.id, mostOf(rule)]];
    }),
  );
}

function mostOf(rule: Rule): number {
  if (rule.algorithm === 'spacing') return Number.POSITIVE_INFINITY;
  if (rule.algorithm !== 'token-bucket') return rule.limit;
  return rule.capacity - rule.refillRate * (rule.jitter ?? 0);
}
