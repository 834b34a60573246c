/** The limit of an account under a rule, and how much of it is used. */
export interface Allowance {
  readonly limit: number;
  readonly used: number;
}

/** Allowances by rule id. */
export interface Allowances {
  readonly [ruleId: string]: Allowance;
}

/** Methods of a throttler that set allowances. */
export interface AllowanceSetter {
  getRule(ruleId: string): object | undefined;
  updateRule(ruleId: string, patch: { capacity: number } | { limit: number }): void;
  syncUsage(usage: { readonly [ruleId: string]: number }, options: { exact: boolean }): void;
}

/** Sets the allowances of rules that exist. Returns whether there are any. */
export function setAllowances(throttler: AllowanceSetter, allowances: Allowances): boolean {
  const known = Object.entries(allowances).flatMap(([id, { limit, used }]) => {
    const rule = throttler.getRule(id);
    if (rule === undefined) return [];
    const patch = 'capacity' in rule ? { capacity: limit } : { limit };
    throttler.updateRule(id, patch);
    return [[id, Math.min(used, limit)] as const];
  });
  throttler.syncUsage(Object.fromEntries(known), { exact: true });
  return known.length > 0;
}
