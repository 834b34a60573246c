import type { RuleId, RuleStatus } from '../index.js';
import type { Levels } from './levels.js';

/** Counts of a shared throttler, in the statistics. */
export interface SharedStats {
  /** The epoch of the ledger: it differs after the ledger was lost. 0 before the first answer. */
  epoch: number;
  /** The number of processes that called the ledger within the last minute. */
  processes: number;
  /** The time that the last call took, in milliseconds. */
  roundTrip: number;
  /** The number of scripts that this process has sent. */
  scripts: number;
  /** The number of requests that were granted from the share, without the server. */
  byShare: number;
  /** The number of claims of which a part ended here unspent. */
  lapsed: number;
  /** The number of claims that arrived after their end. */
  late: number;
}

/** The status of a rule of a shared throttler. */
export interface SharedRuleStatus extends RuleStatus {
  /** The tokens that this process holds for later requests. */
  held: number;
  /** The tokens of claims of other processes, spent or held, by the last answer. */
  others: number;
  /** The age of the answer that told of the rule, in milliseconds; `Infinity` before the first. */
  age: number;
}

/** The status of each rule, by its id. */
export type SharedStatus<Id extends string = string> = {
  [ruleId in RuleId<Id>]: SharedRuleStatus;
};

/**
 * Completes the status of a rule.
 *
 * @param shared the last word of the ledger, and the capacity for all; undefined for a throttler
 *   of this process alone
 */
export function showShared(
  rule: RuleStatus & Partial<SharedRuleStatus>,
  shared: { capacity: number | undefined; level: ReturnType<Levels['of']> } | undefined,
): void {
  const level = shared?.level;
  // A rule without a claim has -0 tokens.
  rule.held = shared === undefined ? 0 : rule.tokens + 0;
  rule.others = level?.others ?? 0;
  rule.age = shared === undefined ? 0 : (level?.age ?? Number.POSITIVE_INFINITY);
  if (shared === undefined) return;
  rule.capacity = shared.capacity ?? rule.capacity;
  rule.tokens = level?.left ?? rule.capacity;
  rule.utilization = 1 - rule.tokens / rule.capacity;
}
