import type { AnyRule, RuleStatus } from '../../index.js';

/** Returns the status of rules of which nothing is known. */
export function unused(rules: readonly AnyRule[]): { [ruleId: string]: RuleStatus } {
  return Object.fromEntries(
    rules.map((rule) => {
      // A rule of spacing has one token.
      const bucket = 'capacity' in rule ? rule.capacity : 1;
      const capacity = 'limit' in rule ? rule.limit : bucket;
      return [rule.id, { tokens: capacity, capacity, utilization: 0 }];
    }),
  );
}
