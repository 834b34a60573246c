import type { ThrottleCost } from '../index.js';

/** Returns the number of items of an answer; undefined if it is no list. */
export function itemsOf(answer: unknown): number | undefined {
  return Array.isArray(answer) ? answer.length : undefined;
}

/** Returns the actual cost if it is lower than the charged one under any rule, else undefined. */
export function lowerCost(charged: ThrottleCost, actual: ThrottleCost): ThrottleCost | undefined {
  const isLower = Object.entries(charged).some(([id, amount]) => (actual[id] ?? 0) < amount);
  return isLower ? actual : undefined;
}

/** Returns how a cost goes by the answer; undefined if no cost of the table does. */
export function afterOf<After>(
  costs: { readonly after: After; readonly byAnswer?: boolean | undefined } | undefined,
): After | undefined {
  return costs?.byAnswer === false ? undefined : costs?.after;
}
