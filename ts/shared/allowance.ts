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
  updateRule(ruleId: string, patch: { capacity: number } | { limit: number }): unknown;
  syncUsage(usage: { readonly [ruleId: string]: number }, options: { exact: boolean }): unknown;
  readonly isShared?: boolean;
}

/**
 * Sets the allowances of rules that exist. Returns whether there are any.
 *
 * @param fail is called if a throttler that is shared says later that it could not; without it, the
 *   rejection of its promise is left to the program
 */
export function setAllowances(
  throttler: AllowanceSetter,
  allowances: Allowances,
  fail?: (error: unknown) => void,
): boolean {
  const settle = (result: unknown) => {
    // Without `fail`, it is an error of the program that nobody caught.
    if (result instanceof Promise && fail !== undefined) result.catch(fail);
  };
  const known = Object.entries(allowances).flatMap(([id, { limit, used }]) => {
    const rule = throttler.getRule(id);
    if (rule === undefined) return [];
    const field = 'capacity' in rule ? 'capacity' : 'limit';
    // Rules that are shared are changed for all, if at all.
    if (!throttler.isShared || (rule as { readonly [field: string]: unknown })[field] !== limit)
      settle(throttler.updateRule(id, { [field]: limit } as { limit: number }));
    return [[id, Math.min(used, limit)] as const];
  });
  settle(throttler.syncUsage(Object.fromEntries(known), { exact: true }));
  return known.length > 0;
}
