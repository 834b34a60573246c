/** Finds rules by the ids of costs. */

import type { Rule } from '../../index.js';

/** Returns the rule of an id: that rule, or the family that it belongs to. */
export function ruleOf(rules: readonly Rule[], id: string): Rule | undefined {
  let found: Rule | undefined;
  for (const rule of rules) {
    if (rule.id === id) return rule;
    const isFamily = rule.id.endsWith('*') && id.startsWith(rule.id.slice(0, -1));
    if (isFamily && rule.id.length > (found?.id.length ?? 0)) found = rule;
  }
  return found;
}

/** Cost that a rule allows per millisecond in the long run; undefined for rules of concurrency. */
export function rateOf(rule: Rule): number | undefined {
  if (rule.algorithm === 'token-bucket') return rule.refillRate;
  return rule.algorithm === 'concurrency' ? undefined : limitOf(rule) / rule.interval;
}

/** Milliseconds over which a rule counts; undefined for rules of concurrency. */
export function intervalOf(rule: Rule): number | undefined {
  if (rule.algorithm === 'token-bucket') return rule.capacity / rule.refillRate;
  return rule.algorithm === 'concurrency' ? undefined : rule.interval;
}

/** The most that a rule counts at a time; of spacing, one token. */
export function limitOf(rule: Rule): number {
  if (rule.algorithm === 'spacing') return 1;
  return rule.algorithm === 'token-bucket' ? rule.capacity : rule.limit;
}
