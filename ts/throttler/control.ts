import type { ConfigPatch, PauseOptions, ResumeOptions, RuleId } from '../config.js';
import { copyOf } from '../core/definitions.js';
import {
  ADD_RULE,
  ADD_TOKENS,
  CONFIGURE,
  PAUSE,
  REMOVE_RULE,
  RESET,
  RESUME,
  SET_MODE,
  SET_TOKENS,
  UPDATE_RULE,
} from '../core/protocol.js';
import type { AnyRule, RulePatch } from '../rules.js';
import { engineOf, modesOf } from './engine.js';
import { ThrottlerFeedback } from './feedback.js';

/** The methods of a throttler that change its rules, its configuration and its modes. */
export abstract class ThrottlerControl<Id extends string> extends ThrottlerFeedback<Id> {
  /**
   * Adds a rule, or replaces the rule of the same id together with its usage. Waiting requests that
   * cost more than the new capacity are rejected, the others are replanned.
   *
   * The type of a throttler with known ids does not learn a new one; see {@link MultiThrottler}.
   *
   * @throws {InvalidRuleError} the rule is invalid
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  addRule(rule: AnyRule): void {
    const copy = copyOf(rule);
    const engine = engineOf(this);
    engine.call(ADD_RULE, copy);
    engine.definitions.set(copy);
  }

  /**
   * Removes a rule; the requests that wait on it reject with {@link UnknownRuleError}.
   *
   * @returns whether there was such a rule
   */
  removeRule(ruleId: RuleId<Id>): boolean {
    const engine = engineOf(this);
    const isRemoved: boolean = engine.call(REMOVE_RULE, String(ruleId));
    if (isRemoved) engine.definitions.delete(String(ruleId));
    return isRemoved;
  }

  /**
   * Changes fields of a rule, or of a family and all its members: any field but id and algorithm.
   * A member of a family becomes a rule of its own, which stays until it is removed.
   *
   * Its usage is kept. Waiting requests that cost more than can ever be granted now are rejected,
   * the others are replanned.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidRuleError} a field is invalid or unknown; nothing has changed then
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * throttler.updateRule('ORDERS', { limit: 50 });
   */
  updateRule(ruleId: RuleId<Id>, patch: RulePatch): void {
    const copy = copyOf(patch);
    const engine = engineOf(this);
    engine.call(UPDATE_RULE, String(ruleId), copy);
    engine.definitions.update(String(ruleId), copy);
  }

  /**
   * Sets the remaining tokens of a rule, clamped to `0..=capacity`. An unknown id is ignored.
   *
   * @throws {InvalidRuleError} `tokens` is no number
   */
  setTokens(ruleId: RuleId<Id>, tokens: number): void {
    engineOf(this).call(SET_TOKENS, String(ruleId), tokens);
  }

  /**
   * Adds tokens to what remains of a rule, up to its capacity; a negative number removes some. An
   * unknown id is ignored, and rules of concurrency are not changed.
   *
   * @throws {InvalidRuleError} `tokens` is no number
   *
   * @example
   * throttler.addTokens('CREDITS', 100); // bought a hundred more
   */
  addTokens(ruleId: RuleId<Id>, tokens: number): void {
    engineOf(this).call(ADD_TOKENS, String(ruleId), tokens);
  }

  /** Makes every rule full again. */
  reset(): void {
    engineOf(this).call(RESET);
  }

  /**
   * Pauses rules, or all rules: nothing that costs something under them is granted for a time, or
   * until {@link resume}. Requests wait meanwhile; none is rejected for it. A longer pause in force
   * is kept.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is invalid or unknown
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * throttler.pause({ ms: 5000, rules: ['ORDERS'] });
   */
  pause(options?: PauseOptions<Id>): void {
    engineOf(this).call(PAUSE, options);
  }

  /**
   * Ends the pauses of rules, or of all.
   *
   * @throws {UnknownRuleError} there is no such rule
   * @throws {InvalidConfigError} an option is invalid or unknown
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  resume(options?: ResumeOptions<Id>): void {
    engineOf(this).call(RESUME, options);
  }

  /**
   * Switches to a mode of the configuration.
   *
   * @param durationMs milliseconds, 0 or more, after which the mode is `'normal'` again; by default
   *   until the next switch
   * @throws {InvalidConfigError} there is no such mode, or the duration is no number of 0 or more
   * @throws {ThrottlerClosedError} the throttler is closed
   */
  setMode(name: string, durationMs?: number): void {
    engineOf(this).call(SET_MODE, name, durationMs);
  }

  /**
   * Changes fields of the configuration: `maxCapacity`, `ordering`, `overflow`, `share`, `aging`,
   * `modes`, `adaptive` and `backoff`. Usage, waiting requests and pauses stay, and so does the
   * mode, if there still is one of its name. Requests beyond a lower `maxCapacity` keep waiting;
   * those that can never be granted now are rejected. `modes` and `backoff` are replaced as a
   * whole.
   *
   * @throws {InvalidConfigError} a field is invalid or cannot be changed; nothing has changed then
   * @throws {ThrottlerClosedError} the throttler is closed
   *
   * @example
   * throttler.configure({ maxCapacity: 100, overflow: 'drop-oldest' });
   */
  configure(patch: ConfigPatch): void {
    const engine = engineOf(this);
    engine.call(CONFIGURE, patch);
    if (patch.modes !== undefined) engine.modes = modesOf(patch.modes);
  }
}
