import { MultiThrottler, type MultiThrottlerConfig, type Rule } from '../index.js';

/** Makes the throttler of a class here. Its queue has no bound, as those of the originals. */
export function unbounded<Id extends string>(
  rules: Iterable<Rule<Id>>,
  config: MultiThrottlerConfig | undefined,
): MultiThrottler<Id> {
  return new MultiThrottler<Id>(rules, {
    ...config,
    maxCapacity: config?.maxCapacity ?? Number.POSITIVE_INFINITY,
  });
}
