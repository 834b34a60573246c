import {
  type AnyRule,
  MultiThrottler,
  type RuleId,
  ThrottlerError,
  type ThrottlerSnapshot,
} from '../index.js';
import { heldRule, type SharedRules } from './shared-rules.js';

/** A throttler whose rules and counts no process changes by itself, while they are shared. */
export abstract class FixedRules<Id extends string> extends MultiThrottler<Id> {
  /** Whether others share the rules: not without a client. */
  abstract readonly isShared: boolean;

  override addRule(rule: AnyRule): void {
    this.#alone('addRule');
    super.addRule(rule);
  }

  override updateRule(...args: Parameters<MultiThrottler<Id>['updateRule']>): void {
    this.#alone('updateRule');
    super.updateRule(...args);
  }

  override removeRule(ruleId: RuleId<Id>): boolean {
    this.#alone('removeRule');
    return super.removeRule(ruleId);
  }

  override setTokens(ruleId: RuleId<Id>, tokens: number): void {
    this.#alone('setTokens');
    super.setTokens(ruleId, tokens);
  }

  override addTokens(ruleId: RuleId<Id>, tokens: number): void {
    this.#alone('addTokens');
    super.addTokens(ruleId, tokens);
  }

  override reset(): void {
    this.#alone('reset');
    super.reset();
  }

  override restore(snapshot: ThrottlerSnapshot): void {
    this.#alone('restore');
    super.restore(snapshot);
  }

  /** Replaces the rules here by those that the ledger tells. */
  protected replaceRules(before: SharedRules, rules: SharedRules): void {
    const old = new Map(before.definitions.map((each) => [each.id, JSON.stringify(each)]));
    for (const definition of rules.definitions) {
      const text = old.get(definition.id);
      old.delete(definition.id);
      if (text !== JSON.stringify(definition)) super.addRule(heldRule(definition));
    }
    for (const id of old.keys()) super.removeRule(id as RuleId<Id>);
  }

  /** @throws {ThrottlerError} the rules are shared */
  #alone(method: string): void {
    if (!this.isShared) return;
    throw new ThrottlerError(
      `${method}: the rules are shared; give sharedThrottler changed rules with a higher version`,
      'NOT_SHARED',
    );
  }
}
