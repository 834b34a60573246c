import type { AnyRule, MultiThrottler, ThrottlerSnapshot } from '../index.js';

type Saved = ThrottlerSnapshot['rules'][string];

/**
 * Counts amounts, by rule id, that were granted at unknown times up to now. Each rule is left with
 * at least the usage of its server, and that usage counts at least as long:
 *
 * - token bucket: nothing of the amount has been refilled;
 * - rolling window: all of the amount counts from now on;
 * - fixed window: the amount counts in both windows that a request of now may fall into;
 * - spacing: the last grant may have been now, and have cost all of the amount;
 * - first-request window: the amount counts in the open window. If none is open, one opens now that
 *   is full, as the server's may have opened at any time. It ends before ours. A window without a
 *   limit is never full, and counts the amount.
 *
 * Permits of concurrency rules ended with their program.
 */
export function charge(throttler: MultiThrottler, amounts: ReadonlyMap<string, number>): void {
  if (amounts.size === 0) return;
  const snapshot = throttler.snapshot();
  const rules: [string, Saved][] = [];
  for (const [id, amount] of amounts) {
    const rule = throttler.getRule(id);
    // A member of a family that is not in the snapshot is as the family, which is never used.
    const saved = rule && (own(snapshot.rules, id) ?? own(snapshot.rules, rule.id));
    if (rule === undefined || saved === undefined) continue;
    rules.push([id, { ...saved, used: charged(saved, amount, limitOf(rule)) }]);
  }
  throttler.restore({ ...snapshot, rules: Object.fromEntries(rules) });
}

/** Returns the saved numbers of a rule with an amount added; see `save` in src/engine/limit. */
function charged({ algorithm, used }: Saved, amount: number, limit: number): number[] {
  const numbers = used as [number, number, number, number, number];
  switch (algorithm) {
    case 'token-bucket':
      return [numbers[0] + amount];
    case 'rolling-window':
      // With the newest entry, as a snapshot has a largest number of entries.
      return [...used.slice(0, -2), 0, (used.at(-1) ?? 0) + amount];
    case 'fixed-window': {
      const [interval, window, before, current, after] = numbers;
      return [interval, window, before, current + amount, after + amount];
    }
    case 'spacing': {
      const [, , elapsed = 0, others = 0] = used;
      return [0, amount, elapsed, others];
    }
    case 'first-request-window':
      // Without its usage, the window may be open or not.
      if (used.length < 4)
        return [used[0] ?? 0, 0, 0, Number.isFinite(limit) ? Math.max(limit, amount) : amount];
      return [numbers[0], numbers[1], 0, numbers[3] + amount];
    default:
      return used;
  }
}

function limitOf(rule: AnyRule): number {
  if ('limit' in rule) return rule.limit;
  return 'capacity' in rule ? rule.capacity : 1;
}

function own<T>(object: { [key: string]: T }, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
