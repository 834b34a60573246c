/** What exchanges have in common that count each endpoint by itself: a family of rules for each speed. */

import type { Cost } from '../../shared/cost.js';
import type { CostTable } from './cost-table.js';

/**
 * What is counted together: endpoints by `METHOD /path`, with what is added to their names where each pair or market is
 * counted by itself (`:{instId}`), or with a cost that depends on parameters.
 */
export interface EndpointGroup {
  /** The family that counts them, up to its `*`: `10/s:` of `10/s:*`. */
  readonly family: string;
  readonly endpoints: readonly string[];
  /** What is counted by itself within an endpoint. Default: nothing. */
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
      endpoints.map((endpoint) => [endpoint, { ...all, [`${family}${endpoint}${by}`]: cost }]),
    ),
  );
}
